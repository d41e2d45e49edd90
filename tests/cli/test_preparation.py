import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.bases import Base
from tests.preparation.new_year import AT, YEAR, NewYear, new_year, structures_of_last_year

from bascule.config.main import DONE, REFUSED, main
from bascule.generator.files import private_file

Ask = Callable[..., Any]


@pytest.fixture
def school(base: Base) -> NewYear:
    return new_year()


@pytest.fixture
def ask(school: NewYear, capsys: pytest.CaptureFixture[str]) -> Ask:
    def asked(*words: object, code: int = DONE) -> Any:
        capsys.readouterr()
        ended = main([*map(str, words), "--json"])
        said = capsys.readouterr().out
        assert ended == code, said
        return json.loads(said)

    return asked


def test_structures_are_made_by_commands_alone(school: NewYear, ask: Ask) -> None:
    structures_of_last_year(school)
    where = (school.uai, YEAR)
    carried = ask("structures", "carry", *where, "--oui")
    assert carried["divisions"] > 0
    school.receive_nomenclatures()
    mef = school.teaching.divisions[0].mefs[0]

    ask("structures", "save", *where, "6 Z", "--mef", mef, "--planned", 28)
    changed = ask("structures", "save", *where, "6 Z", "--label", "SIXIEME Z", "--code", "6 Y")
    assert changed["mefs"] == [mef]
    assert (changed["code"], changed["planned"]) == ("6 Y", 28)
    ask("structures", "save", *where, "GR", "--groupe", "--division", "6 Y")
    listed = {one["code"]: one for one in ask("structures", "list", *where)}
    assert listed["GR"]["divisions"] == ["6 Y"]
    ask("structures", "remove", *where, "GR", "--groupe")
    ask("structures", "remove", *where, "6 Y")
    ask("structures", "undo", *where)
    ask("structures", "validate", *where)
    ask("structures", "sconet", *where, "--non")

    steps = {one["step"]: one for one in ask("guide", *where)}
    assert steps["structures"]["state"] == "done"
    assert steps["sconet"]["command"] == f"bascule structures sconet {school.uai} {YEAR} --oui"


def test_common_data_are_changed_and_verified_by_commands(school: NewYear, ask: Ask) -> None:
    where = (school.uai, YEAR)
    assert ask("commons", "verify", *where, code=REFUSED)["refused"] == "common.incomplete"
    ask(
        "commons", "save", *where, "LIGNE1_ADRESSE=1 RUE DES ESSAIS", "CODE_POSTAL=99000",
        "LIBELLE_POSTAL=VILLE", "NOM_RESP=MOREL", "QUAL_RESP=Directrice",
    )  # fmt: skip

    ask("commons", "verify", *where)

    assert ask("commons", "show", *where)["missing"] == []


def test_whatever_is_tried_too_early_is_refused_with_the_command_of_what_is_missing(
    school: NewYear, ask: Ask, tmp_path: Path
) -> None:
    made = private_file(school.population, version="3.1", at=AT)
    file = tmp_path / made.name
    file.write_bytes(made.content)
    where, options = (school.uai, YEAR), ("--school", school.uai, "--year", YEAR)
    tries = (
        ("structures", "validate", *where),
        ("export", "nomenclature", *options),
        ("export", "structures", *options),
        ("import", file, *options),
    )

    refused = [ask(*one, code=REFUSED) for one in tries]
    missing_year = ask("structures", "carry", school.uai, YEAR + 1, code=REFUSED)

    assert [one["refused"] for one in refused] == ["step.missing"] * len(tries)
    assert {one["command"] for one in refused} == {
        f"bascule nomenclatures deliver {YEAR} {school.uai}"
    }
    assert missing_year["command"] == f"bascule schools open {school.uai} {YEAR + 1}"


def test_the_guide_is_printed_with_the_next_command(
    school: NewYear, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["guide", school.uai, str(YEAR)]) == DONE

    said = capsys.readouterr().out
    assert "✓ Année ouverte : fait" in said
    assert f"Ensuite : bascule structures carry {school.uai} {YEAR}" in said


def test_a_refusal_on_the_screen_ends_with_its_command(
    school: NewYear, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["structures", "validate", school.uai, str(YEAR)]) == REFUSED

    assert f"→ bascule nomenclatures deliver {YEAR} {school.uai}" in capsys.readouterr().err
