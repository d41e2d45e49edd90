import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bascule.config.main import DONE, REFUSED, main
from bascule.journal.verify import verify_chain
from bascule.schools.directory import list_schools
from bascule.values.uai import make_uai

UAI = make_uai("099", 1)
SIXTH, FIFTH = "10010012110", "10110001110"

HEADER = """<?xml version="1.0" encoding="ISO-8859-15"?>
<{root} VERSION="2.0"><PARAMETRES><UAJ>{uai}</UAJ><ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE>
<DATE_EXPORT>02/09/2026</DATE_EXPORT><HORODATAGE>02/09/2026 18:30:00</HORODATAGE></PARAMETRES>
<DONNEES>{data}</DONNEES></{root}>
"""
DIVISIONS = f"""<DIVISIONS><DIVISION CODE_STRUCTURE="6 A"><LIBELLE_LONG>SIXIÈME A</LIBELLE_LONG>
<MEFS_APPARTENANCE><MEF_APPARTENANCE><CODE_MEF>{SIXTH}</CODE_MEF></MEF_APPARTENANCE>
</MEFS_APPARTENANCE></DIVISION></DIVISIONS>
<GROUPES><GROUPE CODE_STRUCTURE="6AGL1"/></GROUPES>"""
COMMON = """<UAJ><DENOM_PRINC>COLLEGE PRIVE</DENOM_PRINC></UAJ><ANNEE_SCOLAIRE>
<DATE_DEBUT_ELEVE>31/08/2026</DATE_DEBUT_ELEVE><DATE_FIN_ELEVE>03/07/2027</DATE_FIN_ELEVE>
</ANNEE_SCOLAIRE>"""

Ask = Callable[..., Any]


@pytest.fixture
def ask(base: Any, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Give `bascule schools … --json`: the exit code and what was printed."""

    def asked(*arguments: str) -> tuple[int, Any]:
        code = main(["schools", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def known(ask: Ask) -> Ask:
    ask("add", UAI, "École fictive")
    ask("open", UAI, "2026")
    return ask


def write(folder: Path, root: str, data: str, uai: str = UAI) -> str:
    path = folder / f"{root}.xml"
    path.write_text(HEADER.format(root=root, uai=uai, data=data), encoding="iso-8859-15")
    return str(path)


def test_a_school_is_added_then_listed_with_its_years(ask: Ask) -> None:
    code, added = ask("add", UAI.lower(), "École fictive")
    assert (code, added) == (DONE, {"school": UAI, "name": "École fictive"})

    ask("open", UAI, "2026", "--state", "current")

    _, listed = ask("list")
    assert [(row["school"], row["name"]) for row in listed] == [(UAI, "École fictive")]
    assert listed[0]["years"] == [
        {
            "year": 2026,
            "state": "current",
            "starts_on": "2026-09-01",
            "ends_on": "2027-08-31",
            "software": "",
        }
    ]


def test_a_wrong_key_ends_with_2_and_tells_the_right_one(ask: Ask) -> None:
    wrong = UAI[:7] + ("A" if UAI[7] != "A" else "B")

    code, said = ask("add", wrong, "École fictive")

    assert (code, said["refused"]) == (REFUSED, "school.wrong-uai")
    assert UAI[7] in said["sentence"]
    assert list_schools() == []


def test_a_year_opens_with_the_days_given(ask: Ask) -> None:
    ask("add", UAI, "École fictive")

    _, opened = ask("open", UAI, "2026", "--starts-on", "2026-08-31", "--ends-on", "2027-07-03")

    assert (opened["starts_on"], opened["ends_on"]) == ("2026-08-31", "2027-07-03")


def test_open_brings_a_year_that_exists_into_the_state_asked(known: Ask) -> None:
    code, now = known("open", UAI, "2026", "--state", "current")

    assert (code, now["state"]) == (DONE, "current")


def test_open_without_a_state_refuses_a_year_that_exists(known: Ask) -> None:
    code, said = known("open", UAI, "2026")

    assert (code, said["refused"]) == (REFUSED, "school-year.already-open")


def test_structures_are_loaded_for_the_school_of_the_file(known: Ask, tmp_path: Path) -> None:
    file = write(tmp_path, "BEE_STRUCTURES", DIVISIONS)

    code, first = known("structures", file)
    _, again = known("structures", file)

    assert (code, first["school"], first["year"]) == (DONE, UAI, 2026)
    assert (first["divisions"]["added"], first["groups"]["added"]) == (1, 1)
    assert (again["divisions"]["unchanged"], again["divisions"]["added"]) == (1, 0)


def test_a_file_of_another_kind_is_refused_by_its_name(known: Ask, tmp_path: Path) -> None:
    code, said = known("structures", write(tmp_path, "BEE_COMMUN", COMMON))

    assert (code, said["refused"]) == (REFUSED, "file.wrong-kind")
    assert "Communs" in said["sentence"]


def test_a_file_of_a_school_nobody_knows_is_refused(known: Ask, tmp_path: Path) -> None:
    stranger = make_uai("099", 7)

    code, said = known("structures", write(tmp_path, "BEE_STRUCTURES", DIVISIONS, uai=stranger))

    assert (code, said["refused"]) == (REFUSED, "school.unknown")
    assert verify_chain(uai=stranger).count == 0


def test_common_data_bound_the_year(known: Ask, tmp_path: Path) -> None:
    _, loaded = known("commons", write(tmp_path, "BEE_COMMUN", COMMON))

    assert (loaded["starts_on"], loaded["ends_on"]) == ("2026-08-31", "2027-07-03")


def test_a_division_with_a_mef_not_taught_is_refused(known: Ask) -> None:
    code, said = known("division", UAI, "2026", "6 B", "--mef", SIXTH)

    assert (code, said["refused"]) == (REFUSED, "division.mef-not-taught")


@pytest.mark.parametrize(
    "arguments",
    [
        ("open", UAI, "2026"),
        ("division", UAI, "2026", "6 B", "--mef", SIXTH),
    ],
)
def test_a_school_outside_the_directory_is_refused(ask: Ask, arguments: tuple[str, ...]) -> None:
    code, said = ask(*arguments)

    assert (code, said["refused"]) == (REFUSED, "school.unknown")


@pytest.mark.parametrize("year", ["26", "2026-2027", "99999"])
def test_what_is_no_year_is_refused(known: Ask, year: str) -> None:
    code, said = known("open", UAI, year)

    assert (code, said["refused"]) == (REFUSED, "usage")


def test_sentences_are_in_french(
    known: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    structures = write(tmp_path, "BEE_STRUCTURES", DIVISIONS)
    common = write(tmp_path, "BEE_COMMUN", COMMON)

    for arguments in (["list"], ["structures", structures], ["commons", common]):
        main(["schools", *arguments])

    bounds = "du 31/08/2026 au 03/07/2027"
    assert capsys.readouterr().out.splitlines() == [
        f"{UAI}  École fictive  (2026-2027 en préparation)",
        f"{UAI}, 2026-2027",
        "  Divisions : 1 ajoutée",
        "  Groupes : 1 ajouté",
        f"{UAI} École fictive, 2026-2027 : {bounds} (établissement, année scolaire).",
    ]
