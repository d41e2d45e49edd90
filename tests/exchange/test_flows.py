import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.exchange.outgoing.rolls import (
    BEA,
    FATHER,
    HOME,
    MOTHER,
    RNIE,
    SENDING,
    UAI,
    YEAR,
    enrolment,
    guardian,
    pupil,
    roll,
    schooling,
    student,
)

from bascule.errors import RefusedError
from bascule.exchange.context import offline_facts
from bascule.exchange.flows import bee_export, private_import
from bascule.exchange.flows.bee_export import IncompleteSetError, OldExportError, UnlikeFilesError
from bascule.exchange.flows.private_import import SeveralFilesError
from bascule.exchange.import_pipeline.validate import check_pupil
from bascule.exchange.outgoing.eleves import eleves
from bascule.exchange.outgoing.prive import prive
from bascule.exchange.outgoing.responsables import responsables
from bascule.exchange.outgoing.roll import Roll
from bascule.exchange.outgoing.words import Sending
from bascule.exchange.records import PersonRecord, PupilRecord
from bascule.exchange.rules.persons import check_person
from bascule.formats.bee_eleves.description import DESCRIPTION as ELEVES
from bascule.formats.bee_responsables.description import DESCRIPTION as RESPONSABLES
from bascule.formats.description import Document
from bascule.formats.envelope import Envelope, open_deposit
from bascule.formats.import_eleves.description import VERSIONS, description_of
from bascule.formats.record import Record
from bascule.formats.refusals import MissingHeaderError
from bascule.formats.xml_writer import write
from bascule.nomenclatures.heading import MissingHeadingError
from bascule.students.rows import AddressRow, Row

FACTS = offline_facts(YEAR)


def _envelope(document: Document, records: Iterable[Record]) -> Envelope:
    out = io.BytesIO()
    write(document, records, out)
    return open_deposit("fichier.xml", out.getvalue())


def _exports(
    of: Roll, sending: Sending = SENDING, *, with_addresses: bool = True
) -> list[Envelope]:
    return [
        _envelope(ELEVES, eleves(sending, of, with_addresses=with_addresses)),
        _envelope(RESPONSABLES, responsables(sending, of, with_addresses=with_addresses)),
    ]


def _private(of: Roll, version: str = "3.1") -> Envelope:
    records = prive(SENDING, of, version=version, software="EXEMPLE", send_number=7)
    return _envelope(description_of(version), records)


def _edited(envelope: Envelope, before: str, after: str) -> Envelope:
    text = b"".join(envelope.chunks()).decode("iso-8859-15")
    assert before in text
    return open_deposit("fichier.xml", text.replace(before, after).encode("iso-8859-15"))


def _back(of: Roll, *, with_addresses: bool = True) -> tuple[list[PersonRecord], list[PupilRecord]]:
    """Bring a year back as the pipeline reads it, up to the rows it compares with ours."""
    opened = bee_export.FLOW.open(_exports(of, with_addresses=with_addresses))
    return _checked(opened.records())


def _checked(
    records: Iterator[Record],
) -> tuple[list[PersonRecord], list[PupilRecord]]:
    persons: list[PersonRecord] = []
    pupils: list[PupilRecord] = []
    for raw in records:
        if raw.tag == "PERSONNE":
            persons.append(check_person(raw, FACTS))
        else:
            pupils.append(check_pupil(raw, FACTS, {person.ref for person in persons}))
    return persons, pupils


def _differences(stored: Row, read: Row) -> dict[str, tuple[Any, Any]]:
    """Give what reading would change: what a file does not say stays as it is."""
    return {
        name: (getattr(stored, name), getattr(read, name))
        for name in type(stored).columns
        if getattr(read, name) is not None
        and getattr(read, name) != getattr(stored, name)
        and name != "is_blocked"
    }


def _whole() -> Roll:
    """Give a year in which every value is known."""
    abroad = student(
        usual_name="D'USAGE",
        second_name="Anne",
        third_name="Marie",
        birth_town="MELUN",
        personal_phone="0100000001",
        work_phone="0100000002",
    )
    year = enrolment(
        left_on=date(2026, 9, 30),
        exit_reason="11",
        lodging_uai=UAI,
        previous_department="077",
        previous_starts_on=date(2025, 9, 1),
        previous_ends_on=date(2026, 7, 3),
        previous_regime="0",
        previous_options=["AGL1"],
        previous_plans=["02 2025-09-01 2026-07-03"],
    )
    period = schooling(
        ends_on=date(2026, 9, 30), status="AP", is_stopped=True, plans=["01 2026-09-01 2026-09-30"]
    )
    of = roll(pupil(student=abroad, enrolment=year, schooling=period))
    of.guardians[201] = guardian(
        usual_name="D'USAGE", personal_phone="0100000003", work_phone="0100000004"
    )
    return of


