"""`bascule ine`: numbers are asked for, counted, and each leads to its pupil."""

import json
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.ready_school import YEAR, ready_school
from tests.ine.asking import numbers, population

from bascule.config.main import DONE, FAULT, REFUSED, main


def test_numbers_are_asked_for_counted_and_found(
    base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    school = ready_school(6)
    school.bring(population(school))

    def ask(*words: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["ine", *map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    _, before = ask("missing", YEAR, school.uai)
    code, settled = ask("settle", YEAR, "--all")
    _, counted = ask("status", YEAR, school.uai)
    _, disputed = ask("disputes")
    number = next(iter(numbers(school.uai).values()))
    found_code, found = ask("who", number)

    assert {one["state"] for one in before} == {"a-demander"}
    assert (code, settled[0]["given"]) == (DONE, 6)
    assert (counted[0]["known"], counted[0]["to_take"]) == (6, 6)
    assert disputed["count"] == 0
    assert (found_code, found["in_force"], found["is_retired"]) == (DONE, number, False)
    assert ask("who", "990000000ZZ")[0] == FAULT
    assert main(["ine", "settle", str(YEAR)]) == REFUSED
    assert main(["ine", "status", str(YEAR), school.uai]) == DONE
    assert "6 INE" in capsys.readouterr().out


def test_persons_are_found_merged_by_two_and_separated(
    base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    school = ready_school(4)
    school.bring(population(school))
    assert main(["ine", "settle", str(YEAR), school.uai]) == DONE

    def do(*words: object) -> Any:
        capsys.readouterr()
        assert main(["ine", "person", *map(str, words), "--json"]) == DONE
        return json.loads(capsys.readouterr().out)

    one, other, *_ = (do("find", number)[0] for number in numbers(school.uai).values())
    pair = (one["person_id"], other["person_id"])
    merge = do("merge", *pair, "--why", "Acte.")["merge"]

    assert [line["merge"] for line in do("merges")] == [merge]
    # Whoever asked does not answer.
    assert main(["ine", "person", "confirm", str(merge)]) == REFUSED
    asked = do("show", pair[0])["decisions"][0]
    assert (asked["kind"], asked["may_undo"]) == ("merge-asked", True)
    do("undo", asked["decision"], "--why", "Erreur.")
    assert do("merges") == []
    do("apart", *pair, "--why", "Cousins.")
    assert do("show", pair[0])["apart"] == [pair[1]]
    do("together", *pair, "--why", "Erreur.")
    record = do("show", pair[0])["records"][0]
    done = do("split", school.uai, YEAR, record["pupil"], "--why", "Deux enfants.")
    assert done["number"] != one["number"]
    assert main(["ine", "person", "show", str(pair[0])]) == DONE
