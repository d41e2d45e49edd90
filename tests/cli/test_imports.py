import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.ready_school import AT

from bascule.config.main import DONE, REFUSED, main
from bascule.generator.academy import one_school
from bascule.generator.changes import next_day
from bascule.generator.faults import FAULTS
from bascule.generator.files import MadeFile, authority_files, private_file, zipped, zipped_export
from bascule.generator.population import Population, populate
from bascule.generator.school import teaching_year

YEAR = 2026
SCHOOL = one_school(60, seed=7)
UAI = SCHOOL.uai
WHERE = ("--school", UAI)
WHEN = (*WHERE, "--year", str(YEAR))
POPULATION = populate(teaching_year(SCHOOL, YEAR))

#: A command to its end: what it is given, its exit code and what it printed, read as JSON.
Ask = Callable[..., Any]


@pytest.fixture
def ask(base: Base, capsys: pytest.CaptureFixture[str]) -> Ask:
    def asked(*words: object, code: int = DONE) -> Any:
        capsys.readouterr()
        ended = main([*map(str, words), "--json"])
        said = capsys.readouterr().out
        assert ended == code, said
        return json.loads(said)

    return asked


@pytest.fixture
def school(ask: Ask, tmp_path: Path) -> Ask:
    """Make the school ready, by commands alone."""
    ask("schools", "add", UAI, SCHOOL.name)
    ask("schools", "open", UAI, YEAR, "--state", "current")
    nomenclature, structures, commons = (
        written(tmp_path, zipped_export(file, AT))
        for file in authority_files(POPULATION.teaching, AT)
    )
    ask("nomenclatures", "load", nomenclature)
    ask("schools", "structures", structures)
    ask("schools", "commons", commons)
    ask("export", "nomenclature", "structures", *WHEN, "-o", tmp_path / "down")
    return ask


def written(folder: Path, file: MadeFile) -> Path:
    path = folder / file.name
    path.write_bytes(file.content)
    return path


def sent(folder: Path, population: Population = POPULATION, *, number: int = 1) -> Path:
    at = AT.replace(minute=number)
    made = private_file(population, version="4.0", at=at, send_number=number)
    return written(folder, zipped(made, at))


def later() -> Population:
    return next_day(POPULATION, 0.1, 1, on=date(2026, 11, 4)).population


def test_an_import_is_prepared_then_confirmed(school: Ask, tmp_path: Path) -> None:
    prepared = school("import", sent(tmp_path), *WHEN)
    assert (prepared["state"], prepared["repeat"]) == ("planned", False)
    assert prepared["counts"]["pupils_created"] == 60

    confirmed = school("approve", prepared["run"], *WHERE)

    assert (confirmed["state"], confirmed["counts"]) == ("applied", prepared["counts"])


