"""The takeover of GEP: a set of tables becomes an import like any other, and a bad set changes nothing."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import dbfread
import pytest
from tests.exchange.schools_for_tests import (
    AT,
    LATER,
    ReadySchool,
    ready_school,
    rows_of,
    with_pupil,
    without_pupils,
)
from tests.exchange.tables_elsewhere import gep_folder

from bascule.errors import RefusedError
from bascule.exchange import runs
from bascule.exchange.check import check_files
from bascule.exchange.flows.gep import open_gep
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.exchange.switch_off import closure_paper, stop_gep
from bascule.exchange.takeover import NothingToCompareError, Side, compare_takeover
from bascule.formats.dbf import write_table
from bascule.formats.envelope import open_deposit
from bascule.generator.files import MadeFile
from bascule.generator.gep import TABLES, gep_files, gep_rows
from bascule.journal.milestones import Milestone, reached_in

pytestmark = pytest.mark.usefixtures("base")


def bring(school: ReadySchool, *files: MadeFile, **options: Any) -> ImportRun:
    given = {"apply": True, "uai": school.uai, "year": school.year, "actor": "secrétaire", "at": AT}
    return receive_import(files=files, **{**given, **options}).run


def zipped(files: list[MadeFile]) -> MadeFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(f"GEP/DONNEES/{file.name.lower()}", file.content)
        archive.writestr("GEP/DONNEES/F_ELE.NTX", b"an index")
    return MadeFile("gep.zip", out.getvalue())


def written_elsewhere(school: ReadySchool, folder: Path) -> list[MadeFile]:
    """Write the tables of a school with another library."""
    there = gep_folder(school.population, folder)
    return [MadeFile(one.name, one.read_bytes()) for one in sorted(there.glob("*.[dD]*"))]


def test_a_set_written_elsewhere_is_taken_over_and_the_first_import_of_the_year_follows(
    tmp_path: Path,
) -> None:
    school = ready_school(40)
    present = school.population.present
    gone = len(school.population.pupils) - len(present)

    run = bring(school, *written_elsewhere(school, tmp_path))

    assert run.state == ImportRun.State.APPLIED, run.guards
    assert (run.counts["pupils_created"], run.counts["pupils_rejected"]) == (len(present), 0)
    assert set(school.codes(run)) <= {"INF_FICHI_C_01", "INF_OPOBL_B_01", "ACMEF_A_01"}
    # GEP has no MEF: it is that of the division, where this serves one.
    shared = {division.code for division in school.teaching.divisions if len(division.mefs) > 1}
    untold = [pupil for pupil in present if pupil.division in shared]
    assert school.codes(run).count("ACMEF_A_01") == len(untold) < len(present) / 2
    assert ("INF_FICHI_C_01" in school.codes(run)) == (gone > 0)
    with reading(school.uai):
        held = rows_of(
            "SELECT s.family_name, s.first_name, s.birth_date, s.ine, s.sex, e.regime, e.is_repeating, p.division,"
            " p.mef, e.is_blocked, (SELECT count(*) FROM students_guardianship g WHERE g.student_id = s.id)"
            " FROM students_student s JOIN students_enrolment e ON e.student_id = s.id"
            " LEFT JOIN students_schooling p ON p.student_id = s.id WHERE s.uai = %s ORDER BY e.private_id",
            school.uai,
        )
    for row, pupil in zip(held, sorted(present, key=lambda one: one.id), strict=True):
        assert row[0] == pupil.family.upper()
        assert row[2:5] == (pupil.birth, pupil.ine or None, pupil.sex)
        assert row[6] == pupil.repeats
        where = (None, None) if pupil in untold else (pupil.division, pupil.mef)
        assert row[7:9] == where
        # Known in part only: it does not go to the academic base before a whole file came.
        assert row[9]
        assert row[10] >= 1
    # The pupils of the year are not imported yet: GEP only prepares it.
    with reading(school.uai):
        assert Milestone.PUPILS_IMPORTED not in reached_in(school.uai, year=school.year)
    # The software of the school comes next: nobody need say so, and it finds the same pupils and guardians.
    first = school.plan(school.file(), at=LATER)
    assert first.options["changes_software"]
    assert first.counts["pupils_created"] == gone
    assert first.counts["pupils_absent"] == 0


def test_ours_are_read_elsewhere_and_the_same_set_in_a_zip_is_undone(tmp_path: Path) -> None:
    school = ready_school(12)
    files = gep_files(school.population, at=AT)
    for file in files:
        (tmp_path / file.name).write_bytes(file.content)
        read = list(dbfread.DBF(tmp_path / file.name, encoding="cp850"))
        rows = gep_rows(school.population)[file.name.partition(".")[0]]
        assert [{k: v for k, v in row.items() if v} for row in read] == rows
    before = school.digest()

    run = bring(school, zipped(files))
    runs.undo(run_id=run.pk, uai=school.uai, actor="secrétaire", at=LATER)

    assert school.digest() == before
    (checked,) = check_files([zipped(files)])
    assert (checked.kind, checked.refusal) == ("un dossier de GEP", None)
    assert checked.counts["ELEVE"] == len(school.population.present)


def test_the_three_sides_are_compared_pupil_by_pupil_until_nobody_is_lost() -> None:
    school = ready_school(24)
    with pytest.raises(NothingToCompareError, match="GEP"):
        compare_takeover(uai=school.uai, year=school.year)
    bring(school, *gep_files(school.population, at=AT))
    with pytest.raises(NothingToCompareError, match="logiciel"):
        compare_takeover(uai=school.uai, year=school.year)
    lost, moved, *_ = school.population.present
    other = next(p.division for p in school.population.present if p.division != moved.division)
    other_mef = next(p.mef for p in school.population.present if p.division == other)

    # The software forgot one, and puts another in another division.
    changed = with_pupil(school.population, moved.id, division=other, mef=other_mef)
    run = school.plan(school.file(without_pupils(changed, lost.id)), changes_software=True)
    runs.approve(run_id=run.pk, uai=school.uai, actor="authority", at=AT, as_authority=True)

    found = compare_takeover(uai=school.uai, year=school.year)
    assert {one.label: one.why for one in found.apart} == {
        f"{lost.family} {lost.first}": "absent du logiciel",
        f"{moved.family} {moved.first}": "division différente",
    }
    assert found.counts[Side.GEP] == found.counts[Side.BASE] == found.counts[Side.FILE] + 1
    # Corrected in the software, and sent again.
    school.bring(school.file(at=LATER), at=LATER)
    after = compare_takeover(uai=school.uai, year=school.year)
    assert after.apart == ()
    assert after.counts[Side.GEP] == after.counts[Side.FILE] == after.counts[Side.BASE]


def test_accents_tell_that_a_set_is_not_of_dos(tmp_path: Path) -> None:
    school = ready_school(12)
    for codepage in ("cp850", "cp1252"):
        folder = tmp_path / codepage
        folder.mkdir()
        files = [
            open_deposit(one.name, one.read_bytes())
            for one in gep_folder(school.population, folder, codepage=codepage).glob("*.DBF")
        ]
        opened = open_gep(files)
        assert opened.heading.encoding == codepage
        names = {raw.fields["NOM_DE_FAMILLE"] for raw in opened.records() if raw.tag == "ELEVE"}
        assert names == {pupil.family for pupil in school.population.present}


@pytest.mark.slow
def test_six_hundred_pupils_of_gep_are_compared_to_zero_in_seconds(tmp_path: Path) -> None:
    """A set that another library wrote goes through takeover, comparison and paper."""
    school = ready_school(600)
    files = written_elsewhere(school, tmp_path)
    lost = school.population.present[0]
    took: dict[str, float] = {}

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        began = perf_counter()
        yield
        took[what] = round(perf_counter() - began, 2)

    with timed("takeover"):
        assert bring(school, *files).state == ImportRun.State.APPLIED
    with timed("import"):
        run = school.plan(school.file(without_pupils(school.population, lost.id)))
        runs.approve(run_id=run.pk, uai=school.uai, actor="chef", at=AT, as_authority=True)
    with timed("comparison"):
        found = compare_takeover(uai=school.uai, year=school.year)
    assert [one.why for one in found.lost] == ["absent du logiciel"]
    school.bring(school.file(at=LATER), at=LATER)
    assert compare_takeover(uai=school.uai, year=school.year).apart == ()
    signed: dict[str, Any] = {"uai": school.uai, "actor": "chef", "at": LATER}
    with timed("paper"):
        stop_gep(
            year=school.year, stopped_on=LATER.date(), signatory="ROUX Anne", reasons={}, **signed
        )
        closure_paper(uai=school.uai, number=1)
    assert took["comparison"] < 10 > took["paper"], took


def test_a_bad_set_is_refused_whole_and_nothing_is_kept() -> None:
    school = ready_school(12)
    pupils, households = gep_files(school.population, at=AT)
    columns = [column for column in TABLES["F_ELE"] if column.name != "DIVCOD"]
    headless = MadeFile("F_ELE.DBF", write_table(columns, [], on=AT.date()))
    cut = MadeFile(pupils.name, pupils.content[:-300])

    for files, said in (
        ([pupils], "F_ERE manque"),
        ([headless, households], "DIVCOD"),
        ([cut, households], "incomplète"),
        ([pupils, pupils, households], "deux fois"),
    ):
        with pytest.raises(RefusedError, match=said):
            bring(school, *files)
    with pytest.raises(RefusedError, match="utf-8"):
        bring(school, pupils, households, said={"encoding": "utf-8"})

    with reading(school.uai):
        assert rows_of("SELECT count(*) FROM exchange_importrun WHERE uai = %s", school.uai) == [
            (0,)
        ]
