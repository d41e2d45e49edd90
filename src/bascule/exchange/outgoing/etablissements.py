"""`Etablissements.xml` and `EtablissementsEleves.xml`: schools, by their numbers. Pure.

Source: Spécifications détaillées des exports BEE 17.4, §6.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bascule.exchange.outgoing.words import Sending, given, header, numbered
from bascule.formats.record import Fields, Record

#: The national code for a type that is not known: « sans correspondance ».
UNKNOWN_TYPE = "9999"

_LONGEST_NAME = 30
_PRIVATE, _PUBLIC = "PR", "PU"


@dataclass(frozen=True, slots=True)
class OtherSchool:
    """A school as the directory knows it, or by its number alone.

    Attributes:
        uai: its number.
        academy: code of its académie; empty when it is not known.
        name: its name; empty when it is not known.
        is_private: None when it is not known.
        type_code: `CODE_TYPE_ETAB`; empty when it is not known.
    """

    uai: str
    academy: str = ""
    name: str = ""
    is_private: bool | None = None
    type_code: str = ""


def etablissements(sending: Sending, schools: Iterable[OtherSchool]) -> Iterator[Record]:
    """Write schools.

    Args:
        sending (Sending): the export.
        schools (Iterable[OtherSchool]): in their order.

    Yields:
        Record: the file.
    """
    yield header(sending)
    yield from numbered("ETABLISSEMENT", map(_school, schools))


def _school(school: OtherSchool) -> Fields:
    sector = None if school.is_private is None else _PRIVATE if school.is_private else _PUBLIC
    head, rest = _in_two(school.name)
    return given(
        {
            "@CODE_RNE": school.uai,
            "CODE_ACADEMIE": school.academy,
            "CODE_TYPE_ETAB": school.type_code or UNKNOWN_TYPE,
            "CODE_SECTEUR": sector,
            "DENOM_PRINC": head,
            "DENOM_COMPL": rest,
        }
    )


def _in_two(name: str) -> tuple[str, str]:
    """Cut a name where a word ends, into the two lines that it is written on."""
    if len(name) <= _LONGEST_NAME:
        return name, ""
    cut = name.rfind(" ", 0, _LONGEST_NAME + 1)
    cut = cut if cut > 0 else _LONGEST_NAME
    return name[:cut].strip(), name[cut:].strip()[:_LONGEST_NAME].strip()