def test_the_plan_that_was_shown_is_the_one_confirmed(
    school: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared = school("import", sent(tmp_path), *WHEN)
    shown = school("show", prepared["run"], *WHERE)["head"]["plan"]
    short = shown[:12]

    assert shown == prepared["plan"]
    capsys.readouterr()
    assert main(["show", str(prepared["run"]), *WHERE]) == DONE
    assert short in capsys.readouterr().out

    refused = school("approve", prepared["run"], *WHERE, "--plan", "g" * 12, code=REFUSED)
    still = school("runs", *WHERE)[0]
    confirmed = school("approve", prepared["run"], *WHERE, "--plan", short[:8].upper())

    assert refused["refused"] == "import.plan-outdated"
    assert still["state"] == "planned"
    assert confirmed["state"] == "applied"
    assert school("show", prepared["run"], *WHERE)["head"]["plan"] is None


def test_too_short_a_beginning_of_a_plan_is_no_plan(school: Ask, tmp_path: Path) -> None:
    prepared = school("import", sent(tmp_path), *WHEN)

    code = main(["approve", str(prepared["run"]), *WHERE, "--plan", prepared["plan"][:7]])

    assert code == REFUSED
    assert school("runs", *WHERE)[0]["state"] == "planned"


def test_the_same_file_again_does_nothing(school: Ask, tmp_path: Path) -> None:
    first = school("import", sent(tmp_path), *WHEN, "--apply")

    again = school("import", sent(tmp_path), *WHEN, "--apply")

    assert (again["run"], again["repeat"]) == (first["run"], True)


def test_runs_are_listed_latest_first(school: Ask, tmp_path: Path) -> None:
    first = school("import", sent(tmp_path), *WHEN, "--apply")["run"]
    second = school("import", sent(tmp_path, later(), number=2), *WHEN, "--apply")["run"]

    assert [run["run"] for run in school("runs", *WHERE)] == [second, first]
    assert school("runs", *WHERE, "--year", "2025") == []


def test_a_report_tells_what_changed(school: Ask, tmp_path: Path) -> None:
    school("import", sent(tmp_path), *WHEN, "--apply")
    run = school("import", sent(tmp_path, later(), number=2), *WHEN, "--apply")

    report = school("show", run["run"], *WHERE)

    counts = report["counts"]["pupils"]
    assert counts["changed"] == run["counts"]["pupils_changed"] > 0
    written_rows = report["sections"][7]["rows"]
    assert {row["action"] for row in written_rows} <= {"AJOUT", "MODIF"}
    assert all(row["changes"] for row in written_rows if row["action"] == "MODIF")


@pytest.mark.parametrize(
    ("form", "beginning"),
    [
        ("text", b"COMPTE RENDU"),
        ("json", b"{"),
        ("csv", b"\xef\xbb\xbfSection;"),
        ("pdf", b"%PDF-"),
        ("refus-xlsx", b"PK"),
        ("refus-csv", b"\xef\xbb\xbf"),
        ("refus-xml", b"<?xml"),
    ],
)
def test_a_report_is_written_in_each_of_its_forms(
    school: Ask, tmp_path: Path, form: str, beginning: bytes
) -> None:
    spoilt = FAULTS["REJEL_SORTI_F_01"].plant(POPULATION, at=AT)
    run = school("import", written(tmp_path, spoilt.file), *WHEN, "--apply")["run"]
    out = tmp_path / "report"

    code = main(["show", str(run), *WHERE, "--format", form, "-o", str(out)])

    assert code == DONE
    assert out.read_bytes().startswith(beginning)


def test_an_import_is_undone_then_restored(school: Ask, tmp_path: Path) -> None:
    school("import", sent(tmp_path), *WHEN, "--apply")
    run = school("import", sent(tmp_path, later(), number=2), *WHEN, "--apply")["run"]

    undone = school("undo", run, *WHERE)
    restored = school("undo", run, *WHERE, "--restore")

    assert (undone["state"], restored["state"]) == ("undone", "applied")
    assert undone["state_before"] == restored["state_after"]
    assert undone["state_after"] == restored["state_before"] != undone["state_before"]


def test_what_goes_out_comes_back_without_a_difference(school: Ask, tmp_path: Path) -> None:
    school("import", sent(tmp_path), *WHEN, "--apply")

    files = school("export", "eleves", "responsables", *WHEN, "-o", tmp_path / "out")
    back = school("import", *sorted((tmp_path / "out").iterdir()), *WHEN)

    assert [file["counts"].get("ELEVE") for file in files] == [60, None]
    changes = ("created", "changed", "rejected")
    assert {
        back["counts"][f"{kind}_{word}"] for kind in ("pupils", "persons") for word in changes
    } == {0}


def test_everything_is_exported_under_its_official_name(school: Ask, tmp_path: Path) -> None:
    school("import", sent(tmp_path), *WHEN, "--apply")

    files = school("export", "tout", *WHEN, "-o", tmp_path / "out")

    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {file["name"] for file in files}
    assert names == {
        f"ExportXML_{name}.zip"
        for name in (
            "Nomenclature", "Structures", "Communs", "Etablissements", "EtablissementsEleves", "Geographique",
                "ElevesAvecAdresses", "ElevesSansAdresses",
            "ResponsablesAvecAdresses", "ResponsablesSansAdresses",
        )
    }  # fmt: skip


def test_a_plan_that_empties_the_school_waits_for_the_authority(
    school: Ask, tmp_path: Path
) -> None:
    school("import", sent(tmp_path), *WHEN, "--apply")
    # More than a half: held in every season, and commands read the clock.
    present = POPULATION.present
    gone = {pupil.id for pupil in present[: len(present) * 2 // 3]}
    fewer = replace(POPULATION, pupils=[p for p in POPULATION.pupils if p.id not in gone])

    held = school("import", sent(tmp_path, fewer, number=2), *WHEN, "--apply")
    refused = school("approve", held["run"], *WHERE, "--leavers", len(gone), code=REFUSED)
    confirmed = school("approve", held["run"], *WHERE, "--authority")

    assert held["state"] == "held"
    assert {guard["code"] for guard in held["guards"]} >= {"departures"}
    assert refused["refused"] == "run.held"
    assert (confirmed["state"], confirmed["counts"]["pupils_absent"]) == ("applied", len(gone))


def test_another_software_is_refused_until_the_change_is_declared(
    school: Ask, tmp_path: Path
) -> None:
    school("import", sent(tmp_path), *WHEN, "--apply")
    at = AT.replace(minute=2)
    other = written(
        tmp_path, private_file(POPULATION, version="4.0", at=at, software="AUTRE", send_number=2)
    )

    refused = school("import", other, *WHEN, "--apply", code=REFUSED)
    taken = school("import", other, *WHEN, "--apply", "--software-change")

    assert refused["refused"] == "import.other-software"
    assert (taken["state"], taken["counts"]["pupils_created"]) == ("applied", 0)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("show", 999, *WHERE), "run.unknown"),
        (("approve", 999, *WHERE), "run.unknown"),
        (("undo", 999, *WHERE), "run.unknown"),
        (("export", "tout", "--school", UAI, "--year", 2031), "school-year.not-open"),
        (("export", "photos", *WHEN), "export.unknown-kind"),
        (("export", "eleves", *WHEN), "export.nothing"),
    ],
)
def test_what_does_not_exist_is_refused(
    school: Ask, words: tuple[object, ...], reason: str
) -> None:
    said = school(*words, code=REFUSED)

    assert said["refused"] == reason
    assert said["sentence"].endswith((".", "»"))


def test_people_are_told_in_sentences(
    school: Ask,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A narrow terminal folds the rest, and keeps the number that other commands ask for.
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["import", str(sent(tmp_path)), *WHEN, "--apply"]) == DONE
    imported = capsys.readouterr().out
    assert main(["import", str(sent(tmp_path)), *WHEN, "--apply"]) == DONE
    again = capsys.readouterr().out
    assert main(["runs", *WHERE]) == DONE
    listed = capsys.readouterr().out
    assert main(["export", "eleves", *WHEN, "-o", str(tmp_path / "out")]) == DONE
    exported = capsys.readouterr().out

    assert "intégré" in imported
    assert "60 lus = 60 ajoutés" in imported
    assert re.search(r"^\d+ .*2026-2027", listed, re.MULTILINE)
    assert "rien n’est importé" in again
    assert "ExportXML_ElevesAvecAdresses.zip" in exported
