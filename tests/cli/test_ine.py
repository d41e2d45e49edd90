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
