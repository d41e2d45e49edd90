import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.exchange.ready_school import YEAR, ReadySchool, ready_school
from tests.preparation.releasing import FIRST, SCHOOL, close_mef, load_programmes

from bascule.config.main import DONE, REFUSED, main
from bascule.schools.open_year import State, change_state

Ask = Callable[..., Any]
THE_YEAR = str(YEAR)


@pytest.fixture
def ask(base: Any, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Give a command: its exit code and what it printed as JSON."""

    def asked(*arguments: str) -> tuple[int, Any]:
        code = main([*arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def school(ask: Ask) -> ReadySchool:
    load_programmes()
    made = ready_school(40)
    made.bring()
    return made


def test_an_authority_diffuses_and_a_school_profiles_moves_and_takes_back(
    school: ReadySchool, ask: Ask
) -> None:
    where = ("--school", school.uai, "--year", THE_YEAR)
    assert ask("nomenclatures", "publish", THE_YEAR)[1]["number"] == 1
    _, (delivery,) = ask("nomenclatures", "deliver", THE_YEAR, "--all")
    assert (delivery["number"], delivery["is_new"]) == (1, True)
    assert ask("profile", "mefs", "--add", FIRST, *where)[1]["added"] == [FIRST]
    assert ask("profile", "validate", *where)[0] == REFUSED
    assert ask("profile", "subjects", "--add", "061300", *where)[1]["added"] == ["061300"]
    assert ask("profile", "origins", "--remove", "00310002210", *where)[1]["is_changed"]
    assert ask("profile", "compute", *where)[0] == DONE
    assert ask("profile", "validate", *where)[0] == DONE

    _, shown = ask("profile", "show", *where)
    mef = shown["mefs"][-2]["code"]
    close_mef(mef)
    assert mef in ask("nomenclatures", "diffuse", THE_YEAR)[1]["draft"]["closed"]
    ask("nomenclatures", "publish", THE_YEAR)
    ask("nomenclatures", "deliver", THE_YEAR, school.uai)
    _, changed = ask("nomenclatures", "changes", school.uai, THE_YEAR)
    (closed,) = changed["closed"]
    assert closed["mef"] == mef
    before = school.digest()
    _, moved = ask("profile", "move", mef, closed["successor"], *where)
    assert moved["pupil_count"] == closed["pupils"]
    _, undone = ask("profile", "undo-move", *where)
    assert undone["kept_pupils"] == []
    assert school.digest() == before
    assert ask("profile", "undo-move", *where)[0] == REFUSED
    _, listed = ask("nomenclatures", "releases", THE_YEAR)
    assert [(one["number"], one["schools"]) for one in listed] == [(2, 1), (1, 0)]


def test_decisions_of_the_authority_are_typed_as_codes(school: ReadySchool, ask: Ask) -> None:
    _, shown = ask("nomenclatures", "diffuse", THE_YEAR, "--remove", "100")

    assert shown["levels"]["100"][0] == 0
    assert ask("nomenclatures", "diffuse", THE_YEAR, "--successor", "10010012110")[0] == REFUSED
    assert ask("nomenclatures", "diffuse", THE_YEAR, "--by-dates", "100")[1]["levels"]["100"][0]


def test_a_delivery_names_its_schools_or_asks_for_all(school: ReadySchool, ask: Ask) -> None:
    assert ask("nomenclatures", "publish", THE_YEAR)[0] == DONE

    assert ask("nomenclatures", "deliver", THE_YEAR)[0] == REFUSED
    assert ask("nomenclatures", "deliver", THE_YEAR, school.uai, "--all")[0] == REFUSED


def test_a_closed_year_is_left_out_of_a_delivery_to_all(school: ReadySchool, ask: Ask) -> None:
    change_state(uai=school.uai, year=YEAR, state=State.CLOSED, **SCHOOL)
    ask("nomenclatures", "publish", THE_YEAR)

    assert ask("nomenclatures", "deliver", THE_YEAR, "--all")[1] == []


def test_what_is_told_to_a_person_is_french(
    school: ReadySchool, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--school", school.uai, "--year", THE_YEAR)
    for arguments in (
        ("nomenclatures", "diffuse", THE_YEAR),
        ("nomenclatures", "publish", THE_YEAR),
        ("nomenclatures", "deliver", THE_YEAR, "--all"),
        ("nomenclatures", "releases", THE_YEAR),
        ("nomenclatures", "changes", school.uai, THE_YEAR),
        ("profile", "show", *where),
        ("profile", "mefs", "--add", FIRST, *where),
        ("profile", "compute", *where),
        ("profile", "validate", *where),
    ):
        assert main(list(arguments)) == DONE, arguments

    told = capsys.readouterr().out
    assert "Diffusion n° 1" in told
    assert "Profilage validé" in told
