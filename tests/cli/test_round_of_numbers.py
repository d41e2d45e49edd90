"""The round of the INE, by files alone: up without any, one night, down, and up again in the software's next file."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from tests.bases import Base
from tests.exchange.ready_school import YEAR, ready_school
from tests.ine.asking import population

from bascule.config.main import DONE, main
from bascule.ine.standing import Stand, standing


def test_numbers_come_down_to_a_software_and_back_through_one_night(
    base: Base, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    school = ready_school(12)
    name, content = school.file(population(school))
    sent = tmp_path / name
    sent.write_bytes(content)
    where = ("--school", school.uai, "--year", YEAR)

    def run(*words: object) -> Any:
        capsys.readouterr()
        assert main([*map(str, words), "--json"]) == DONE
        return json.loads(capsys.readouterr().out)

    run("import", sent, *where, "--apply")
    assert run("nightly", "--school", school.uai)["totals"]["given"] == 12
    run("export", "eleves", *where, "-o", tmp_path / "down")

    # The school's software: it reads the numbers by its own ids, and puts them into its next file.
    numbers = read_down(next((tmp_path / "down").glob("*.zip")))
    assert len(set(numbers.values())) == 12
    sent.write_bytes(with_numbers(content, numbers))
    again = run("import", sent, *where, "--apply")

    assert (again["counts"]["pupils_unchanged"], again["counts"]["pupils_rejected"]) == (12, 0)
    assert set(standing(uai=school.uai, year=YEAR).counts) == {Stand.TAKEN}
    # And nothing is left for the next night.
    assert run("nightly", "--school", school.uai)["totals"]["given"] == 0


def read_down(path: Path) -> dict[str, str]:
    """Read the INE of each pupil by the software's own id, as any XML library would."""
    with ZipFile(path) as archive:
        root = ET.fromstring(archive.read(archive.namelist()[0]))  # noqa: S314 - we wrote it
    return {
        str(pupil.findtext("ID_PRV_ELE")): str(pupil.findtext("ID_NATIONAL"))
        for pupil in root.iter("ELEVE")
    }


def with_numbers(content: bytes, numbers: dict[str, str]) -> bytes:
    text = content.decode("iso-8859-15")
    for own, number in numbers.items():
        text, count = re.subn(
            rf"(<ID_PRV_ELE>{own}</ID_PRV_ELE>)", rf"\1<ID_NATIONAL>{number}</ID_NATIONAL>", text
        )
        assert count == 1
    return text.encode("iso-8859-15")
