"""Where schools stand in the constat of a year, seen from facts: for the authority, the portal and reminders."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from bascule.bea.models import Transfer
from bascule.constat.counting import read
from bascule.constat.models import Part, Signature
from bascule.constat.tables import rows_by
from bascule.store.policies import open_schools
from bascule.values.words import said as _

#: Of a signature, what a list has no use for.
_LONG: Final = ("cells", "base_cells", "explained")


class State(StrEnum):
    """Where a school stands; codes that stay."""

    NOT_OPEN = "pas-ouvert"
    TO_CHECK = "a-verifier"
    BLOCKING = "bloque"
    READY = "pret"
    SIGNED = "signe"
    CLOSED = "clos"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _STATES[self]


_STATES: Final = {
    State.NOT_OPEN: _("pas encore ouvert"),
    State.TO_CHECK: _("à vérifier"),
    State.BLOCKING: _("dossiers bloqués"),
    State.READY: _("prêt à signer"),
    State.SIGNED: _("signé"),
    State.CLOSED: _("clos sans signature"),
}


class Standing(NamedTuple):
    """Where a school stands.

    Attributes:
        uai: the school.
        state: in one word.
        blocking: pupils whom the last night kept back.
        pupil_count: pupils signed; of the base otherwise.
        signed_at: when the head signed.
        signed_by: the login of the head; blank.
        signatory: her name; blank.
        number: of the signature; 0 for none.
        late_since: the last day of the window, for who has not signed after it.
        reopened_why: the reason of the authority when it took a signature back; blank.
    """

    uai: str
    state: State
    blocking: int
    pupil_count: int
    signed_at: datetime | None
    signed_by: str
    signatory: str
    number: int
    late_since: date | None
    reopened_why: str


@dataclass(frozen=True, slots=True)
class RolledUp:
    """The schools of a département, counted.

    Attributes:
        department: code (`077`); blank for all.
        schools: how many are concerned.
        states: how many in each state.
        late: how many are late.
        pupils_signed: pupils of those who signed.
        pupils: pupils of all of them.
    """

    department: str
    schools: int
    states: Counter[State]
    late: int
    pupils_signed: int
    pupils: int

    @property
    def signed(self) -> int:
        """Return how many signed."""
        return self.states[State.SIGNED]

    @property
    def percent(self) -> int:
        """Return the share of those who signed, in whole percents, never rounded up to all of them."""
        return 100 * self.signed // self.schools if self.schools else 0


def standing(*, uais: Sequence[str], year: int, at: datetime) -> dict[str, Standing]:
    """Tell where schools stand.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): first calendar year.
        at (datetime): now.

    Returns:
        dict[str, Standing]: of those that the constat concerns, by number.
    """
    today = timezone.localdate(at)
    with transaction.atomic():
        open_schools(*uais)
        parts = list(Part.objects.filter(year=year, uai__in=uais).order_by("uai"))
        signatures: dict[str, Signature] = {}
        for one in Signature.objects.filter(year=year, uai__in=uais).defer(*_LONG):
            if one.uai not in signatures or one.number > signatures[one.uai].number:
                signatures[one.uai] = one
        transfers = {
            one.uai: one
            for one in Transfer.objects.filter(year=year, uai__in=uais)
            .exclude(state=Transfer.State.TO_DO)
            .order_by("uai", "-pk")
            .distinct("uai")
            .defer("divisions", "sentence")
        }
    return {
        part.uai: _standing(part, signatures.get(part.uai), transfers.get(part.uai), today)
        for part in parts
    }


def rolled_up(standings: Iterable[Standing]) -> list[RolledUp]:
    """Count schools by département.

    Args:
        standings (Iterable[Standing]): from `standing`.

    Returns:
        list[RolledUp]: by code, then all of them.
    """
    found = list(standings)
    departments = sorted({one.uai[:3] for one in found})
    return [
        *(_rolled(code, [one for one in found if one.uai[:3] == code]) for code in departments),
        _rolled("", found),
    ]


def _rolled(department: str, found: Sequence[Standing]) -> RolledUp:
    return RolledUp(
        department,
        len(found),
        Counter(one.state for one in found),
        sum(one.late_since is not None for one in found),
        sum(one.pupil_count for one in found if one.state is State.SIGNED),
        sum(one.pupil_count for one in found),
    )


def _standing(
    part: Part, last: Signature | None, transfer: Transfer | None, today: date
) -> Standing:
    signature = last if last and last.withdrawn_at is None else None
    blocking = transfer.blocked_count + transfer.refused_count if transfer else 0
    base = transfer.base_count if transfer else 0
    return Standing(
        uai=part.uai,
        state=_state(part, signature, transfer, blocking, today),
        blocking=0 if signature else blocking,
        pupil_count=signature.pupil_count if signature else base,
        signed_at=signature.signed_at if signature else None,
        signed_by=signature.signed_by if signature else "",
        signatory=signature.signatory if signature else "",
        number=signature.number if signature else 0,
        late_since=part.closes_on if signature is None and today > part.closes_on else None,
        reopened_why="" if signature or last is None else last.withdrawn_why,
    )


def _state(
    part: Part, signature: Signature | None, transfer: Transfer | None, blocking: int, today: date
) -> State:
    if signature:
        return State.SIGNED
    if part.closed_at is not None:
        return State.CLOSED
    if today < part.opens_on:
        return State.NOT_OPEN
    if (
        transfer is None
        or transfer.state == Transfer.State.FAILED
        or not transfer.base_count + blocking
    ):
        return State.TO_CHECK
    return State.BLOCKING if blocking else State.READY


class Unsigned(NamedTuple):
    """Constats of a year that nobody signed: those that are late, those that were closed so."""

    late: int
    closed: int


def unsigned(*, uais: Sequence[str], year: int, today: date) -> Unsigned:
    """Count the constats that are missing.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): first calendar year.
        today (date): the day.

    Returns:
        Unsigned: how many.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        cursor.execute(
            "SELECT closed_at IS NULL, count(*) FROM constat_part p WHERE uai = ANY(string_to_array(%s, ','))"
            " AND year = %s AND (closed_at IS NOT NULL OR closes_on < %s) AND uai <> ALL(ARRAY("
            "SELECT uai FROM constat_signature"
            " WHERE uai = ANY(string_to_array(%s, ',')) AND year = %s AND withdrawn_at IS NULL))"
            " GROUP BY 1",
            [",".join(uais), year, today, ",".join(uais), year],
        )
        counts = dict(cursor.fetchall())
    return Unsigned(late=counts.get(True, 0), closed=counts.get(False, 0))


class ToSign(NamedTuple):
    """A constat that waits for the head of a school: the school, the year, the last day."""

    uai: str
    year: int
    closes_on: date


def to_sign(*, uais: Sequence[str], today: date) -> list[ToSign]:
    """List the constats that wait for a signature, whatever is still in the way.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        today (date): the day.

    Returns:
        list[ToSign]: the most pressing first.
    """
    with transaction.atomic():
        open_schools(*uais)
        signed = Signature.objects.filter(
            uai=OuterRef("uai"), year=OuterRef("year"), withdrawn_at=None
        )
        parts = Part.objects.filter(uai__in=uais, closed_at=None, opens_on__lte=today)
        found = parts.filter(~Exists(signed)).order_by("closes_on", "uai", "year")
        return [ToSign(one.uai, one.year, one.closes_on) for one in found]


def signed_divisions(*, uai: str, year: int) -> dict[str, int]:
    """Count the pupils of the signed constat of a school by division.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, int]: by code, a blank one for those in none; nothing before a signature.
    """
    with transaction.atomic():
        open_schools(uai)
        signature = Signature.objects.filter(uai=uai, year=year, withdrawn_at=None).first()
    rows = rows_by(read(signature.cells), "division") if signature else []
    return {row.code: row.total for row in rows}
