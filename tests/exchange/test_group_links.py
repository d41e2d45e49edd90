"""The file of links between pupils and groups: through the same plan, guards and undoing as any import."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from tests.exchange.schools_for_tests import (
    AT,
    BY,
    LATER,
    YEAR,
    ReadySchool,
    edited,
    only,
    ready_school,
    rows_of,
)

from bascule.exchange import runs
from bascule.exchange.anomalies.inbox import Filters, Tab, open_counts, read_inbox
from bascule.exchange.check import check_files
from bascule.exchange.export import export
from bascule.exchange.gate import PupilsNotSentError
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.rules.book import RULES
from bascule.exchange.rules.families import GROUP_FAMILIES
from bascule.exchange.spare import Choice, spare
from bascule.formats import xml_writer
from bascule.formats.envelope import open_deposit
from bascule.formats.import_groups.description import DESCRIPTION
from bascule.formats.import_groups.reader import read
from bascule.formats.record import Fields, Record
from bascule.generator.academy import one_school
from bascule.generator.files import MadeFile, groups_file
from bascule.generator.group_faults import GROUP_FAULTS, bare_pupil, spoil_groups
from bascule.generator.population import populate
from bascule.generator.school import teaching_year

pytestmark = pytest.mark.usefixtures("base")


def brought(*, sent: bool = True, without_mef: int = 0) -> ReadySchool:
    """Give a school whose pupils are in the base, one of them perhaps without a MEF."""
    school = ready_school(24)
    bare = only(without_mef, lambda fields: fields.pop("SCOLARITE_ACTIVE"))
    school.bring(edited(school.population, pupil=bare))
    if sent:
        export(uai=school.uai, year=school.year, kinds=("eleves",), **BY)
    return school


def places(school: ReadySchool) -> list[Any]:
    with reading(school.uai):
        return rows_of(
            "SELECT student_id, group_code, starts_on, ends_on FROM students_membership WHERE uai = %s ORDER BY 1, 2",
            school.uai,
        )


def test_groups_come_in_go_out_come_back_and_are_undone() -> None:
    school = brought()
    file = groups_file(school.population, at=AT)
    before = school.digest()

    run = school.bring(file)

    held = places(school)
    assert len(held) == run.counts["places_added"] > 20
    assert run.counts["pupils_rejected"] == 0
    assert school.codes(run) == []
    # What goes out says the same, by our own numbers, and changes nothing when it comes back.
    (sent,) = export(uai=school.uai, year=school.year, kinds=("groupes",), **BY)
    assert "ELEGROUPE" in sent.name
    (told,) = export(uai=school.uai, year=school.year, kinds=("eleves",), **BY)
    xml = b"".join(open_deposit(told.name, told.content).chunks())
    assert xml.count(b"<TYPE_STRUCTURE>G</TYPE_STRUCTURE>") == len(held)
    again = school.bring(MadeFile(sent.name, sent.content))
    assert again.counts["pupils_changed"] == again.counts["places_removed"] == 0
    assert places(school) == held
    # A pupil whom a later file does not hold is in no group any more, and is shown.
    first = school.population.present[0]
    shorter = _edited(file, drop=first.id)
    later = school.bring(shorter, at=LATER)
    assert later.counts["pupils_absent"] >= 1
    assert [line.label for line in school.lines(later)] == [f"{first.family} {first.first}"]
    # Each import is undone as any other, the latest first.
    for one in (later, again, run):
        runs.undo(run_id=one.pk, uai=school.uai, actor="secrétaire", at=LATER)
    assert school.digest() == before
    runs.restore(run_id=run.pk, uai=school.uai, actor="secrétaire", at=LATER)
    assert [row[:2] for row in places(school)] == [row[:2] for row in held]


def test_groups_wait_for_the_export_of_pupils_and_check_says_what_they_are() -> None:
    school = brought(sent=False)
    file = groups_file(school.population, at=AT)

    with pytest.raises(PupilsNotSentError):
        school.plan(file)

    (checked,) = check_files([file])
    assert checked.refusal is None
    assert checked.kind == "un import des liens élève-groupe"
    assert (checked.uai, checked.year, checked.version) == (school.uai, school.year, "1.4")
    assert checked.counts["ELEVE"] > 5


def test_what_is_wrong_with_places_waits_among_the_anomalies_beside_what_is_wrong_with_records() -> (
    None
):
    school = brought()
    file = groups_file(school.population, at=AT)
    where = {"uai": school.uai, "year": school.year, "today": AT.date()}

    def open_ones(tab: Tab) -> list[tuple[str, str]]:
        rows = read_inbox(filters=Filters(tab=tab), **where).rows
        return [(one.rule.code, one.name) for one in rows]

    before = open_counts(**where)
    school.bring(_edited(file, _group(CODE_GROUPE="INCONNU")))

    first = school.population.present[0]
    assert open_ones(Tab.TO_CORRECT)[0] == ("GROUPE_A_01", f"{first.family} {first.first}")
    # A file of records says nothing of places, and one of places nothing of records.
    school.bring(school.file(send_number=2, at=LATER), at=LATER)
    assert open_counts(**where)[Tab.TO_CORRECT] == before[Tab.TO_CORRECT] + 1
    school.bring(file, at=LATER)
    assert open_counts(**where) == before


def test_one_group_of_a_pupil_is_left_as_it_is_and_the_others_are_taken() -> None:
    school = brought()
    run = school.plan(groups_file(school.population, at=AT))
    line = next(line for line in school.lines(run) if line.changes and len(line.changes) > 1)
    left, *taken = line.changes

    choice = Choice(records=(f"pupil/{line.rank}",), field=left)
    spare(run_id=run.pk, uai=school.uai, choice=choice, at=LATER)
    runs.approve(run_id=run.pk, uai=school.uai, actor="authority", at=LATER, as_authority=True)

    held = {
        f"group.{code}" for student_id, code, *_ in places(school) if student_id == line.target_id
    }
    assert held == set(taken)


def _edited(
    file: MadeFile, edit: Callable[[Fields], object] | None = None, *, drop: int = 0
) -> MadeFile:
    """Make a file again, an edit over the record of its first pupil, another pupil left out."""
    records: list[Record] = []
    for record in read([file.content]):
        if edit and record.tag == "ELEVE" and record.rank == 1:
            edit(record.fields)
        if record.fields.get("ID_PRV_ELE") != str(drop):
            records.append(record)
    out = io.BytesIO()
    xml_writer.write(DESCRIPTION, records, out)
    return MadeFile(file.name, out.getvalue())


def _group(**texts: str) -> Callable[[Fields], object]:
    def edit(fields: Any) -> None:
        fields["GROUPES"]["GROUPE"][0] |= texts

    return edit


def test_each_rule_is_met_by_its_own_fault_and_by_nothing_else() -> None:
    population = populate(teaching_year(one_school(24, seed=5), YEAR))
    school = brought(without_mef=bare_pupil(population, at=AT))

    for code in GROUP_FAULTS:
        rank, file = spoil_groups(code, school.population, at=AT)
        run = school.plan(file)
        assert [(one.code, one.rank) for one in school.findings(run)] == [(code, rank)]

    assert set(GROUP_FAULTS) == {rule.code for rule in RULES if rule.family in GROUP_FAMILIES}
