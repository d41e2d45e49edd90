"""Who gets through the REST interface, what each no looks like, and what is left of it in the journal."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from tests.accounts.acting import actor
from tests.api.conftest import Call, make_token
from tests.cast import Cast, browser

from bascule.accounts import tokens
from bascule.accounts.models import MachineToken, Session
from bascule.accounts.scopes import Scope
from bascule.api import problem
from bascule.exchange import runs
from bascule.journal.access import Criteria, find
from bascule.journal.act import act
from bascule.journal.models import Access
from bascule.store.locks import SchoolIsBusyError
from bascule.store.policies import open_schools
from bascule.web.access import Door, access_of, every_url


def lines(cast: Cast, *kinds: str) -> list[Access]:
    return find(uais=[cast.school], criteria=Criteria(kinds=kinds))[::-1]


def number_of(text: str) -> int:
    return int(text.split("_")[2])


def test_a_token_opens_its_school(call: Call, cast: Cast) -> None:
    answer = call(f"/etablissements/{cast.school}/imports")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "wrong", [None, "", "bsc_", "bsc_0990001N_1_" + "A" * 43, "é" * 40, "x" * 4000]
)
def test_without_the_right_token_nothing_opens(call: Call, cast: Cast, wrong: str | None) -> None:
    answer = call("/moi", by=wrong)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "token.wrong"


def test_another_scheme_is_nobody(cast: Cast, token: str) -> None:
    answer = Client(SERVER_NAME="localhost").get(
        "/api/v1/moi", headers={"Authorization": f"Basic {token}"}
    )

    assert answer.status_code == 401


def test_a_browser_that_is_signed_in_is_nobody_here(call: Call, cast: Cast) -> None:
    answer = browser(cast.head).get("/api/v1/moi")

    assert answer.status_code == 401
    assert not answer.cookies


def test_a_token_withdrawn_is_refused_at_the_next_call(call: Call, cast: Cast, token: str) -> None:
    assert call("/moi").status_code == 200
    tokens.withdraw(
        uai=cast.school, token_id=number_of(token), actor=actor(cast.head), at=timezone.now()
    )

    answer = call("/moi")

    assert (answer.status_code, answer.json()["code"]) == (401, "token.wrong")
    (line,) = lines(cast, "api.refused")
    assert (line.actor, line.facts["reason"]) == ("Charlemagne", "withdrawn")


def test_a_token_that_has_ended_is_refused(call: Call, cast: Cast) -> None:
    ended = make_token(cast, Scope.RUNS_READ)
    # As time would: nothing makes a token that has ended.
    with act(uai=cast.school, kind="token.rotate", actor="tests", at=timezone.now()) as opened:
        MachineToken.objects.filter(pk=number_of(ended)).update(
            expires_on=timezone.localdate() - timedelta(days=1), act_id=opened.id
        )

    assert call("/moi", by=ended).status_code == 401
    assert lines(cast, "api.refused")[0].facts["reason"] == "expired"


def test_a_scope_that_is_not_given_is_told_and_noted(call: Call, cast: Cast) -> None:
    narrow = make_token(cast, Scope.EXPORTS_READ)

    answer = call(f"/etablissements/{cast.school}/imports", by=narrow)

    said = answer.json()
    assert (answer.status_code, said["code"], said["scope"]) == (
        403, "token.out-of-scope", "runs:read",
    )  # fmt: skip
    assert lines(cast, "api.refused")[0].facts["scope"] == "runs:read"


@pytest.mark.parametrize("path", ["", "/{run}", "/{run}/compte-rendu"])
def test_another_school_is_not_there_whether_it_is_or_not(
    call: Call, cast: Cast, path: str
) -> None:
    run = runs.list_runs(uai=cast.other_school)[0].pk
    there = f"/etablissements/{cast.other_school}/imports{path.format(run=run)}"
    unknown = f"/etablissements/{cast.other_school}/imports{path.format(run=99999)}"
    nowhere = f"/etablissements/0999999Z/imports{path.format(run=run)}"

    answers = [call(one) for one in (there, unknown, nowhere, "/nothing/of/the/kind")]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.content for answer in answers}) == 1
    closed = lines(cast, "door.closed")
    assert [line.facts["school"] for line in closed] == [cast.other_school] * 2 + ["0999999Z"]
    assert {line.actor for line in closed} == {"Charlemagne"}


def test_a_run_of_another_school_is_not_there_under_ones_own_either(call: Call, cast: Cast) -> None:
    run = runs.list_runs(uai=cast.other_school)[0].pk

    answer = call(f"/etablissements/{cast.school}/imports/{run}")

    assert (answer.status_code, answer.json()["code"]) == (404, "run.unknown")


def test_a_call_is_noted_with_its_route_and_gives_the_last_use(
    call: Call, cast: Cast, token: str
) -> None:
    run = runs.list_runs(uai=cast.school)[0].pk

    call(f"/etablissements/{cast.school}/imports/{run}/compte-rendu", forme="pdf")

    (line,) = lines(cast, "api.call")
    assert (line.actor, line.about, line.address) == (
        "Charlemagne", f"token/{number_of(token)}", "192.0.2.9",
    )  # fmt: skip
    assert line.facts == {"route": "api-v1:report", "run_id": run, "forme": "pdf"}
    (listed,) = tokens.list_tokens(uai=cast.school, today=timezone.localdate())
    assert listed.last_used_at == line.at


def test_no_cookie_is_set_and_no_session_made(call: Call, cast: Cast) -> None:
    assert cast.head
    before = Session.objects.count()

    answer = call("/moi")

    assert (answer.cookies, Session.objects.count()) == ({}, before)
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_base_shows_a_token_its_school_alone(
    call: Call, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looks_next_door(*, uai: str, **_: Any) -> Any:
        open_schools(cast.other_school)
        return list(runs.ImportRun.objects.all())

    monkeypatch.setattr(runs, "list_runs", looks_next_door)

    assert call(f"/etablissements/{cast.school}/imports").json() == {"imports": []}


# ---------------------------------------------------------------- how each no is told


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_another_method_is_told(call: Call, cast: Cast, method: str) -> None:
    answer = call("/moi", method=method)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [{"annee": "x"}, {"annee": "12"}, {"nombre": "0"}, {"nombre": "201"}, {"avant": "-1"}],
)
def test_a_parameter_that_cannot_be_understood_is_told_and_not_repeated(
    call: Call, cast: Cast, query: dict[str, str]
) -> None:
    answer = call(f"/etablissements/{cast.school}/imports", **query)

    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, "request.wrong")
    assert said["errors"][0]["where"] == ["query", *query]
    assert set(said["errors"][0]) == {"where", "kind"}


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (ValueError("DUPRÉ Léa"), 500, "fault"),
        (OperationalError("server closed the connection"), 503, "unavailable"),
        (SchoolIsBusyError("0990001N"), 503, "unavailable"),
        (runs.CannotUndoError("Non."), 409, "run.cannot-undo"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_each_kind_of_fault_is_told_without_its_message(
    call: Call,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    status: int,
    code: str,
) -> None:
    def fail(**_: Any) -> Any:
        raise fault

    monkeypatch.setattr(runs, "list_runs", fail)

    answer = call(f"/etablissements/{cast.school}/imports")

    said = answer.json()
    assert (answer.status_code, said["code"], said["status"]) == (status, code, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "DUPRÉ" not in answer.content.decode()
    assert ("reference" in said) == (status == 500)
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_a_file_that_cannot_be_taken_is_of_another_kind_of_no() -> None:
    class BrokenError(runs.RefusedError):
        code = "file.truncated"

    assert problem.refused(BrokenError("Non.")).status_code == 422


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_leads_nowhere_is_a_problem_too(cast: Cast, method: str) -> None:
    for path in ("/api/", "/api/v1/", "/api/v2/moi", "/api/v1/moi/"):
        answer = Client(SERVER_NAME="localhost", enforce_csrf_checks=True).generic(method, path)

        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_every_route_but_its_description_is_for_machines() -> None:
    ours = {
        str(pattern.name): access.door
        for pattern in every_url()
        if pattern.callback.__module__.startswith(("bascule.api", "ninja"))
        and (access := access_of(pattern.callback)) is not None
    }

    assert {name for name, door in ours.items() if door is Door.PUBLIC} == {
        "openapi", "api-nothing",
    }  # fmt: skip
    assert {name for name, door in ours.items() if door is Door.MACHINE} == {
        "me", "imports", "import", "report", "findings", "plan", "confirm", "decline", "undo", "group-links", "exports",
        "export", "structures", "nomenclatures", "pupils", "changes", "numbers",
    }  # fmt: skip
