"""`bascule year`: open, stop, resume, undo, account for, close."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import ReadySchool
from tests.preparation.schools import (
    BY,
    NEXT,
    YEAR,
    bring,
    prepare_next,
    school_under_way,
    year_after,
)

from bascule.config.main import DONE, FAULT, REFUSED, main
from bascule.preparation import openings
from bascule.schools.open_year import State, change_state, year_of

Ask = Callable[..., tuple[int, Any]]


def three_schools() -> list[ReadySchool]:
    made = [school_under_way(4, number=number) for number in (1, 2, 3)]
    return sorted(made, key=lambda school: school.uai)


@pytest.fixture
def stage() -> Any:
    return three_schools


@pytest.fixture
def schools(stage: Any, base: Base) -> list[ReadySchool]:
    return base.ready


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def asked(*words: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["year", *map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return asked


def test_a_year_is_opened_for_all_and_undone(schools: list[ReadySchool], ask: Ask) -> None:
    before = [school.digest() for school in schools]
    _, plan = ask("plan", NEXT, "--all")

    code, opened = ask("open", NEXT, "--all")
    again, refused = ask("open", NEXT, "--all")
    _, listed = ask("list")
    undone_code, undone = ask("undo", opened["opening"])

    assert {one["state"] for one in plan} == {"ready"}
    assert (code, opened["state"], opened["counts"]) == (DONE, "done", {"done": 3})
    assert opened["carried"] == sum(one["staying"] for one in plan)
    assert (again, refused["refused"]) == (REFUSED, "opening.nothing-to-do")
    assert [one["opening"] for one in listed] == [opened["opening"]]
    assert (undone_code, undone["counts"]) == (DONE, {"undone": 3})
    assert [school.digest() for school in schools] == before


@pytest.mark.parametrize(
    ("options", "state", "counts"),
    [
        ((), "stopped", {"blocked": 1, "done": 1, "to-do": 1}),
        (("--keep-going",), "done", {"blocked": 1, "done": 2}),
    ],
)
def test_a_blocked_school_ends_in_a_refusal(
    schools: list[ReadySchool],
    ask: Ask,
    options: tuple[str, ...],
    state: str,
    counts: dict[str, int],
) -> None:
    change_state(uai=schools[1].uai, year=YEAR, state=State.CLOSED, **BY)

    planned, plan = ask("plan", NEXT, *(school.uai for school in schools))
    code, said = ask("open", NEXT, "--all", *options)

    assert planned == REFUSED
    assert "est close" in plan[1]["sentence"]
    assert (code, said["state"], said["counts"]) == (REFUSED, state, counts)


def test_a_busy_school_ends_in_a_fault_and_is_resumed(
    schools: list[ReadySchool], ask: Ask, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bascule.store.locks.PATIENCE_MS", 50)
    with psycopg.connect(base.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [schools[0].uai])
        code, said = ask("open", NEXT, "--all")

    resumed, whole = ask("resume", said["opening"])

    assert (code, said["state"]) == (FAULT, "stopped")
    assert (resumed, whole["state"], whole["counts"]) == (DONE, "done", {"done": 3})


def test_a_press_is_stopped_from_elsewhere(schools: list[ReadySchool], ask: Ask) -> None:
    pressed = openings.press(
        uais=[school.uai for school in schools], year=NEXT, keeps_going=False, **BY
    )

    code, _ = ask("stop", pressed.pk)
    _, shown = ask("show", pressed.pk)

    assert (code, shown["state"]) == (DONE, "stopped")
    assert ask("stop", pressed.pk)[1]["refused"] == "opening.wrong-moment"


def test_the_balance_and_the_closing(schools: list[ReadySchool], ask: Ask) -> None:
    ask("open", NEXT, "--all")
    school = schools[0]
    prepare_next(school)
    bring(school, year_after(school.population, without=1))

    _, found = ask("balance", YEAR, school.uai)
    refused = ask("close", YEAR, school.uai)
    code, closed = ask("close", YEAR, school.uai, "--unknown", 1)
    rest, left = ask("close", YEAR, "--all", "--unknown", 99)
    reopened, _ = ask("reopen", YEAR, school.uai)

    assert found["total"]["unknown"] == 1
    assert (refused[0], refused[1]["refused"]) == (REFUSED, "year.unknown-pupils")
    assert (code, closed["closed"][0]["school"]) == (DONE, school.uai)
    assert (rest, left["refused"]) == (REFUSED, "year.unknown-pupils")
    assert reopened == DONE
    assert year_of(uai=school.uai, year=YEAR).state == State.CURRENT


def test_all_that_can_be_closed_is_and_the_others_are_named(
    schools: list[ReadySchool], ask: Ask
) -> None:
    first, second, _ = schools
    ask("open", NEXT, first.uai, second.uai)
    _, found = ask("balance", YEAR, first.uai, second.uai)

    code, closed = ask("close", YEAR, "--all", "--unknown", found["total"]["unknown"])

    assert code == REFUSED
    assert [one["school"] for one in closed["closed"]] == [first.uai, second.uai]
    assert [one["school"] for one in closed["left_out"]] == [schools[2].uai]


def test_schools_are_named_or_all(schools: list[ReadySchool], ask: Ask) -> None:
    assert ask("open", NEXT)[1]["refused"] == "year.which-schools"
    assert ask("open", NEXT, schools[0].uai, "--all")[1]["refused"] == "year.which-schools"


def test_sentences_are_in_french(
    schools: list[ReadySchool], capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["list"],
        ["plan", "2027", "--all"],
        ["open", "2027", "--all"],
        ["list"],
        ["balance", "2026", "--all"],
        ["undo", "1"],
    ):
        assert main(["year", *words]) == DONE

    said = capsys.readouterr().out
    assert "Aucune année n’a été ouverte" in said
    assert "3 établissements à ouvrir en 2027-2028" in said
    assert "Ouverture n° 1 de 2027-2028, terminée : 3 établissements (ouverte : 3)" in said
    assert "Ensemble" in said
    assert "annulée" in said
