"""The first accounts of an authority are made by command."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.ready_school import ready_school

from bascule.accounts.models import Person
from bascule.config.main import DONE, REFUSED, main


@pytest.fixture(autouse=True)
def _base(base: Base) -> None:
    """Every command works on a base of its own."""


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(["accounts", *words, "--json"]) == DONE
    return json.loads(capsys.readouterr().out)


def test_the_first_agent_gets_an_account_a_right_and_a_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = told(capsys, "add", "Marchand", "Inès", "--profile", "operations")
    listed = told(capsys, "list")

    assert made["login"] == "ines.marchand"
    assert len(made["code"].replace("-", "").replace(" ", "")) == 20
    assert [(one["login"], one["profile"]) for one in listed] == [("ines.marchand", "operations")]


def test_a_right_is_given_and_withdrawn(capsys: pytest.CaptureFixture[str]) -> None:
    school = ready_school(4)
    told(capsys, "add", "Morel", "Claire", "--profile", "head", "--school", school.uai)
    given = told(
        capsys, "give", "claire.morel", "--profile", "dsden", "--department", "099",
        "--until", "2099-08-31",
    )  # fmt: skip

    told(capsys, "withdraw", str(given["right"]))

    assert (given["department"], given["to"]) == ("099", "2099-08-31")
    assert told(capsys, "list") == []
    assert [one["profile"] for one in told(capsys, "list", "--school", school.uai)] == ["head"]


@pytest.mark.parametrize("trade", ["deep", "secretary"])
def test_a_trade_is_given_where_it_is_exercised(
    trade: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--school", ready_school(4).uai] if trade == "deep" else []

    code = main(["accounts", "add", "Petit", "Paul", "--profile", trade, *place])

    assert code == REFUSED
    assert "s’exerce" in capsys.readouterr().err
    assert not Person.objects.exists()


def test_a_table_of_heads_is_read_then_applied_and_their_letters_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    school = ready_school(4)
    table = tmp_path / "chefs.csv"
    table.write_text(
        "UAI;nom;prénom;courriel\n"
        f"{school.uai};Morel;Claire;claire.morel@example.fr\n"
        "0990999X;Faux;Jean;jean@example.fr\n",
        encoding="utf-8",
    )

    read = told(capsys, "import-heads", str(table))
    before = Person.objects.count()
    applied = told(capsys, "import-heads", str(table), "--apply")
    told(capsys, "letters", "-o", str(tmp_path / "lettres.pdf"))

    assert (read["counts"]["new"], read["counts"]["refused"], before) == (1, 1, 0)
    assert read["refused"][0]["line"] == 3
    assert applied["counts"]["new"] == 1
    assert Person.objects.get().login == "claire.morel"
    assert (tmp_path / "lettres.pdf").read_bytes().startswith(b"%PDF")