def _unsaid(stored: Row, read: Row) -> set[str]:
    """Give what reading leaves unsaid of a row in which everything is known."""
    assert None not in type(stored).values(stored)
    return {name for name in type(stored).columns if getattr(read, name) is None}


def _changes(of: Roll, persons: list[PersonRecord], pupils: list[PupilRecord]) -> list[Any]:
    found: list[Any] = []
    for (_, known), person in zip(of.guardians.items(), persons, strict=True):
        found += _differences(known, person.row).items()
        if person.address:
            found += (
                [] if of.addresses[known.address_id or 0] == person.address else [person.address]
            )
    for held, read in zip(of.pupils, pupils, strict=True):
        found += _differences(held.student, read.student).items()
        found += _differences(held.enrolment, read.enrolment).items()
        if read.address:
            found += (
                [] if of.addresses[held.student.address_id or 0] == read.address else [read.address]
            )
        if held.schooling and read.schooling:
            # The planner keeps the start it knows where the file gives none.
            read.schooling.starts_on = held.schooling.starts_on
            found += _differences(held.schooling, read.schooling).items()
        assert (held.schooling is None) == (read.schooling is None)
        refs = {
            i: row.private_id if row.private_id is not None else f"#{i}"
            for i, row in of.guardians.items()
        }
        links = {link.ref: link.row for link in read.links or ()}
        assert links.keys() == {refs[i] for i, _ in held.links}
        for guardian_id, row in held.links:
            found += _differences(row, links[refs[guardian_id]]).items()
    return found


# The private import


def test_a_private_file_says_its_school_year_software_number_and_day() -> None:
    heading = private_import.FLOW.open([_private(roll())]).heading

    assert (heading.uai, heading.year, heading.software) == (UAI, YEAR, "EXEMPLE")
    assert (heading.send_number, heading.made_on, heading.declared_version) == (
        7,
        date(2026, 10, 5),
        "3.1",
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_is_that_of_the_content_once_all_is_read(version: str) -> None:
    opened = private_import.FLOW.open([_edited(_private(roll(), version), f'"{version}"', '""')])

    assert opened.heading.version == ""
    list(opened.records())

    assert opened.heading.version == version


def test_records_pass_as_they_are_read_persons_first() -> None:
    records = list(private_import.FLOW.open([_private(roll())]).records())

    assert [record.tag for record in records] == ["PERSONNE"] * 3 + ["ELEVE"]
    assert records[-1].fields["ID_PRV_ELE"] == "57"
    assert [record.rank for record in records] == [1, 2, 3, 1]
    assert [record.line for record in records] == sorted(record.line for record in records)


def test_unknown_elements_are_named_with_their_line() -> None:
    opened = private_import.FLOW.open([_edited(_private(roll()), "<ELEVE>", "<ELEVE><MYSTERE/>")])
    list(opened.records())

    assert [path.rpartition("/")[2] for path in opened.unknown()] == ["MYSTERE"]


def test_two_private_files_at_once_are_refused() -> None:
    with pytest.raises(SeveralFilesError, match="2 fichiers"):
        private_import.FLOW.open([_private(roll()), _private(roll())])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"<UAJ>{UAI}</UAJ>", ""),
        (f"<UAJ>{UAI}</UAJ>", "<UAJ>123</UAJ>"),
        ("<ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE>", "<ANNEE_SCOLAIRE>demain</ANNEE_SCOLAIRE>"),
    ],
)
def test_a_private_file_that_does_not_say_whose_it_is_is_refused(before: str, after: str) -> None:
    with pytest.raises(MissingHeadingError, match="UAJ et ANNEE_SCOLAIRE"):
        private_import.FLOW.open([_edited(_private(roll()), before, after)])


def test_a_private_file_without_its_first_block_is_refused() -> None:
    bare = b"<IMPORT_ELEVES><DONNEES><ELEVES><ELEVE/></ELEVES></DONNEES></IMPORT_ELEVES>"

    with pytest.raises(MissingHeaderError):
        private_import.FLOW.open([open_deposit("a.xml", bare)])


