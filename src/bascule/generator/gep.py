"""The tables of GEP that a fictional school would have kept of its pupils and their families."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime

from bascule.formats.dbf import DEFAULT_ENCODING, Column, write_table
from bascule.formats.gep.description import HOUSEHOLDS, OPTIONS, PUPILS
from bascule.generator.courses import MNEMONICS
from bascule.generator.files import MadeFile
from bascule.generator.population import LEGAL, Person, Population, Pupil

_PUPIL = (
    Column("ELENOET", "C", 5), Column("ELENONAT", "C", 11), Column("ELENOM", "C", 30), Column("ELEPRE", "C", 40),
    Column("ELESEXE", "C", 1), Column("ELEDATNAIS", "C", 8), Column("ELENAT", "C", 3), Column("ERENO", "C", 5),
    Column("ELEDOUBL", "C", 1), Column("ELEREG", "C", 1), Column("DIVCOD", "C", 8), Column("ETOCOD_EP", "C", 8),
    *(Column(name, "C", 5) for name in OPTIONS),
)  # fmt: skip
_HOUSEHOLD = (
    Column("ERENO", "C", 5), Column("ERENOM", "C", 30), Column("EREPRE", "C", 30), Column("EREADR", "C", 38),
    Column("EREADRS", "C", 38), Column("ERECLD", "C", 5), Column("ERELCOM", "C", 32), Column("EREPP1", "C", 20),
    Column("ERETP1", "C", 20), Column("EREANOM", "C", 30), Column("EREAPRE", "C", 30), Column("EREAADR", "C", 38),
    Column("EREACLD", "C", 5), Column("EREALCOM", "C", 32), Column("EREPP2", "C", 20),
)  # fmt: skip
#: The columns of each table.
TABLES = {PUPILS: _PUPIL, HOUSEHOLDS: _HOUSEHOLD}
_REGIMES = frozenset("0234")
_MOST_GUARDIANS = 2


def gep_rows(population: Population) -> dict[str, list[dict[str, str]]]:
    """Write a school's pupils and households as GEP kept them.

    Args:
        population (Population): the school's; those who left have no division.

    Returns:
        dict[str, list[dict[str, str]]]: rows of each table, text by column.
    """
    persons = {person.id: person for person in population.persons}
    households: dict[tuple[int, ...], str] = {}
    pupils: list[dict[str, str]] = []
    for pupil in population.pupils:
        legal = [link.person for link in pupil.links if link.level == LEGAL][:_MOST_GUARDIANS]
        number = households.setdefault(tuple(legal), f"{len(households) + 1:05}") if legal else ""
        pupils.append({name: _of_dos(text) for name, text in _pupil(pupil, number) if text})
    return {
        PUPILS: pupils,
        HOUSEHOLDS: [
            {"ERENO": number, **_household([persons[one] for one in members])}
            for members, number in households.items()
        ],
    }


def gep_files(population: Population, *, at: datetime) -> list[MadeFile]:
    """Make the tables of a school.

    Args:
        population (Population): the school's.
        at (datetime): when they were last changed.

    Returns:
        list[MadeFile]: `F_ELE.DBF` and `F_ERE.DBF`.
    """
    rows = gep_rows(population)
    return [
        MadeFile(f"{name}.DBF", write_table(columns, rows[name], on=at.date()))
        for name, columns in TABLES.items()
    ]


def _pupil(pupil: Pupil, household: str) -> Iterator[tuple[str, str]]:
    yield "ELENOET", str(pupil.id)
    yield "ELENONAT", pupil.ine
    yield "ELENOM", pupil.family
    yield "ELEPRE", pupil.first
    yield "ELESEXE", {"1": "M", "2": "F"}.get(pupil.sex, "")
    yield "ELEDATNAIS", f"{pupil.birth:%Y%m%d}"
    yield "ELENAT", pupil.nationality
    yield "ERENO", household
    yield "ELEDOUBL", "O" if pupil.repeats else "N"
    yield "ELEREG", pupil.regime if pupil.regime in _REGIMES else "0"
    yield "DIVCOD", "" if pupil.has_left else pupil.division
    yield "ETOCOD_EP", pupil.last_year.uai if pupil.last_year else ""
    subjects = [MNEMONICS[option[0]] for option in pupil.options if option[0] in MNEMONICS]
    yield from zip(OPTIONS, subjects, strict=False)


def _household(members: list[Person]) -> dict[str, str]:
    row: dict[str, str] = {}
    for person, (name, address, rest, telephone) in zip(members, _SIDES, strict=False):
        row |= {f"{name}NOM": person.family, f"{name}PRE": person.first, telephone: person.mobile}
        place = person.address
        if place is not None and place.postcode:
            row |= {address: place.line1, f"{rest}CLD": place.postcode, f"{rest}LCOM": place.town}
    return {column: _of_dos(text) for column, text in row.items() if text}


def _of_dos(text: str) -> str:
    """Write a text with the letters that DOS had: others lose their accents, and two in one are two."""
    return "".join(c if _is_of_dos(c) else _bare(c) for c in text)


def _is_of_dos(letter: str) -> bool:
    return letter.encode(DEFAULT_ENCODING, "replace") != b"?"


def _bare(letter: str) -> str:
    pair = {"Œ": "OE", "œ": "oe", "’": "'"}.get(letter)
    return pair or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()


_SIDES: tuple[tuple[str, str, str, str], ...] = (
    ("ERE", "EREADR", "ERE", "EREPP1"),
    ("EREA", "EREAADR", "EREA", "EREPP2"),
)
