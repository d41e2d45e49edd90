"""What a record does to the pupil it is: periods of schooling, links, values kept or erased. Pure."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st

from bascule.exchange.import_pipeline.effects import Base, Plan, StoredPupil
from bascule.exchange.import_pipeline.plan import Planner
from bascule.exchange.records import PersonRecord, PupilLink, PupilRecord
from bascule.exchange.rules.guardians import PAREN_B_01
from bascule.students.rows import (
    AddressRow,
    EnrolmentRow,
    GuardianRow,
    LinkRow,
    SchoolingRow,
    StudentRow,
)

SIXTH, FIFTH = "10010012110", "10110001110"
START, NOVEMBER = date(2026, 9, 1), date(2026, 11, 9)
EVE = NOVEMBER - timedelta(days=1)
STUDENT = StudentRow(family_name="MARTIN", first_name="Zoé", birth_date=date(2014, 3, 2))
YEAR = EnrolmentRow(private_id=57, is_blocked=False, regime="0")
GUARDIANS: dict[int | str, int] = {91: 11, 92: 12, 93: 13}


def stored_pupil(*periods: SchoolingRow, **year: Any) -> StoredPupil:
    return StoredPupil(
        1,
        replace(STUDENT),
        enrolment_id=21,
        enrolment=replace(YEAR, **year),
        schoolings=[(rank, replace(row)) for rank, row in enumerate(periods, 31)],
        links={
            11: (41, LinkRow("1", "10", pays_fees=True)),
            12: (42, LinkRow("1", "20", pays_fees=False)),
        },
    )


def record(schooling: SchoolingRow | None = None, **changes: Any) -> PupilRecord:
    whole = PupilRecord(
        12,
        1,
        private_id=57,
        label="MARTIN Zoé",
        student=replace(STUDENT),
        enrolment=EnrolmentRow(private_id=57, regime="0"),
        schooling=None if schooling is None else replace(schooling),
    )
    return replace(whole, **changes)


def plan(
    read: PupilRecord, stored: StoredPupil, *, erase: bool = False, base: Base | None = None
) -> Plan:
    base = base or Base()
    base.pupils[stored.id] = stored
    base.guardian_names.update({11: "MARTIN Anne", 12: "MARTIN Jean", 13: "DURAND Luc"})
    planner = Planner(base, GUARDIANS, {read.rank: stored.id}, erase=erase)
    planner.pupils([read])
    return planner.finish()


def periods_after(made: Plan, before: Sequence[tuple[int, SchoolingRow]]) -> list[SchoolingRow]:
    """Apply what a plan does to periods, as the register would."""
    rows = {row_id: deepcopy(row) for row_id, row in before}
    for row_id in made.effects.removed_schoolings:
        del rows[row_id]
    for row_id, row, _ in made.effects.changed_schoolings:
        assert row_id in rows
        rows[row_id] = row
    added = [row for _, row, _ in made.effects.new_schoolings]
    return sorted([*rows.values(), *added], key=lambda row: row.starts_on)


def codes(read: PupilRecord) -> list[str]:
    return [finding.rule.code for finding in read.findings]


def period(
    starts_on: date = START, ends_on: date | None = None, mef: str = SIXTH, division: str = "6 A"
) -> SchoolingRow:
    return SchoolingRow(starts_on, ends_on, mef, division, "ST")


ALL_YEAR = period()
TWO = (period(ends_on=EVE), period(NOVEMBER, mef=FIFTH, division="5 A"))


class Case(NamedTuple):
    """What is stored, what is read, what must then be there, and the rules met on the way."""

    stored: tuple[SchoolingRow, ...]
    read: SchoolingRow | None
    after: tuple[SchoolingRow, ...]
    codes: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case((), ALL_YEAR, (ALL_YEAR,)), id="the first one"),
        pytest.param(Case((ALL_YEAR,), ALL_YEAR, (ALL_YEAR,)), id="the same one"),
        pytest.param(Case((ALL_YEAR,), None, (ALL_YEAR,)), id="none in the file"),
        pytest.param(
            Case((ALL_YEAR,), period(division="6 B"), (period(division="6 B"),)),
            id="another division",
        ),
        pytest.param(
            Case((ALL_YEAR,), period(mef=FIFTH), (period(mef=FIFTH),)),
            id="MEF corrected from the start",
        ),
        pytest.param(
            Case((ALL_YEAR,), TWO[1], TWO, ("INF_SCOAC_F_01",)), id="another MEF from a later day"
        ),
        pytest.param(Case(TWO, TWO[1], TWO), id="the second of two, again"),
        pytest.param(Case(TWO, ALL_YEAR, (ALL_YEAR,)), id="the change of MEF called off"),
        pytest.param(
            Case(
                (period(ends_on=date(2026, 10, 2)),),
                TWO[1],
                (period(ends_on=date(2026, 10, 2)), TWO[1]),
                ("INF_SCOAC_F_01",),
            ),
            id="another MEF after a gap",
        ),
        pytest.param(
            Case(
                TWO,
                period(date(2026, 10, 5), mef=FIFTH, division="5 A"),
                (
                    period(ends_on=date(2026, 10, 4)),
                    period(date(2026, 10, 5), mef=FIFTH, division="5 A"),
                ),
                ("INF_SCOAC_F_01",),
            ),
            id="the day of the change corrected",
        ),
        pytest.param(
            Case((period(NOVEMBER),), ALL_YEAR, (ALL_YEAR,)), id="the start corrected to earlier"
        ),
        pytest.param(
            Case((ALL_YEAR,), period(date(2026, 9, 3)), (period(date(2026, 9, 3)),)),
            id="the start corrected to later",
        ),
        pytest.param(
            Case((ALL_YEAR,), period(ends_on=EVE), (period(ends_on=EVE),)), id="an end is known"
        ),
        pytest.param(
            Case((period(ends_on=EVE),), period(NOVEMBER), (period(ends_on=EVE), period(NOVEMBER))),
            id="the same MEF again, after its end",
        ),
    ],
)
def test_a_schooling_is_brought_among_those_stored(case: Case) -> None:
    stored, read = stored_pupil(*case.stored), record(case.read)
    before = deepcopy(stored.schoolings)

    made = plan(read, stored)

    assert periods_after(made, before) == list(case.after)
    assert codes(read) == list(case.codes)


def test_a_schooling_without_start_keeps_the_start_that_is_stored() -> None:
    stored = stored_pupil(period(NOVEMBER))
    read = record(period(START, division="6 B"), defaults={"starts_on": True})
    before = deepcopy(stored.schoolings)

    assert periods_after(plan(read, stored), before) == [period(NOVEMBER, division="6 B")]


def test_a_schooling_without_start_that_ends_before_the_stored_start_does_not_end_there() -> None:
    stored = stored_pupil(period(NOVEMBER))
    read = record(period(START, ends_on=date(2026, 10, 2)), defaults={"starts_on": True})
    before = deepcopy(stored.schoolings)

    [after] = periods_after(plan(read, stored), before)

    assert after.ends_on is None or after.starts_on <= after.ends_on


def test_a_pupil_who_comes_back_is_in_school_again() -> None:
    left = {"left_on": EVE, "exit_reason": "10"}
    stored, read = stored_pupil(period(ends_on=EVE), **left), record(ALL_YEAR)
    before = deepcopy(stored.schoolings)

    made = plan(read, stored)

    [(_, year, _)] = made.effects.changed_enrolments
    assert (year.left_on, year.exit_reason) == (None, None)
    assert periods_after(made, before) == [ALL_YEAR]


def test_a_pupil_who_comes_back_later_in_the_same_mef_begins_a_new_period() -> None:
    left = {"left_on": EVE, "exit_reason": "10"}
    back = period(date(2027, 1, 4))
    stored, read = stored_pupil(period(ends_on=EVE), **left), record(back)
    before = deepcopy(stored.schoolings)

    made = plan(read, stored)

    assert periods_after(made, before) == [period(ends_on=EVE), back]
    assert made.moves == {"6 A": 1}


def test_a_pupil_who_leaves_is_counted_once() -> None:
    gone = EnrolmentRow(private_id=57, left_on=EVE, exit_reason="10")
    stored = stored_pupil(ALL_YEAR)

    first = plan(record(ALL_YEAR, enrolment=replace(gone), has_left=True), stored)
    later = replace(gone, left_on=NOVEMBER)
    corrected = plan(record(ALL_YEAR, enrolment=later, has_left=True), stored)

    assert first.counts["pupils_left"] == 1
    assert first.moves == {"6 A": -1}
    assert corrected.counts["pupils_changed"] == 1
    assert corrected.counts["pupils_left"] == 0


DAYS = [START + timedelta(days=days) for days in (0, 1, 30, 31, 69, 70, 125)]


@st.composite
def _stored_periods(draw: st.DrawFn) -> list[SchoolingRow]:
    starts = sorted(draw(st.sets(st.sampled_from(DAYS), max_size=3)))
    rows = []
    for rank, starts_on in enumerate(starts):
        limit = starts[rank + 1] - timedelta(days=1) if rank + 1 < len(starts) else None
        ends_on = draw(st.sampled_from([limit, starts_on]))
        rows.append(period(starts_on, ends_on, draw(st.sampled_from((SIXTH, FIFTH)))))
    return rows


@st.composite
def _read_period(draw: st.DrawFn) -> tuple[SchoolingRow, dict[str, Any]]:
    starts_on = draw(st.sampled_from(DAYS))
    ends_on = draw(st.sampled_from([None, *(day for day in DAYS if day >= starts_on)]))
    defaults = draw(st.sampled_from([{}, {"starts_on": True}]))
    division = draw(st.sampled_from((None, "6 A", "6 B")))
    mef = draw(st.sampled_from((SIXTH, FIFTH)))
    return SchoolingRow(starts_on, ends_on, mef, division, "ST"), defaults


@given(_stored_periods(), _read_period(), st.booleans(), st.booleans())
def test_periods_never_overlap_nor_end_before_they_start(
    stored: list[SchoolingRow],
    read: tuple[SchoolingRow, dict[str, Any]],
    had_left: bool,  # noqa: FBT001
    has_left: bool,  # noqa: FBT001
) -> None:
    gone: dict[str, Any] = {"left_on": DAYS[-1], "exit_reason": "10"}
    pupil = stored_pupil(*stored, **(gone if had_left else {}))
    before = deepcopy(pupil.schoolings)
    year = EnrolmentRow(private_id=57, **(gone if has_left else {}))
    made = record(read[0], defaults=read[1], has_left=has_left, enrolment=year)

    after = periods_after(plan(made, pupil), before)

    assert all(row.ends_on is None or row.starts_on <= row.ends_on for row in after)
    assert all(
        one.ends_on is not None and one.ends_on < other.starts_on for one, other in pairwise(after)
    )


@given(_stored_periods(), _read_period())
def test_a_schooling_planned_again_changes_nothing(
    stored: list[SchoolingRow], read: tuple[SchoolingRow, dict[str, Any]]
) -> None:
    pupil = stored_pupil(*stored)
    before = deepcopy(pupil.schoolings)
    made = record(read[0], defaults=read[1], enrolment=replace(YEAR))
    after = periods_after(plan(deepcopy(made), pupil), before)

    again = plan(made, stored_pupil(*after))

    assert again.is_empty
    assert again.lines == []
    assert again.counts["pupils_unchanged"] == 1


# Links


def link(ref: int, level: str = "1", kinship: str = "10", **flags: bool) -> PupilLink:
    return PupilLink(ref, LinkRow(level, kinship, **flags))


def test_the_guardians_in_the_file_replace_those_stored() -> None:
    read = record(links=[link(91, pays_fees=True), link(93, "3", "90")])

    made = plan(read, stored_pupil())

    assert made.effects.removed_links == [42]
    assert made.effects.new_links == [(1, 93, LinkRow("3", "90"))]
    assert made.effects.changed_links == []
    assert made.counts["links_removed"] == 1


def test_a_removal_stands_first_among_the_lines_and_names_the_guardian() -> None:
    made = plan(record(links=[link(91)]), stored_pupil())

    first, second = made.lines
    assert (first.entity, first.action, first.changes) == (
        "link", "remove", {"guardian": ["MARTIN Jean", None]},
    )  # fmt: skip
    assert (second.entity, second.action, second.target_id) == ("pupil", "update", 1)
    assert second.changes == {"guardian.MARTIN Jean": ["1 20", None]}


def test_a_file_without_the_block_leaves_the_guardians_alone() -> None:
    made = plan(record(links=None), stored_pupil())

    assert made.is_empty


def test_a_flag_that_the_file_does_not_give_is_kept() -> None:
    made = plan(record(links=[link(91), link(92, kinship="20", pays_fees=True)]), stored_pupil())

    assert made.effects.changed_links == [(42, LinkRow("1", "20", pays_fees=True))]
    assert made.lines[0].changes == {"guardian.92.pays_fees": [False, True]}


def test_a_link_set_aside_removes_nobody() -> None:
    read = record(links=[link(91)])
    read.meets(PAREN_B_01, "ID_PRV_PER", "92")

    made = plan(read, stored_pupil())

    assert made.effects.removed_links == []
    assert made.counts["links_removed"] == 0


# Values


def test_a_value_missing_from_the_file_is_kept_and_counted() -> None:
    stored = stored_pupil()
    stored.student.email = "zoe@example.org"

    made = plan(record(), stored)

    assert made.is_empty
    assert made.counts["values_kept"] == 1


def test_a_value_missing_from_the_file_is_erased_when_asked() -> None:
    stored = stored_pupil()
    stored.student.email, stored.student.sex = "zoe@example.org", "2"

    made = plan(record(), stored, erase=True)

    [(_, row, _)] = made.effects.changed_students
    assert (row.email, row.sex) == (None, "2")
    assert made.counts["values_erased"] == 1
    assert made.lines[0].changes == {"email": ["zoe@example.org", None]}


def test_a_default_fills_what_is_empty_and_never_what_is_known() -> None:
    read = record(enrolment=EnrolmentRow(private_id=57), defaults={"regime": "0"})
    known, unknown = stored_pupil(regime="24"), stored_pupil(regime=None)

    assert plan(deepcopy(read), known).is_empty
    [(_, row, _)] = plan(read, unknown).effects.changed_enrolments
    assert row.regime == "0"


def test_our_national_number_is_kept_against_that_of_the_file() -> None:
    stored = stored_pupil()
    stored.student.ine = "250000017AA"
    read = record(student=replace(STUDENT, ine="250000018AA"))

    made = plan(read, stored)

    assert codes(read) == ["IDNAT_D_01"]
    assert made.effects.changed_students == []
    assert stored.student.ine == "250000017AA"


def test_a_number_of_a_kind_that_we_lacked_is_taken_and_is_no_other_number() -> None:
    stored = stored_pupil()
    stored.student.ine = stored.student.ine_bea = "0123456789A"
    registry = "250000018AA"
    read = record(student=replace(STUDENT, ine=registry, ine_rnie=registry))

    made = plan(read, stored)

    assert codes(read) == []
    [(_, row, _)] = made.effects.changed_students
    assert (row.ine, row.ine_bea, row.ine_rnie) == ("0123456789A", "0123456789A", registry)


def test_a_new_name_is_noted_with_the_name_before() -> None:
    read = record(student=replace(STUDENT, family_name="DUPRÉ"), label="DUPRÉ Zoé")

    made = plan(read, stored_pupil())

    assert codes(read) == ["INF_ELNOM_A_01"]
    assert read.findings[0].detail == "Avant : MARTIN Zoé."
    assert made.lines[0].changes == {"family_name": ["MARTIN", "DUPRÉ"]}


def test_an_address_is_shown_in_full_before_and_after() -> None:
    old = AddressRow(line1="1 RUE NEUVE", postcode="99120", town="VILLE", country="100")
    new = old._replace(line1="2 RUE HAUTE")
    stored = stored_pupil()
    stored.student.address_id = 51
    read = record(address=new, address_digest=new.digest())

    made = plan(read, stored, base=Base(addresses={51: old}))

    assert made.effects.new_addresses == {new.digest(): new}
    assert made.lines[0].changes == {
        "address_id": ["1 RUE NEUVE, 99120, VILLE, 100", "2 RUE HAUTE, 99120, VILLE, 100"]
    }


def test_an_expected_pupil_is_confirmed_by_the_file() -> None:
    stored = replace(stored_pupil(), is_expected=True)

    made = plan(record(), stored)

    assert made.effects.confirmed_enrolments == [21]
    assert made.lines[0].changes == {"is_expected": [True, False]}


def test_a_known_pupil_without_this_year_gets_it() -> None:
    stored = replace(stored_pupil(), enrolment_id=None, enrolment=None)

    made = plan(record(ALL_YEAR, division="6 A"), stored)

    assert [owner for owner, _, _ in made.effects.new_enrolments] == [1]
    assert [owner for owner, _, _ in made.effects.new_schoolings] == [1]
    assert made.effects.new_pupils == []
    assert made.moves == {"6 A": 1}


def test_private_ids_are_freed_before_others_take_them() -> None:
    read = record(enrolment=EnrolmentRow(private_id=58), private_id=58)

    made = plan(read, stored_pupil(), base=Base(pupil_holders={57: 21, 58: 22}))

    assert made.effects.freed_enrolment_ids == [22]
    assert made.effects.renumbered_enrolments == [21]


def test_a_rejected_record_does_nothing() -> None:
    made = plan(record(ALL_YEAR, is_rejected=True), stored_pupil())

    assert made.is_empty
    assert made.counts == {"pupils_rejected": 1}


# Persons


def test_a_guardian_known_is_compared_and_a_new_one_added() -> None:
    base = Base(
        guardians={11: GuardianRow(private_id=91, family_name="MARTIN", first_name="Anne")},
        holders={91: 11, 94: 14},
    )
    planner = Planner(base, GUARDIANS, {})
    known = PersonRecord(
        5, 1, 91, row=GuardianRow(91, family_name="MARTIN", first_name="Anne", email="a@b.fr")
    )
    new = PersonRecord(9, 2, 94, row=GuardianRow(94, family_name="AUTRE", first_name="Luc"))

    planner.persons([known, new])
    made = planner.finish()

    assert [(i, row.email) for i, row, _, _ in made.effects.changed_guardians] == [(11, "a@b.fr")]
    assert made.effects.new_guardians == [new]
    assert made.effects.freed_guardian_ids == [14]
    assert made.counts == {"persons_changed": 1, "persons_created": 1}


def test_pupils_absent_from_the_file_are_shown_and_nothing_is_written() -> None:
    planner = Planner(Base(), {}, {})
    planner.absent([(1, 57, "MARTIN Zoé", "6 A")])

    made = planner.finish()

    assert made.is_empty
    assert [(line.action, line.target_id, line.label) for line in made.lines] == [
        ("absent", 1, "MARTIN Zoé")
    ]
    assert made.counts["pupils_absent"] == 1


def test_the_hash_of_a_plan_tells_any_other_effect() -> None:
    one = plan(record(student=replace(STUDENT, email="a@b.fr")), stored_pupil())
    same = plan(record(student=replace(STUDENT, email="a@b.fr")), stored_pupil())
    other = plan(record(student=replace(STUDENT, email="c@d.fr")), stored_pupil())

    assert one.hash() == same.hash() != other.hash()