@pytest.mark.parametrize(
    ("before", "after", "attribute"),
    [
        ("<NUM_ENVOI>7</NUM_ENVOI>", "<NUM_ENVOI>sept</NUM_ENVOI>", "send_number"),
        ("<DATE_IMPORT>05/10/2026<", "<DATE_IMPORT>31/02/2026<", "made_on"),
    ],
)
def test_an_unreadable_number_or_day_is_only_unknown(
    before: str, after: str, attribute: str
) -> None:
    opened = private_import.FLOW.open([_edited(_private(roll()), before, after)])

    assert getattr(opened.heading, attribute) is None


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_what_a_private_export_says_is_what_we_hold(version: str) -> None:
    of = roll()

    persons, pupils = _checked(private_import.FLOW.open([_private(of, version)]).records())

    assert _changes(of, persons, pupils) == []
    assert [
        finding.rule.code for record in (*persons, *pupils) for finding in record.findings
    ] == []


@pytest.mark.parametrize(
    ("version", "never"),
    [
        ("3.0", {"lodging_uai", "previous_regime", "previous_plans", "plans"}),
        ("3.1", {"lodging_uai", "previous_regime", "previous_plans", "plans"}),
        ("4.0", {"ine_bea", "ine_rnie", "dependent_children"}),
    ],
)
def test_all_that_a_version_can_say_is_said(version: str, never: set[str]) -> None:
    of = _whole()

    persons, (read,) = _checked(private_import.FLOW.open([_private(of, version)]).records())

    (known,) = of.pupils
    assert _changes(of, persons, [read]) == []
    assert known.schooling is not None
    assert read.schooling is not None
    unsaid = _unsaid(known.student, read.student) | _unsaid(known.enrolment, read.enrolment)
    unsaid |= _unsaid(known.schooling, read.schooling)
    unsaid |= _unsaid(of.guardians[201], persons[0].row)
    # A school named, or a commune, leaves no room for the département, or the town.
    always = {"address_id", "is_blocked", "previous_department", "birth_town"}
    assert unsaid == always | never


# Our own exports


def test_the_two_exports_say_their_school_year_and_day_in_any_order() -> None:
    for files in (_exports(roll()), _exports(roll())[::-1]):
        heading = bee_export.FLOW.open(files).heading

        assert (heading.uai, heading.year, heading.made_on) == (UAI, YEAR, date(2026, 10, 5))
        assert heading.version == heading.declared_version == "3.0"


def test_what_is_exported_and_brought_back_changes_nothing() -> None:
    of = roll()

    persons, pupils = _back(of)

    assert _changes(of, persons, pupils) == []
    assert [record.known_id for record in (*persons, *pupils)] == [201, 202, 203, 100001]
    assert persons[0].address == pupils[0].address == HOME


def test_what_is_exported_and_brought_back_raises_only_silent_findings() -> None:
    persons, pupils = _back(roll())

    raised = {
        finding.rule.code
        for record in (*persons, *pupils)
        for finding in record.findings
        if finding.value or finding.rule.code not in bee_export.FLOW.silent_rules
    }
    assert raised == set()


PUPILS: dict[str, dict[str, Any]] = {
    "gone": {"enrolment": enrolment(left_on=date(2026, 9, 30), exit_reason="11")},
    "entered on a day not known": {"enrolment": enrolment(entered_on=None)},
    "entered on the first day": {"enrolment": enrolment(entered_on=date(2026, 9, 1))},
    "from a departement": {"enrolment": enrolment(previous_uai=None, previous_department="075")},
    "lodged elsewhere, without grants": {
        "enrolment": enrolment(lodging_uai=UAI, grants=[], previous_options=["AGL1"])
    },
    "without schooling": {"schooling": None},
    "without division": {"schooling": schooling(division=None, options=None)},
    "of a status not known": {"schooling": schooling(status=None)},
    "an apprentice": {"schooling": schooling(status="AP")},
    "at the end": {"schooling": schooling(ends_on=date(2027, 7, 2), is_stopped=False, options=[])},
    "one old number": {"student": student(ine=BEA, ine_bea=None, ine_rnie=None)},
    "two numbers, none in force": {"student": student(ine=None, ine_bea=BEA, ine_rnie=RNIE)},
    "another number in force": {"student": student(ine=BEA, ine_bea=BEA, ine_rnie=RNIE)},
    "born abroad": {"student": student(birth_country="131", birth_commune=None, birth_town="GAND")},
    "strangely named": {
        "student": student("ŒUVRÉ-D'ARC & <FILS>", "Lœtitia Anne", usual_name="Ÿ€")
    },
    "with one guardian": {"links": ((201, MOTHER),)},
    "in the care of somebody": {
        "links": (
            (201, replace(MOTHER, level="2", kinship="51", receives_aid=None)),
            (202, FATHER),
        )
    },
}


