"""The interface speaks French, and English to whoever asks for it: every refusal that it can give, every rule."""

import ast
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from django.test import Client
from tests.api.conftest import Call
from tests.api.reached import reached
from tests.cast import Cast
from tests.docs.refusals_page import refusals

from bascule.exchange.rules.book import RULES

ENGLISH = tomllib.loads(
    resources.files("bascule.api").joinpath("english.toml").read_text(encoding="utf-8")
)
_PROBLEM = Path(str(resources.files("bascule.api"))) / "problem.py"


def _told_by_the_interface() -> set[str]:
    """Give the codes of what the interface says of itself."""
    return {
        str(keyword.value.value)
        for node in ast.walk(ast.parse(_PROBLEM.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }


@pytest.mark.slow
def test_every_refusal_that_it_can_give_is_said_in_english() -> None:
    places = reached()
    codes = {one.code for one in refusals() if (one.module, one.name) in places and one.sentences}
    assert len(codes) > 60

    assert sorted((codes | _told_by_the_interface()) - set(ENGLISH["refusals"])) == []


def test_every_rule_and_remedy_is_said_in_english() -> None:
    assert {rule.code for rule in RULES} == set(ENGLISH["rules"])
    assert {rule.remedy for rule in RULES} == set(ENGLISH["remedies"])


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("", "fr"), ("en", "en"), ("de, en-GB;q=0.8, fr;q=0.5", "en"), ("fr-CA, en;q=0.5", "fr"), ("de", "fr")],
)  # fmt: skip
def test_it_answers_in_the_language_that_is_asked_for(
    call: Call, cast: Cast, asked: str, spoken: str
) -> None:
    for path in ("/api/v1/moi", "/api/v1/nothing"):
        answer = Client(SERVER_NAME="localhost").get(path, headers={"Accept-Language": asked})

        said = answer.json()
        assert answer.headers["Content-Language"] == spoken
        assert "Accept-Language" in answer.headers["Vary"]
        assert ("detail_fr" in said) == (spoken == "en")
        assert said["detail"].startswith(("The ", "There ") if spoken == "en" else ("Le ", "Il "))
