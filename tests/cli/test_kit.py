"""The kit says of a report whether it is conform, to a person and by its code."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.formats.conformity.test_signed import KEY, REPORT

from bascule.config.main import DONE, REFUSED, main
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
        assert ("non conforme" in said) == (code == REFUSED)
        assert main(["kit", "verify", str(path), "--json"]) == code
        assert json.loads(capsys.readouterr().out)["is_conform"] == (code == DONE)
