"""The command shows the board, reads schools again, writes the sheet, and shows what would be sent."""

import json
from pathlib import Path

import pytest
from tests.bases import Base
from tests.preparation.new_year import YEAR, new_year

from bascule.config.main import DONE, REFUSED, main


def test_a_campaign_is_followed_by_commands(
    base: Base, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    school = new_year(6)
    sheet = tmp_path / "campagne.csv"

    def ask(*words: object, code: int = DONE) -> str:
        capsys.readouterr()
        assert main(["campaign", *map(str, words)]) == code
        return capsys.readouterr().out

    board = json.loads(ask("show", "rentree", YEAR, "--blocked", "--json"))
    read = json.loads(ask("read", YEAR, "--json"))
    messages = json.loads(ask("remind", "rentree", YEAR, "--step", "import", "--json"))
    ask("export", "rentree", YEAR, sheet)
    ask("show", "inconnue", YEAR, code=REFUSED)

    assert board["rows"][0]["school"] == school.uai
    assert board["rows"][0]["step"] == "nomenclatures"
    assert read == {"schools": 1, "changed": 2}
    # Nobody heads it yet: there is nobody to write to.
    assert messages == {
        "sent": 0,
        "messages": [{"school": school.uai, "step": "import", "ready": False}],
    }
    assert school.uai in sheet.read_text(encoding="utf-8-sig")
    assert "(au rectorat d’agir)" in ask("remind", "rentree", YEAR)
    assert "✕" in ask("show", "rentree", YEAR)
