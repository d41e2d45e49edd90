"""Follow the exchanges of a school's year: every file received and every file sent, in one list."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from bascule.errors import NotThereError
from bascule.exchange.gate import deposited
from bascule.exchange.models import SentFile, StoredFile
from bascule.exchange.runs import get_run
from bascule.store.policies import open_schools

#: Exchanges on a page.
PAGE: Final = 50


class Direction(StrEnum):
    """Which way a file went."""

    RECEIVED = "recu"
    SENT = "envoye"


class UnknownFileError(NotThereError):
    """The school has no such file that year."""

    code = "exchange.unknown-file"

    def __init__(self) -> None:
        super().__init__(
            "Ce fichier n’est pas parmi les échanges de l’établissement cette année-là. Cherchez-le dans le suivi des "
            "échanges."
        )


@dataclass(frozen=True, slots=True)
class Filters:
    """Which exchanges one looks for; what is blank or None restricts nothing.

    Attributes:
        direction: received or sent.
        kind: word of an export, or `private` and `bee` for what was received.
        state: of an import.
        since: from this instant on.
        until: before this instant.
    """

    direction: Direction | None = None
    kind: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Exchange(NamedTuple):
    """One file that came in or went out.

    Attributes:
        direction: which way.
        id: number of the run, or of the file sent.
        at: when.
        who: login, or the name of a machine token.
        kind: as in `Filters`.
        state: of an import; blank for what was sent.
        digest: SHA-256 of the file.
        names: names of its files.
    """

    direction: Direction
    id: int
    at: datetime
    who: str
    kind: str
    state: str
    digest: bytes
    names: tuple[str, ...]

    @property
    def is_received(self) -> bool:
        """Tell whether it came in."""
        return self.direction is Direction.RECEIVED


@dataclass(frozen=True, slots=True)
class ExchangePage:
    """One page of the list.

    Attributes:
        lines: the exchanges, newest first.
        count: how many answer, on all pages.
        page: from 1.
    """

    lines: Sequence[Exchange]
    count: int
    page: int


_ALL: Final = """
SELECT 'recu' AS direction, id, received_at AS at, received_by AS who, flow AS kind, state, file_digest AS digest,
    '' AS name, file_ids
FROM exchange_importrun WHERE uai = %(uai)s AND year = %(year)s
UNION ALL
SELECT 'envoye', id, sent_at, sent_by, kind, '', digest, name, '[]'::jsonb
FROM exchange_sentfile WHERE uai = %(uai)s AND year = %(year)s
"""
_WANTED: Final = """
(%(direction)s = '' OR direction = %(direction)s) AND (%(kind)s = '' OR kind = %(kind)s)
AND (%(state)s = '' OR state = %(state)s)
AND (%(since)s::timestamptz IS NULL OR at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
"""


def find_exchanges(
    *, uai: str, year: int, filters: Filters | None = None, page: int = 1
) -> ExchangePage:
    """Find the exchanges of a year, newest first.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        filters (Filters | None): which; None for all.
        page (int): from 1; brought back to the last one.

    Returns:
        ExchangePage: the page.
    """
    filters = filters or Filters()
    wanted: dict[str, Any] = {
        "uai": uai,
        "year": year,
        "direction": filters.direction or "",
        "kind": filters.kind,
        "state": filters.state,
        "since": filters.since,
        "until": filters.until,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        cursor.execute(f"SELECT count(*) FROM ({_ALL}) AS every WHERE {_WANTED}", wanted)  # noqa: S608 - ours
        (count,) = cursor.fetchone()
        page = min(max(page, 1), max(1, -(-count // PAGE)))
        cursor.execute(
            f"SELECT * FROM ({_ALL}) AS every WHERE {_WANTED}"  # noqa: S608 - ours
            " ORDER BY at DESC, direction, id DESC LIMIT %(most)s OFFSET %(skipped)s",
            {**wanted, "most": PAGE, "skipped": (page - 1) * PAGE},
        )
        columns = [one.name for one in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        names = _names(rows)
    return ExchangePage([_line(row, names) for row in rows], count, page)


class MonthOfImports(NamedTuple):
    """What was received in a month, and what became of it."""

    month: date
    applied_count: int
    other_count: int


def imports_by_month(*, uai: str, year: int) -> list[MonthOfImports]:
    """Count the imports of a year by month, where the authority is.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[MonthOfImports]: months with any, in order.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        cursor.execute(
            "SELECT date_trunc('month', received_at AT TIME ZONE %s)::date, count(*) FILTER (WHERE state = 'applied'),"
            " count(*) FILTER (WHERE state <> 'applied') FROM exchange_importrun WHERE uai = %s AND year = %s"
            " GROUP BY 1 ORDER BY 1",
            [timezone.get_current_timezone_name(), uai, year],
        )
        return [MonthOfImports(*row) for row in cursor.fetchall()]


def take_again(*, uai: str, year: int, run_id: int) -> tuple[str, bytes]:
    """Give what was deposited, byte for byte.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        run_id (int): the import.

    Returns:
        tuple[str, bytes]: its name and bytes; a ZIP of several files when several were given.

    Raises:
        UnknownFileError: if the year has no such import.
    """
    run = get_run(run_id=run_id, uai=uai)
    if run.year != year:
        raise UnknownFileError
    return deposited(run)


def sent_file(*, uai: str, sent_id: int, year: int | None = None) -> SentFile:
    """Read what was kept of a file that went out.

    Args:
        uai (str): the school.
        sent_id (int): number of the file.
        year (int | None): first calendar year; None for whatever year.

    Returns:
        SentFile: when, by whom, its digest.

    Raises:
        UnknownFileError: if there is none of this number.
    """
    with transaction.atomic():
        open_schools(uai)
        found = SentFile.objects.filter(uai=uai, pk=sent_id).first()
    if found is None or year not in (None, found.year):
        raise UnknownFileError
    return found


def _names(rows: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    ids = {i for row in rows for i in _ids(row)}
    return dict(StoredFile.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _ids(row: Mapping[str, Any]) -> list[int]:
    found = row["file_ids"]
    return json.loads(found) if isinstance(found, str) else list(found)


def _line(row: Mapping[str, Any], names: Mapping[int, str]) -> Exchange:
    return Exchange(
        Direction(row["direction"]),
        row["id"],
        row["at"],
        row["who"],
        row["kind"],
        row["state"],
        bytes(row["digest"]),
        tuple(names[i] for i in _ids(row) if i in names) or (row["name"],),
    )
