import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bascule.config.main import DONE, REFUSED, main
from bascule.nomenclatures import lookup, package, profile
from bascule.schools.directory import register_school
from bascule.schools.open_year import State, open_year
from bascule.values.uai import make_uai

UAI, OTHER = make_uai("099", 1), make_uai("099", 2)
SIXTH = "10010012110"

PROFILE = """<?xml version="1.0" encoding="ISO-8859-15"?>
<BEE_NOMENCLATURES VERSION="3.1"><PARAMETRES><UAJ>{uai}</UAJ><ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE>
<DATE_EXPORT>02/09/2026</DATE_EXPORT><HORODATAGE>02/09/2026 18:30:00</HORODATAGE></PARAMETRES>
<DONNEES><MEFS><MEF CODE_MEF="{mef}"><FORMATION>6EME</FORMATION>
<LIBELLE_EDITION>6ème</LIBELLE_EDITION><MEF_SELECTIONNE>1</MEF_SELECTIONNE></MEF></MEFS>
<MATIERES><MATIERE CODE_MATIERE="030201"><LIBELLE_LONG>ANGLAIS LV1</LIBELLE_LONG></MATIERE></MATIERES>
<PROGRAMMES><PROGRAMME><CODE_MEF>{mef}</CODE_MEF><CODE_MATIERE>030201</CODE_MATIERE>
<CODE_MODALITE_ELECT>O</CODE_MODALITE_ELECT></PROGRAMME></PROGRAMMES>
{more}</DONNEES></BEE_NOMENCLATURES>
"""
PROVENANCE = "code;libelle_court;libelle_long\n1;UN;UN\n"

Ask = Callable[..., Any]


@pytest.fixture
def ask(base: Any, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Give `bascule nomenclatures … --json`: the exit code and what was printed."""

    def asked(*arguments: str) -> tuple[int, Any]:
        code = main(["nomenclatures", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def school(base: Any, moment: datetime) -> str:
    register_school(uai=UAI, name="École fictive", actor="deep", at=moment)
    return UAI


@pytest.fixture
def moment() -> datetime:
    return datetime(2026, 9, 1, 8, tzinfo=UTC)


def write(folder: Path, uai: str = UAI, more: str = "") -> str:
    path = folder / "Nomenclature.xml"
    path.write_text(PROFILE.format(uai=uai, mef=SIXTH, more=more), encoding="iso-8859-15")
    return str(path)


def test_without_a_file_the_tables_of_the_package_are_loaded(ask: Ask) -> None:
    code, loaded = ask("load")

    assert code == DONE
    assert {item["table"] for item in loaded} == set(package.TABLES)
    assert all(item["added"] > 0 for item in loaded)


def test_one_table_of_the_package_is_loaded_by_its_name(ask: Ask) -> None:
    _, loaded = ask("load", "--table", "regime")

    assert [item["table"] for item in loaded] == ["regime"]


def test_a_csv_replaces_the_table_that_its_name_or_the_option_says(
    ask: Ask, tmp_path: Path
) -> None:
    for name, options in (("provenance.csv", ()), ("n_prov.csv", ("--table", "provenance"))):
        (tmp_path / name).write_text(PROVENANCE, encoding="utf-8")

        code, loaded = ask("load", str(tmp_path / name), *options)

        assert (code, loaded[0]["table"]) == (DONE, "provenance")
    assert lookup.codes("provenance") == {"1"}


def test_a_csv_that_nothing_names_is_refused(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "n_prov.csv").write_text(PROVENANCE, encoding="utf-8")

    code, said = ask("load", str(tmp_path / "n_prov.csv"))

    assert (code, said["refused"]) == (REFUSED, "nomenclatures.unnamed-table")


def test_the_tables_are_listed_with_their_origin(ask: Ask) -> None:
    ask("load", "--table", "regime")

    _, listed = ask("tables")

    loaded = {row["name"] for row in listed if row["is_loaded"]}
    assert (loaded, {row["name"] for row in listed}) == ({"regime"}, set(package.TABLES))


def test_a_profile_is_loaded_for_the_school_and_year_of_the_file(
    ask: Ask, school: str, tmp_path: Path
) -> None:
    code, (loaded,) = ask("load", write(tmp_path))

    assert (code, loaded["school"], loaded["year"]) == (DONE, school, 2026)
    assert loaded["blocks"]["MEF"] == {"added": 1, "changed": 0, "removed": 0, "unchanged": 0}
    (first, *_) = profile.profile_records(uai=school, year=2026)
    assert first.fields["LIBELLE_EDITION"] == "6ème"


def test_a_profile_is_shown_block_by_block(ask: Ask, school: str, tmp_path: Path) -> None:
    ask("load", write(tmp_path, more='<REGIMES><REGIME CODE_REGIME="0"/></REGIMES>'))

    code, shown = ask("show", "--school", school, "--year", "2026")

    assert code == DONE
    assert shown["blocks"] == {"MEF": 1, "MATIERE": 1, "PROGRAMME": 1, "REGIME": 1}


def test_a_profile_that_is_not_there_is_refused(ask: Ask, school: str) -> None:
    code, said = ask("show", "--school", school, "--year", "2026")

    assert (code, said["refused"]) == (REFUSED, "profile.none")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--year", "2025"), "file.other-year"),
        (("--school", OTHER), "file.other-school"),
        (("--school", make_uai("099", 3)), "school.unknown"),
    ],
)
def test_a_profile_that_is_not_the_one_expected_is_refused(
    ask: Ask, school: str, moment: datetime, tmp_path: Path, options: tuple[str, ...], reason: str
) -> None:
    register_school(uai=OTHER, name="Autre école", actor="deep", at=moment)

    code, said = ask("load", write(tmp_path), *options)

    assert (code, said["refused"]) == (REFUSED, reason)
    assert profile.profile_counts(uai=school, year=2026) == {}


def test_a_closed_year_keeps_its_profile(
    ask: Ask, school: str, moment: datetime, tmp_path: Path
) -> None:
    open_year(uai=school, year=2026, state=State.CLOSED, actor="deep", at=moment)

    code, said = ask("load", write(tmp_path))

    assert (code, said["refused"]) == (REFUSED, "school-year.closed")


def test_a_school_without_a_file_is_refused(ask: Ask, school: str) -> None:
    code, said = ask("load", "--school", school)

    assert (code, said["refused"]) == (REFUSED, "nomenclatures.no-file")


def test_sentences_are_in_french(
    school: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = '<REGIMES><REGIME CODE_REGIME="0"/><REGIME CODE_REGIME="0"/></REGIMES>'

    main(["nomenclatures", "load", write(tmp_path, more=twice)])
    main(["nomenclatures", "load", "--table", "sexe"])

    assert capsys.readouterr().out.splitlines() == [
        f"Nomenclature.xml : {UAI}, 2026-2027",
        "  MEF : 1 fiche (1 ajoutée)",
        "  MATIERE : 1 fiche (1 ajoutée)",
        "  PROGRAMME : 1 fiche (1 ajoutée)",
        "  REGIME : 1 fiche (1 ajoutée)",
        "  Ligne 9, REGIME : fiche non gardée, 0 déjà présent plus haut.",
        "sexe : 2 codes (2 ajoutés)",
    ]
