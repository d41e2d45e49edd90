"""`bascule nightly`, `bascule bea`, `bascule schedule`: one story of a school, by commands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import YEAR, ready_school
from tests.exchange.spoiled import spoiled_file

from bascule.config.main import DONE, FAULT, REFUSED, main

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def ask(base: Base, capsys: pytest.CaptureFixture[str]) -> Ask:
    def asked(*words: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def say(base: Base, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def said(*words: object) -> str:
        capsys.readouterr()
        assert main([*map(str, words)]) in {DONE, FAULT}
        return capsys.readouterr().out

    return said


def test_nights_are_passed_shown_asked_for_and_written_again(
    ask: Ask, say: Callable[..., str], tmp_path: Path
) -> None:
    school = ready_school(12)
    school.bring(spoiled_file(school.population, 1))
    size, where = len(school.population.pupils), ("--school", school.uai, "--year", YEAR)

    code, night = ask("nightly", "--school", school.uai)
    assert (code, night["state"]) == (DONE, "done")
    assert (night["totals"]["sent"], night["totals"]["blocked"]) == (size - 1, 1)
    code, shown = ask("bea", "show", "--school", school.uai)
    assert (code, [one["state"] for one in shown["schools"]]) == (DONE, ["partial"])
    assert len(shown["lines"]) == size
    assert "bloqué avant l’envoi" in say("bea", "show", "--school", school.uai)
    assert ask("bea", "resend", *where)[0] == DONE
    assert ask("bea", "resend", *where)[1]["refused"] == "bea.resend-waiting"
    code, again = ask("nightly", "--replay", 0)
    assert (again["totals"]["sent"], again["digest"]) == (size - 1, night["digest"])
    code, three = ask("bea", "reconcile", *where)
    assert (code, three["file"], three["records"], three["base"]) == (DONE, size, size, size - 1)
    assert "Tout concorde." in say("bea", "reconcile", *where)
    code, rebuilt = ask("bea", "rebuild", "--night", night["night"], "-o", tmp_path / "base")
    assert (code, rebuilt["unlike"]) == (DONE, [])
    code, status = ask("bea", "status")
    assert (code, status["late"], len(status["nights"])) == (DONE, False, 2)
    code, refused = ask("nightly", "--replay", 99)
    assert (code, refused["refused"]) == (REFUSED, "bea.unknown-night")


def test_what_runs_by_itself_is_listed_and_asked_for(ask: Ask, say: Callable[..., str]) -> None:
    def night() -> dict[str, Any]:
        (found,) = [one for one in ask("schedule", "list")[1] if one["name"] == "bea.night"]
        return dict(found)

    assert night()["result"] == "jamais"
    assert "Envoi des élèves à la base académique, chaque soir" in say("schedule", "list")
    assert ask("schedule", "run", "bea.night")[0] == DONE
    lines = say("schedule", "metrics").splitlines()
    assert "bascule_ine_disputes 0" in lines
    assert 'bascule_night_alarms{alarm="EN_RETARD"} 0' in lines
    assert 'bascule_jobs{state="todo"} 1' in lines
    assert 'bascule_imports{state="applied"} 0' in lines
    assert lines[-1] == "# EOF"
    assert night()["result"] == "en-attente"
    code, refused = ask("schedule", "run", "rien")
    assert (code, refused["refused"]) == (REFUSED, "schedule.unknown")
