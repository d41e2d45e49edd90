"""Which version a file really is, and what a record of each version holds."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from bascule.formats import xml_writer
from bascule.formats.import_eleves.description import (
    ANY_VERSION,
    EXIT_FIELDS,
    VERSIONS,
    description_of,
)
from bascule.formats.import_eleves.reader import ImportReading, read
from bascule.formats.kinds import GROUP_LINKS
from bascule.formats.record import Fields
from bascule.formats.refusals import WrongKindError

CASES = Path(__file__).parent / "cases"


def _bytes(name: str) -> bytes:
    return (CASES / f"{name}.xml").read_bytes()


def _without(content: bytes, *tags: str) -> bytes:
    """Return a file without the lines of some elements written on one line."""
    return b"\n".join(
        line
        for line in content.split(b"\n")
        if not any(f"<{tag}>".encode() in line for tag in tags)
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_is_shown_by_the_content_even_when_the_header_says_nothing(
    version: str,
) -> None:
    content = _bytes(version).replace(f'VERSION="{version}"'.encode(), b'VERSION=""')

    reading = read([content])
    list(reading)

    assert (reading.version, reading.declared_version) == (version, "")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_case_of_each_version_reads_without_anything_unknown(version: str) -> None:
    reading = read([_bytes(version)])
    list(reading)

    assert (reading.unknown, reading.repeated) == ({}, {})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_case_of_each_version_is_written_again_byte_for_byte(version: str) -> None:
    content = _bytes(version)
    out = io.BytesIO()

    replaced = xml_writer.write(description_of(version), read([content]), out)

    assert out.getvalue() == content
    assert replaced == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_description_of_all_versions_writes_any_record_in_its_own_order(version: str) -> None:
    content = _bytes(version)
    out = io.BytesIO()

    xml_writer.write(ANY_VERSION, read([content]), out)

    assert out.getvalue() == content


def test_what_the_file_declares_settles_between_versions_that_share_their_elements() -> None:
    content = _without(_bytes("3.1"), "INE_BEA", "INE_RNIE").replace(b'"3.1"', b'"4.0"')

    reading = read([content])
    list(reading)

    assert reading.version == "4.0"


def test_a_file_that_shows_nothing_and_declares_nothing_known_is_taken_for_3_1() -> None:
    content = _without(_bytes("3.1"), "PAIE_FRAIS_SCOLAIRES", "A_CONTACTER_EN_PRIORITE")

    reading = read([content.replace(b'"3.1"', b'"7"')])
    list(reading)

    assert reading.version == "3.1"


def test_a_file_of_group_links_is_named_for_what_it_is() -> None:
    with pytest.raises(WrongKindError) as refusal:
        list(read([_bytes("elegroupe")]))

    assert refusal.value.found is GROUP_LINKS


def test_the_header_is_known_before_any_record_is_asked_for_and_is_still_the_first() -> None:
    reading = read([_bytes("3.1")])

    assert reading.header.fields["UAJ"] == "9990001X"
    assert next(reading) is reading.header


def test_a_maximal_pupil_reads_as_nested_fields() -> None:
    pupil = next(record for record in read([_bytes("4.0")]) if record.tag == "ELEVE")

    assert pupil.fields["ADRESSE"] == {
        "LIGNE1_ADRESSE": "12 RUE DE L'ŒILLET",
        "CODE_POSTAL": "99000",
        "LL_POSTAL": "VILLE FICTIVE",
        "CODE_PAYS": "100",
    }
    assert pupil.fields["BOURSES"] == {"BOURSE": [{"CODE_BOURSE": "8", "NB_PART": "2"}]}
    assert pupil.fields["SCOLARITE_ACTIVE"] == {
        "CODE_MEF": "10010012110",
        "CODE_DIVISION": "6 A",
        "CODE_STATUT": "ST",
        "DATE_DEB_SCO": "2025-09-01",
        "OPTIONS": {
            "OPTION": [
                {"CODE_MATIERE": "030201", "CODE_MODALITE_ELECT": "O", "UAJ_ACCUEIL": "9990002Y"},
                {"CODE_MATIERE": "020300", "CODE_MODALITE_ELECT": "F"},
            ]
        },
        "DPPS": {
            "DPP": [{"CODE_DPP": "1", "DATE_DEB_DPP": "2025-09-01", "DATE_FIN_DPP": "2026-07-03"}]
        },
    }


def test_an_empty_block_is_kept_because_it_replaces_what_is_stored() -> None:
    pupil = next(record for record in read([_bytes("2.0")]) if record.tag == "ELEVE")

    assert pupil.fields["ETABLISSEMENT_AN_DERNIER"] == {
        "CODE_DEPARTEMENT": "099",
        "CODE_PROVENANCE": "7",
        "OPTIONS_AN_DERNIER": {},
    }


def _tags(version: str) -> Iterator[str]:
    yield from (child.tag for child in description_of(version).records()["ELEVE"].children)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_fields_of_the_exit_come_first(version: str) -> None:
    assert tuple(_tags(version))[:2] == EXIT_FIELDS


def _recalled(content: bytes, known: dict[bytes, Fields], size: int) -> ImportReading:
    """Read a file whose records are recalled as far as they are known, cut in pieces of a size."""
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    reading = read(pieces)
    reading.recall = lambda _, digest: digest in known
    return reading


@pytest.mark.parametrize("size", [7, 300, 100_000])
@pytest.mark.parametrize("version", VERSIONS)
def test_records_that_are_recalled_leave_the_rest_of_a_file_as_it_is(
    version: str, size: int
) -> None:
    content = _bytes(version).replace(f'VERSION="{version}"'.encode(), b'VERSION=""')
    plain, first = read([content]), _recalled(content, {}, size)
    expected = list(plain)
    known = {record.digest: record.fields for record in first if record.digest}

    again = _recalled(content, known, size)
    found = list(again)

    assert any(record.is_recalled for record in found)
    assert [
        (*record[:3], known[record.digest] if record.is_recalled else record.fields)
        for record in found
    ] == [(*record[:3], record.fields) for record in expected]
    assert (again.version, again.unknown) == (version, {})


def test_a_record_that_says_more_than_its_fields_is_never_recalled() -> None:
    content = _bytes("4.0")
    strange = content.replace(b"</PERSONNE>", b"<SURPRISE>1</SURPRISE></PERSONNE>", 1)
    twice = content.replace(b"</NOM_DE_FAMILLE>", b"</NOM_DE_FAMILLE ><PRENOM>A</PRENOM>", 1)

    for changed in (strange, twice):
        first = _recalled(changed, {}, 100_000)
        digests = {record.digest: record.fields for record in first}
        again = _recalled(changed, digests, 100_000)
        list(again)
        assert (again.unknown, again.repeated) == (first.unknown, first.repeated)
        assert again.unknown or again.repeated
