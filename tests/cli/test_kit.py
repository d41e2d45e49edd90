"""The kit says of a report whether it is conform, to a person and by its code."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.formats.conformity.test_signed import KEY, REPORT

from bascule.cli.kit import Also
from bascule.config.main import DONE, REFUSED, main
from bascule.formats.conformity.report import Ability
from bascule.formats.conformity.signed import write


def test_a_report_that_is_not_conform_is_verified_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rapport.json"
    conform = replace(REPORT, verdicts=REPORT.verdicts[:1])
    for report, code in (
        (conform, DONE),
        (REPORT, REFUSED),
        (replace(conform, is_complete=False), REFUSED),
    ):
        path.write_bytes(write(report, KEY))
        assert main(["kit", "verify", str(path)]) == code
        said = capsys.readouterr().out
        assert "La signature est bonne" in said
        assert "Essayé aussi : confirmer un import, envoyer les groupes des élèves" in said
        assert ("non conforme" in said) == (code == REFUSED)
        assert main(["kit", "verify", str(path), "--json"]) == code
        assert json.loads(capsys.readouterr().out)["is_conform"] == (code == DONE)


def test_the_list_says_which_option_adds_the_scenarios_of_an_ability(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [one.value for one in Also] == [one.value for one in Ability]
    assert main(["kit", "list"]) == DONE
    said = capsys.readouterr().out
    assert all(f"(--also {one.value})" in said for one in Ability)
    assert main(["kit", "run", "--only", "exchange.confirm", "--also", "wings"]) == REFUSED
