"""How values are written in the files that go out. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bascule.formats.record import Fields, Record


@dataclass(frozen=True, slots=True)
class Sending:
    """What every file of one export says of itself.

    Attributes:
        uai: the school.
        year: first calendar year.
        made_at: when, in the authority's local time.
    """

    uai: str
    year: int
    made_at: datetime


def header(sending: Sending) -> Record:
    """Give the first record of an official export.

    Args:
        sending (Sending): the export.

    Returns:
        Record: `PARAMETRES`.
    """
    return Record(
        "PARAMETRES",
        0,
        1,
        {
            "UAJ": sending.uai,
            "ANNEE_SCOLAIRE": str(sending.year),
            "DATE_EXPORT": f"{sending.made_at:%d/%m/%Y}",
            "HORODATAGE": f"{sending.made_at:%d/%m/%Y %H:%M:%S}",
        },
    )


def numbered(tag: str, contents: Iterable[Fields]) -> Iterator[Record]:
    """Make records of contents.

    Args:
        tag (str): the element.
        contents (Iterable[Fields]): the content of each.

    Yields:
        Record: ranks count from 1; a record not read from a file has no line.
    """
    for rank, fields in enumerate(contents, 1):
        yield Record(tag, 0, rank, fields)


def given(fields: Mapping[str, "str | Fields | list[Fields] | list[str] | None"]) -> Fields:
    """Leave out what is not known: an element without a value is not written.

    Args:
        fields (Mapping[str, str | Fields | list[Fields] | list[str] | None]): content, None where unknown.

    Returns:
        Fields: what is known.
    """
    return {tag: value for tag, value in fields.items() if value is not None and value != ""}


def flag(value: bool | None) -> str | None:  # noqa: FBT001 (a value to write)
    """Write a boolean as 0 or 1.

    Args:
        value (bool | None): the value.

    Returns:
        str | None: None where unknown.
    """
    return None if value is None else "1" if value else "0"


def boolean(value: bool | None) -> str | None:  # noqa: FBT001 (a value to write)
    """Write a boolean as true or false.

    Args:
        value (bool | None): the value.

    Returns:
        str | None: None where unknown.
    """
    return None if value is None else "true" if value else "false"


def french_day(value: date | None) -> str | None:
    """Write a date as the official exports do.

    Args:
        value (date | None): the date.

    Returns:
        str | None: `JJ/MM/AAAA`; None where unknown.
    """
    return None if value is None else f"{value:%d/%m/%Y}"


def iso_day(value: date | None) -> str | None:
    """Write a date as the private import does.

    Args:
        value (date | None): the date.

    Returns:
        str | None: `AAAA-MM-JJ`; None where unknown.
    """
    return None if value is None else value.isoformat()


def number(value: int | None) -> str | None:
    """Write a whole number.

    Args:
        value (int | None): the number.

    Returns:
        str | None: its digits; None where unknown.
    """
    return None if value is None else str(value)
