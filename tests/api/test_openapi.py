"""The description of the interface: committed, so that no change of it goes unseen."""

import json
from pathlib import Path

import pytest
from django.test import Client
from tests.api.conftest import Call, make_token
from tests.cast import Cast
from tests.docs.openapi_page import page
from tests.exchange.ready_school import YEAR

from bascule.accounts.scopes import Scope
from bascule.exchange import runs, taken

PAGE = Path(__file__).parents[2] / "docs" / "openapi.json"
DOCUMENT = json.loads(PAGE.read_text(encoding="utf-8"))


def test_the_page_is_what_the_routes_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "write it again: python -m tests.docs.openapi_page > docs/openapi.json"
    )


def test_the_site_gives_it_to_all(cast: Cast) -> None:
    answer = Client(SERVER_NAME="localhost").get("/api/v1/openapi.json")

    assert answer.json() == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_each_route_asks_for_a_token_and_says_how_it_says_no(path: str) -> None:
    for operation in DOCUMENT["paths"][path].values():
        assert operation["security"] == [{"jeton": []}]
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert set(answer["content"]) == {"application/problem+json"}
        assert "401" in operation["responses"]
        assert operation["operationId"]
        assert operation["description"].endswith(".")


@pytest.mark.parametrize(
    "path", [path for path, operations in DOCUMENT["paths"].items() if "get" in operations]
)
def test_each_route_answers_as_it_is_described(call: Call, cast: Cast, path: str) -> None:
    run = runs.list_runs(uai=cast.school)[0].pk
    described = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]
    sent = taken.last_sent(uai=cast.school, year=YEAR)["structures"].pk

    answer = call(
        path.removeprefix("/api/v1").format(uai=cast.school, run_id=run, sent_id=sent),
        by=make_token(cast, *Scope),
        annee=str(YEAR),
        depuis="0",
    )

    assert answer.status_code == 200
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert kind in described
    reference = described[kind]["schema"].get("$ref")
    if reference:
        shape = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
        assert set(answer.json()) == set(shape["required"])


def test_each_scope_that_a_route_needs_exists() -> None:
    said = {
        word
        for operations in DOCUMENT["paths"].values()
        for operation in operations.values()
        for word in operation["description"].split("`")[1::2]
        if ":" in word
    }

    assert said <= {scope.code for scope in Scope}
