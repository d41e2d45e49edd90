"""The first accounts of an authority are made by command."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.ready_school import ready_school

from bascule.accounts import codes
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
    assert made["address"].endswith("/activation/")
    assert [(one["login"], one["state"]) for one in listed] == [("ines.marchand", "invited")]
    assert [right["profile"] for right in listed[0]["rights"]] == ["operations"]
    digest = Person.objects.get().activation_digest
    assert codes.is_code(made["code"], bytes(digest))


def test_words_say_what_json_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accounts", "list"]) == DONE
    main(["accounts", "add", "Marchand", "Inès", "--profile", "deep", "--department", "077"])
    main(["accounts", "list"])
    main(["accounts", "list", "--find", "zzz"])

    said = capsys.readouterr().out
    assert "Aucun compte." in said
    assert "Compte ines.marchand : Gestionnaire DEEP, département 77." in said
    assert "MARCHAND Inès" in said
    assert "à activer" in said


def test_people_are_found_everywhere_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    school = ready_school(4)
    told(capsys, "add", "Lefèvre", "Zoé", "--profile", "head", "--school", school.uai)
    told(capsys, "add", "Marchand", "Inès", "--profile", "deep")

    (found,) = told(capsys, "list", "--find", "lefev")

    assert (found["name"], found["rights"][0]["school"]) == ("LEFÈVRE Zoé", school.uai)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--profile", "deep", "--department", "77"], "right.wrong-department"),
        (["--profile", "deep", "--until", "2020-01-01"], "right.past-end"),
        (["--profile", "head", "--school", "0990001A"], "school.unknown"),
        (["--profile", "deep", "--email", "x"], "person.email-unusable"),
    ],
)
def test_a_refusal_leaves_no_account(
    words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accounts", "add", "Petit", "Paul", *words, "--json"]) == REFUSED
    assert json.loads(capsys.readouterr().out)["refused"] == code
    assert not Person.objects.exists()


def test_a_known_name_is_refused_unless_it_is_a_homonym(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "add", "Petit", "Paul", "--profile", "deep")

    assert main(["accounts", "add", "petit", "PAUL", "--profile", "deep"]) == REFUSED
    assert told(capsys, "add", "Petit", "Paul", "--profile", "deep", "--homonym")["login"] == (
        "paul.petit2"
    )


def test_a_right_given_again_is_moved_and_not_doubled(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "add", "Petit", "Paul", "--profile", "deep")
    told(capsys, "give", "paul.petit", "--profile", "deep", "--until", "2099-08-31")

    (found,) = told(capsys, "list")

    assert [right["to"] for right in found["rights"]] == ["2099-08-31"]


def test_nothing_is_given_to_a_disabled_account(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "add", "Petit", "Paul", "--profile", "deep")
    Person.objects.update(state=Person.State.DISABLED)

    assert main(["accounts", "give", "paul.petit", "--profile", "papep"]) == REFUSED


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
    (head,) = told(capsys, "list", "--school", school.uai)
    assert [right["profile"] for right in head["rights"]] == ["head"]


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
    letters = tmp_path / "lettres.pdf"
    told(capsys, "letters", "-o", str(letters), "--school", school.uai)

    assert (read["counts"]["new"], read["counts"]["refused"], before) == (1, 1, 0)
    assert read["refused"][0]["line"] == 3
    assert applied["counts"]["new"] == 1
    assert Person.objects.get().login == "claire.morel"
    assert letters.read_bytes().startswith(b"%PDF")
    assert letters.stat().st_mode & 0o077 == 0
