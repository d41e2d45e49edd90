import pytest
from tests.generator.examining import AT

from bascule.formats import xml_reader
from bascule.formats.bee_commun.description import DESCRIPTION as COMMUN
from bascule.formats.bee_nomenclatures.description import DESCRIPTION as NOMENCLATURES
from bascule.formats.bee_structures.description import DESCRIPTION as STRUCTURES
from bascule.formats.description import Document, Leaf
from bascule.formats.record import Fields
from bascule.generator.academy import Kind, one_school
from bascule.generator.courses import COURSES, MNEMONICS
from bascule.generator.files import authority_files
from bascule.generator.school import (
    TeachingYear,
    commun_records,
    headcounts,
    nomenclature_records,
    programme,
    structure_records,
    teaching_year,
)
from bascule.nomenclatures import package


@pytest.fixture(params=list(Kind), ids=lambda kind: kind.name)
def teaching(request: pytest.FixtureRequest) -> TeachingYear:
    return teaching_year(one_school(433, kind=request.param, seed=2), 2026)


def test_divisions_have_a_seat_for_each_pupil(teaching: TeachingYear) -> None:
    assert sum(len(division.seats) for division in teaching.divisions) == 433
    assert headcounts(teaching).total() == 433
    assert set(headcounts(teaching)) == {course.mef for course in teaching.courses}


def test_codes_and_labels_fit_and_are_used_once(teaching: TeachingYear) -> None:
    codes = [part.code for part in (*teaching.divisions, *teaching.groups)]
    labels = [part.label for part in (*teaching.divisions, *teaching.groups)]

    assert len(set(codes)) == len(codes)
    assert max(map(len, codes)) <= 8
    assert max(map(len, labels)) <= 20


def test_some_divisions_hold_several_mef() -> None:
    assert any(
        len(division.mefs) > 1
        for kind in Kind
        for division in teaching_year(one_school(433, kind=kind), 2026).divisions
    )


def test_groups_are_drawn_from_divisions_that_serve_their_mef(teaching: TeachingYear) -> None:
    served = {division.code: set(division.mefs) for division in teaching.divisions}

    for group in teaching.groups:
        assert set(group.mefs) == set().union(*(served[code] for code in group.divisions))
        assert any(
            group.subject == subject
            for mef in group.mefs
            for subject, _, _ in programme(COURSES[mef])
        )


def test_every_code_is_in_the_national_tables(teaching: TeachingYear) -> None:
    assert set(teaching.origin_mefs) <= package.codes("mef")
    assert set(teaching.subjects) <= package.codes("matiere")


def test_mnemonics_are_those_of_the_national_table() -> None:
    national = {row["code"]: row["code_gestion"] for row in package.rows("matiere")}

    assert {code: national[code] for code in MNEMONICS} == MNEMONICS


def test_a_programme_names_a_subject_once(teaching: TeachingYear) -> None:
    for course in teaching.courses:
        subjects = [subject for subject, _, _ in programme(course)]
        assert len(subjects) == len(set(subjects)), course.mef


def test_the_profile_has_its_seventeen_tables(teaching: TeachingYear) -> None:
    records = list(nomenclature_records(teaching, AT))

    assert {record.tag for record in records} == {"PARAMETRES", *NOMENCLATURES.records()}
    assert len(NOMENCLATURES.records()) == 17


def test_the_profile_enrols_in_the_mef_taught_and_no_other(teaching: TeachingYear) -> None:
    flags = {
        record.fields["@CODE_MEF"]: (record.fields["MEF_SELECTIONNE"], record.fields["MEF_SELORIG"])
        for record in nomenclature_records(teaching, AT)
        if record.tag == "MEF"
    }

    taught = {course.mef for course in teaching.courses}
    assert {mef for mef, (selected, _) in flags.items() if selected == "1"} == taught
    assert {mef for mef, (_, origin) in flags.items() if origin == "1"} == set(teaching.origin_mefs)


@pytest.mark.parametrize(
    ("document", "rank"),
    [(NOMENCLATURES, 0), (STRUCTURES, 1), (COMMUN, 2)],
    ids=lambda part: getattr(part, "root", ""),
)
def test_the_authoritys_files_read_back_and_keep_to_the_lengths(
    teaching: TeachingYear, document: Document, rank: int
) -> None:
    records = [nomenclature_records, structure_records, commun_records][rank](teaching, AT)
    written = authority_files(teaching, AT)[rank]

    reading = xml_reader.read(document, [written.content])
    back = list(reading)

    assert [(record.tag, record.fields) for record in back] == [
        (record.tag, record.fields) for record in records
    ]
    assert reading.unknown == {}
    for record in back[1:]:
        assert_lengths(document, record.tag, record.fields)


def assert_lengths(document: Document, tag: str, fields: Fields) -> None:
    limits = {
        child.tag: child.max_length or 1_000
        for child in document.records()[tag].children
        if isinstance(child, Leaf)
    }
    for key, text in fields.items():
        if isinstance(text, str) and not key.startswith("@"):
            assert len(text) <= limits[key], (tag, key, text)


def test_a_school_of_one_pupil_has_one_division() -> None:
    teaching = teaching_year(one_school(1), 2026)

    assert [len(division.seats) for division in teaching.divisions] == [1]