def test_all_that_these_files_can_say_comes_back() -> None:
    of = _whole()

    persons, (read,) = _back(of)

    (known,) = of.pupils
    assert _changes(of, persons, [read]) == []
    assert known.schooling is not None
    assert read.schooling is not None
    unsaid = {
        "student": _unsaid(known.student, read.student),
        "enrolment": _unsaid(known.enrolment, read.enrolment),
        "schooling": _unsaid(known.schooling, read.schooling),
        "guardian": _unsaid(of.guardians[201], persons[0].row),
    }
    assert unsaid == {
        "student": {"ine", "address_id"},
        "enrolment": {
            "is_blocked",
            "lodging_uai",
            "grants",
            "previous_department",
            "previous_mef_type",
            "previous_status",
            "previous_starts_on",
            "previous_ends_on",
            "previous_regime",
            "previous_options",
            "previous_plans",
        },
        "schooling": {"ends_on", "is_stopped", "plans"},
        "guardian": {"dependent_children", "address_id"},
    }


@pytest.mark.parametrize("changes", PUPILS.values(), ids=PUPILS)
def test_whatever_a_pupil_is_coming_back_changes_nothing(changes: dict[str, Any]) -> None:
    of = roll(pupil(**changes))

    persons, pupils = _back(of)

    assert _changes(of, persons, pupils) == []


def test_without_addresses_nothing_is_said_of_them() -> None:
    of = roll()

    persons, pupils = _back(of, with_addresses=False)

    assert _changes(of, persons, pupils) == []
    assert [record.address for record in (*persons, *pupils)] == [None] * 4


def test_a_person_without_a_private_id_is_named_by_ours() -> None:
    of = roll()
    of.guardians[201] = guardian(private_id=None)

    persons, pupils = _back(of)

    assert persons[0].ref == "#201"
    assert [link.ref for link in pupils[0].links or ()] == ["#201", 92, 93]
    assert _changes(of, persons, pupils) == []


def test_a_name_that_lost_a_letter_in_the_file_is_never_taken_back() -> None:
    of = roll(pupil(student=student(usual_name="YIĞIT", birth_commune=None, birth_town="ŁÓDŹ")))
    of.addresses[501] = AddressRow("ulica Długa 3", country="122", foreign_town="KRAKOW")

    _, pupils = _back(of)

    read = pupils[0].student
    assert (read.usual_name, read.birth_town, pupils[0].address) == (None, None, None)


_LETTERS = st.characters(
    codec="iso-8859-15",
    categories=("L", "Nd", "P", "S"),
    include_characters=" ",
    exclude_characters="?",
)


@given(st.text(_LETTERS, max_size=38).map(str.strip).filter(bool))
def test_any_address_line_of_the_encoding_comes_back_as_it_was(line: str) -> None:
    of = roll()
    of.addresses[501] = HOME._replace(line1=line)

    _, pupils = _back(of)

    assert pupils[0].address == of.addresses[501]


@pytest.mark.parametrize("place", [0, 1])
def test_one_of_the_two_exports_alone_is_refused(place: int) -> None:
    with pytest.raises(IncompleteSetError, match="déposez-les ensemble"):
        bee_export.FLOW.open([_exports(roll())[place]])


def test_the_same_export_twice_is_refused() -> None:
    with pytest.raises(IncompleteSetError):
        bee_export.FLOW.open([_exports(roll())[0]] * 2)


def test_exports_of_two_years_are_refused_with_both_years() -> None:
    pupils, _ = _exports(roll())
    _, guardians = _exports(roll(), replace(SENDING, year=YEAR - 1))

    with pytest.raises(UnlikeFilesError, match=r"2026-2027.*2025-2026"):
        bee_export.FLOW.open([pupils, guardians])


def test_an_export_of_before_2018_is_refused_and_not_guessed() -> None:
    pupils, guardians = _exports(roll())
    old = _edited(guardians, "NIVEAU_RESPONSABILITE", "RESP_LEGAL")

    with pytest.raises(OldExportError) as refusal:
        list(bee_export.FLOW.open([pupils, old]).records())

    assert refusal.value.line > 1


def test_the_elements_that_nobody_reads_are_named_for_both_files() -> None:
    pupils, guardians = _exports(roll())
    opened = bee_export.FLOW.open(
        [
            _edited(pupils, "</ELEVE>", "<UN/></ELEVE>"),
            _edited(guardians, "</PERSONNE>", "<DEUX/></PERSONNE>"),
        ]
    )
    list(opened.records())

    assert {path.rpartition("/")[2] for path in opened.unknown()} == {"UN", "DEUX"}


def test_every_refusal_has_a_code_of_its_own() -> None:
    refusals: list[type[RefusedError]] = [
        SeveralFilesError,
        IncompleteSetError,
        UnlikeFilesError,
        OldExportError,
    ]

    assert len({refusal.code for refusal in refusals}) == len(refusals)
