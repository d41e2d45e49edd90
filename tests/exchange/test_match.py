"""Who a record is: the order of the keys, disputes, twins and homonyms."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from bascule.exchange.import_pipeline.match import (
    Known,
    KnownPerson,
    KnownPersons,
    KnownPupil,
    match_persons,
    match_pupils,
)
from bascule.exchange.records import PersonRecord, PupilRecord
from bascule.students.rows import GuardianRow, StudentRow
from bascule.values.civil_identity import identity_key
from bascule.values.ine import make_ine_bea, make_ine_rnie

BORN, OTHER_DAY = date(2014, 3, 2), date(2014, 2, 3)
INE, OTHER_INE, BEA = make_ine_rnie(250000017), make_ine_rnie(250000018), make_ine_bea(1234567890)

ZOE = KnownPupil(1, identity_key("MARTIN", "Zoé", BORN), BORN, frozenset((INE,)), 57)
PAUL = KnownPupil(
    2, identity_key("DURAND", "Paul", OTHER_DAY), OTHER_DAY, frozenset((OTHER_INE,)), 58
)


def known(*pupils: KnownPupil) -> Known:
    stored = Known()
    for pupil in pupils:
        stored.add(pupil)
    return stored


def record(
    family: str = "MARTIN",
    first: str = "Zoé",
    born: date = BORN,
    *,
    rank: int = 1,
    private_id: int | None = 900,
    known_id: int | None = None,
    **numbers: str,
) -> PupilRecord:
    return PupilRecord(
        10 * rank,
        rank,
        private_id=private_id,
        known_id=known_id,
        student=StudentRow(
            family_name=family,
            first_name=first,
            birth_date=born,
            identity_key=identity_key(family, first, born),
            **numbers,  # type: ignore[arg-type]
        ),
    )


def match(
    records: PupilRecord | list[PupilRecord], *pupils: KnownPupil, **options: Any
) -> dict[int, int]:
    given = [records] if isinstance(records, PupilRecord) else records
    return match_pupils(given, known(*pupils), **{"ignore_private_ids": False, **options})


def codes(one: PupilRecord | PersonRecord) -> list[str]:
    return [finding.rule.code for finding in one.findings]


STRANGER: dict[str, Any] = {"family": "AUTRE", "first": "Inès", "born": date(2013, 1, 1)}


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        pytest.param(record("AUTRE", "Inès", known_id=1), 1, id="our id, both names changed"),
        pytest.param(record(born=OTHER_DAY, known_id=1), 1, id="our id, birth corrected"),
        pytest.param(record(known_id=77), 1, id="an id of ours that is nobody's says nothing"),
        pytest.param(record(ine=INE), 1, id="number with the same civil status"),
        pytest.param(record(first="Zoëlle", ine=INE), 1, id="number, first name corrected"),
        pytest.param(record("DUPRÉ", ine=INE), 1, id="number, family name changed"),
        pytest.param(record("DUPRÉ", ine_bea=INE), 1, id="number given under another name"),
        pytest.param(record("DUPRÉ", ine_rnie=INE), 1, id="number given under a third name"),
        pytest.param(record("DUPRÉ", private_id=57), 1, id="private id, family name changed"),
        pytest.param(
            record("DUPRÉ", "Inès", private_id=57), 1, id="private id, both names changed"
        ),
        pytest.param(record(born=OTHER_DAY, private_id=57), 1, id="private id, birth corrected"),
        pytest.param(record(), 1, id="identity alone"),
        pytest.param(record("Martin", "ZOE"), 1, id="identity written without accent"),
        pytest.param(record(first="Zoé Anne"), None, id="identity is strict"),
        pytest.param(record(born=OTHER_DAY), None, id="homonym born another day"),
        pytest.param(record(first="Léa"), None, id="twin of another first name"),
        pytest.param(record(**STRANGER), None, id="nobody we know"),
        pytest.param(record(private_id=None), 1, id="no private id"),
        pytest.param(
            record(private_id=57, known_id=1, ine=INE), 1, id="every key at the same pupil"
        ),
    ],
)
def test_a_record_is_known_by_the_first_key_that_speaks(
    read: PupilRecord, expected: int | None
) -> None:
    found = match(read, ZOE, PAUL)

    assert found.get(1) == expected
    assert codes(read) == []


#: Born the day Zoé was: nothing but the keys tells who a record with both names means.
PAUL_AS_OLD = KnownPupil(2, identity_key("DURAND", "Paul", BORN), BORN, frozenset((OTHER_INE,)), 58)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"known_id": 2, "ine": INE}, id="our id and number"),
        pytest.param({"known_id": 1, "private_id": 58}, id="our id and private id"),
        pytest.param({"ine": INE, "private_id": 58}, id="number and private id"),
        pytest.param({"ine": INE, "ine_rnie": OTHER_INE}, id="two numbers"),
        pytest.param({"known_id": 1, "ine": OTHER_INE, "private_id": 57}, id="two against one"),
    ],
)
def test_two_keys_at_two_pupils_reject_the_record(keys: dict[str, Any]) -> None:
    read = record("MARTIN", "Paul", **keys)

    assert match(read, ZOE, PAUL_AS_OLD) == {}
    assert codes(read) == ["REJEL_CREAT_C_01"]
    assert read.is_rejected


def test_our_id_with_the_identity_of_another_child_rejects_the_record() -> None:
    read = record(**STRANGER, known_id=1)

    assert match(read, ZOE) == {}
    assert codes(read) == ["REJEL_CREAT_C_01"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"born": OTHER_DAY}, None, id="born another day"),
        pytest.param({"family": "AUTRE", "first": "Inès"}, None, id="no name in common"),
        pytest.param(
            {"family": "DURAND", "first": "Paul", "born": OTHER_DAY},
            2,
            id="and another by identity",
        ),
    ],
)
def test_a_number_known_for_another_civil_status_is_in_dispute_and_not_taken(
    changes: dict[str, Any], expected: int | None
) -> None:
    read = record(**changes, ine=INE, ine_bea=BEA)

    found = match(read, ZOE, PAUL)

    assert found.get(1) == expected
    assert codes(read) == ["IDNAT_E_01"]
    assert (read.student.ine, read.student.ine_bea) == (None, BEA)


def test_a_number_is_in_no_dispute_with_the_pupil_whose_birth_date_is_corrected() -> None:
    read = record(born=OTHER_DAY, private_id=57, ine=INE)

    assert match(read, ZOE) == {1: 1}
    assert codes(read) == []
    assert read.student.ine == INE


def test_our_id_prevails_over_a_number_of_another_civil_status_of_the_same_pupil() -> None:
    read = record(born=OTHER_DAY, known_id=1, ine=INE)

    assert match(read, ZOE) == {1: 1}
    assert codes(read) == []
    assert read.student.ine == INE


def test_a_private_id_of_which_name_and_birth_both_differ_is_another_child() -> None:
    read = record(**STRANGER, private_id=57)

    assert match(read, ZOE) == {}
    assert codes(read) == ["INF_CREAT_D_01"]
    assert not read.is_rejected


def test_another_child_under_a_known_private_id_may_be_known_by_its_identity() -> None:
    read = record("DURAND", "Paul", OTHER_DAY, private_id=57)

    assert match(read, ZOE, PAUL) == {1: 2}
    assert codes(read) == []


def test_private_ids_mean_nothing_when_the_school_changes_software() -> None:
    read = record(first="Zoé Anne", private_id=57)

    assert match(read, ZOE, ignore_private_ids=True) == {}
    assert codes(read) == []


def test_an_identity_that_fits_two_pupils_rejects_the_record() -> None:
    read = record()

    assert match(read, ZOE, replace(ZOE, id=3, numbers=frozenset(), private_id=59)) == {}
    assert codes(read) == ["REJEL_CREAT_C_02"]


def test_a_number_tells_two_pupils_of_one_identity_apart() -> None:
    read = record(ine=OTHER_INE)

    assert match(read, ZOE, replace(ZOE, id=3, numbers=frozenset((OTHER_INE,)), private_id=59)) == {
        1: 3
    }


def test_a_pupil_of_two_years_is_one_pupil() -> None:
    again = replace(ZOE, private_id=None)

    assert match(record(), ZOE, again) == {1: 1}
    assert match(record("DUPRÉ", private_id=57), again, ZOE) == {1: 1}


def test_twins_are_told_apart_by_their_first_name() -> None:
    twin = KnownPupil(3, identity_key("MARTIN", "Léa", BORN), BORN, frozenset(), None)
    records = [record(first="Léa", rank=1, private_id=None), record(rank=2, private_id=None)]

    assert match(records, ZOE, twin) == {1: 3, 2: 1}


def test_a_twin_who_bears_the_number_of_the_other_is_rejected_and_not_merged() -> None:
    twin = KnownPupil(3, identity_key("MARTIN", "Léa", BORN), BORN, frozenset(), 60)
    read = record(first="Léa", private_id=60, ine=INE)

    assert match(read, ZOE, twin) == {}
    assert codes(read) == ["REJEL_CREAT_C_01"]


def test_records_that_point_at_one_pupil_are_all_rejected() -> None:
    records = [record(rank=1, private_id=57), record(rank=2, ine=INE), record("DURAND", rank=3)]

    match(records, ZOE, PAUL)

    assert [codes(one) for one in records] == [["REJEL_CREAT_C_03"], ["REJEL_CREAT_C_03"], []]
    assert [one.is_rejected for one in records] == [True, True, False]


def test_a_record_that_points_at_a_pupil_already_recognised_is_rejected() -> None:
    read = record()

    match(read, ZOE, taken={1})

    assert codes(read) == ["REJEL_CREAT_C_03"]


def test_rejected_records_are_passed_over() -> None:
    read = replace(record(), is_rejected=True)

    assert match(read, ZOE) == {}
    assert codes(read) == []


# Laws

FAMILIES, FIRSTS, DAYS = ("MARTIN", "DURAND"), ("Zoé", "Léa"), (BORN, OTHER_DAY)
NUMBERS = (INE, OTHER_INE, None)


@st.composite
def _stored(draw: st.DrawFn) -> list[KnownPupil]:
    count = draw(st.integers(0, 4))
    numbers = draw(st.permutations([INE, OTHER_INE, BEA, None, None]))
    private_ids = draw(st.permutations([57, 58, 59, 60, None]))
    pupils = []
    for rank in range(count):
        born = draw(st.sampled_from(DAYS))
        key = identity_key(draw(st.sampled_from(FAMILIES)), draw(st.sampled_from(FIRSTS)), born)
        number = numbers[rank]
        pupils.append(
            KnownPupil(
                rank + 1, key, born, frozenset([number] if number else []), private_ids[rank]
            )
        )
    return pupils


@st.composite
def _read(draw: st.DrawFn) -> list[PupilRecord]:
    private_ids = draw(st.permutations([57, 58, 59, 61]))
    return [
        record(
            draw(st.sampled_from(FAMILIES)),
            draw(st.sampled_from(FIRSTS)),
            draw(st.sampled_from(DAYS)),
            rank=rank,
            private_id=private_ids[rank],
            known_id=draw(st.sampled_from((None, None, 1, 2))),
            **({"ine": number} if (number := draw(st.sampled_from(NUMBERS))) else {}),
        )
        for rank in range(draw(st.integers(1, 4)))
    ]


def _fresh(records: Iterable[PupilRecord]) -> list[PupilRecord]:
    return [replace(one, findings=[], student=replace(one.student)) for one in records]


@given(_stored(), _read())
def test_no_pupil_is_ever_given_two_records(
    stored: list[KnownPupil], read: list[PupilRecord]
) -> None:
    found = match(read, *stored)

    accepted = [found[one.rank] for one in read if not one.is_rejected and one.rank in found]
    assert len(accepted) == len(set(accepted))


@given(_stored(), _read())
def test_a_match_is_always_told_by_a_key(stored: list[KnownPupil], read: list[PupilRecord]) -> None:
    given_numbers = {one.rank: one.student.ine for one in read}
    found = match(read, *stored)

    for one in read:
        if one.rank in found:
            pupil = next(pupil for pupil in stored if pupil.id == found[one.rank])
            assert (
                one.known_id == pupil.id
                or given_numbers[one.rank] in pupil.numbers
                or one.private_id == pupil.private_id
                or one.student.identity_key == pupil.identity_key
            )


@given(_stored(), _read(), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(
    stored: list[KnownPupil], read: list[PupilRecord], random: Any
) -> None:
    other = _fresh(read)
    random.shuffle(other)

    assert match(read, *stored) == match(other, *stored)
    other.sort(key=lambda one: one.rank)
    assert [codes(one) for one in read] == [codes(one) for one in other]


# Persons

ANNE = KnownPerson(11, identity_key("MARTIN", "Anne"), 91)
JEAN = KnownPerson(12, identity_key("MARTIN", "Jean"), 92)


def person(
    family: str = "MARTIN",
    first: str = "Anne",
    *,
    private_id: int | None = 700,
    known_id: int | None = None,
    rank: int = 1,
) -> PersonRecord:
    return PersonRecord(
        10 * rank,
        rank,
        private_id=private_id,
        known_id=known_id,
        row=GuardianRow(
            family_name=family, first_name=first, identity_key=identity_key(family, first)
        ),
    )


def match_all(
    *persons: PersonRecord,
    of_pupil: dict[int, tuple[int, ...]] | None = None,
    stored: tuple[KnownPerson, ...] = (ANNE, JEAN),
    **options: Any,
) -> dict[int | str, int]:
    everyone = KnownPersons(
        {one.id: one for one in stored},
        {one.private_id: one for one in stored if one.private_id is not None},
        of_pupil or {},
    )
    return match_persons(
        persons, everyone, **{"ignore_private_ids": False, "children": {}, **options}
    )


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        pytest.param(person("AUTRE", "Inès", known_id=12), 12, id="our id alone"),
        pytest.param(person(private_id=91), 11, id="private id"),
        pytest.param(person("DUPRÉ", private_id=91), 11, id="private id, family name changed"),
        pytest.param(person(first="Anna", private_id=91), 11, id="private id, first name changed"),
        pytest.param(person(), None, id="identity alone is not enough for an adult"),
        pytest.param(person(private_id=91, known_id=11), 11, id="both keys at the same person"),
    ],
)
def test_a_person_is_known_by_its_ids(read: PersonRecord, expected: int | None) -> None:
    assert match_all(read).get(read.ref) == expected
    assert codes(read) == []


def test_two_ids_at_two_persons_reject_the_record() -> None:
    read = person(private_id=91, known_id=12)

    assert match_all(read) == {}
    assert codes(read) == ["REJRE_CREAT_C_01"]


def test_a_number_that_was_somebody_elses_is_told() -> None:
    read = person("DUPRÉ", "Inès", private_id=91)

    assert match_all(read) == {}
    assert codes(read) == ["INF_CREAT_D_02"]
    assert not read.is_rejected


def test_a_number_that_was_somebody_elses_goes_without_saying_when_our_id_tells_who_it_is() -> None:
    read = person("DUPRÉ", "Inès", private_id=91, known_id=12)

    assert match_all(read) == {91: 12}
    assert codes(read) == []


def test_a_person_of_a_new_software_is_looked_for_among_the_guardians_of_its_children() -> None:
    read = person(private_id=92)

    found = match_all(
        read, ignore_private_ids=True, children={92: [1, 2]}, of_pupil={1: (11, 12), 2: (11,)}
    )

    assert found == {92: 11}


@pytest.mark.parametrize(
    ("children", "of_pupil"),
    [
        pytest.param({92: [2]}, {1: (11,), 2: (12,)}, id="guardian of other children"),
        pytest.param({92: [1]}, {1: (11, 13)}, id="two guardians of that name"),
        pytest.param({}, {1: (11,)}, id="no child in the file"),
    ],
)
def test_a_person_of_a_new_software_is_new_when_its_children_do_not_tell(
    children: dict[int | str, list[int]], of_pupil: dict[int, tuple[int, ...]]
) -> None:
    found = match_all(
        person(private_id=92),
        stored=(ANNE, JEAN, replace(ANNE, id=13, private_id=93)),
        ignore_private_ids=True,
        children=children,
        of_pupil=of_pupil,
    )

    assert found == {}


def test_persons_that_point_at_one_guardian_are_all_rejected() -> None:
    persons = [person(private_id=91), person(private_id=700, known_id=11, rank=2)]

    match_all(*persons)

    assert [codes(one) for one in persons] == [["REJRE_CREAT_C_01"]] * 2


def test_two_persons_of_one_name_do_not_share_the_guardian_of_a_child() -> None:
    found = match_all(
        person(private_id=1),
        person(private_id=2, rank=2),
        ignore_private_ids=True,
        children={1: [5], 2: [5]},
        of_pupil={5: (11,)},
    )

    assert found == {1: 11}
