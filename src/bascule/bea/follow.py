"""What the authority reads of the nights: each with its schools, and whether something is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from django.db import connection, transaction

from bascule.bea.models import Night, Transfer
from bascule.bea.nights import is_held
from bascule.bea.passing import read_night
from bascule.journal.act import AUTHORITY
from bascule.schools.directory import school_numbers
from bascule.schools.models import School
from bascule.store.policies import confine, open_schools, put_back
from bascule.values.words import said as _

#: Nights on a page.
PAGE: Final = 30
#: How long after one evening's night the next is late.
PATIENCE: Final = timedelta(hours=26)
#: How long a school may stay without an acknowledgement.
STALE: Final = timedelta(days=2)


class Totals(NamedTuple):
    """The counts of a night over its schools."""

    schools: int
    sent: int
    unchanged: int
    withdrawn: int
    blocked: int
    refused: int
    given: int
    failed: int
    unreconciled: int
    base: int


@dataclass(frozen=True, slots=True)
class NightShown:
    """A night, as lists show it.

    Attributes:
        night: the night.
        label: its state, in French; one that nobody passes any more is said to be interrupted.
        totals: over its schools.
        is_cut: begun, and passed by nobody now.
    """

    night: Night
    label: str
    totals: Totals
    is_cut: bool


class SchoolLine(NamedTuple):
    """A school's year in a night.

    Attributes:
        transfer: what was sent.
        name: of the school.
        label: its state, in French.
    """

    transfer: Transfer
    name: str
    label: str


class Alarm(StrEnum):
    """What is wrong with the nights; codes that stay."""

    LATE = "EN_RETARD"
    CUT = "INTERROMPUE"
    FAILED = "EN_ECHEC"
    STALE = "SANS_ACCUSE"
    UNRECONCILED = "NE_CONCORDE_PAS"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _ALARMS[self]


_ALARMS: Final = {
    Alarm.LATE: _("La nuit est en retard"),
    Alarm.CUT: _("La nuit a été interrompue"),
    Alarm.FAILED: _("L’envoi a échoué"),
    Alarm.STALE: _("Aucun accusé de réception depuis plus de deux jours"),
    Alarm.UNRECONCILED: _("L’établissement et la base académique ne concordent pas"),
}


_OF_NIGHT: Final = frozenset((Alarm.LATE, Alarm.CUT))


class Raised(NamedTuple):
    """An alarm.

    Attributes:
        alarm: which.
        uai: the school; blank for the night itself.
        year: of the school; 0 for the night itself.
        sentence: French: what, since when, what to do.
    """

    alarm: Alarm
    uai: str
    year: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Health:
    """How the nights go.

    Attributes:
        last: the last whole night that ended; None before one.
        alarms: what is wrong; none when all is well.
    """

    last: Night | None
    alarms: tuple[Raised, ...]

    @property
    def is_late(self) -> bool:
        """Return whether the evening's night did not pass, or was cut short."""
        return any(one.alarm in _OF_NIGHT for one in self.alarms)


def list_nights(*, most: int = PAGE, before: int | None = None) -> list[NightShown]:
    """List the nights, the latest first.

    Args:
        most (int): how many at most.
        before (int | None): before this one: the next page.

    Returns:
        list[NightShown]: the nights.
    """
    with transaction.atomic():
        open_schools(AUTHORITY)
        nights = Night.objects.filter(uai=AUTHORITY).order_by("-pk")
        found = list((nights.filter(pk__lt=before) if before else nights)[:most])
    return _nights(found)


def show_night(*, number: int) -> NightShown:
    """Read a night with its counts.

    Args:
        number (int): its number; 0 for the last one.

    Returns:
        NightShown: the night.

    Raises:
        UnknownNightError: if there is none.
    """
    return _nights([read_night(number=number)])[0]


def schools_of(
    *, number: int, state: str = "", uais: Sequence[str] | None = None
) -> list[SchoolLine]:
    """List the schools of a night.

    Args:
        number (int): the night.
        state (str): only those in this state; blank for all.
        uais (Sequence[str] | None): only these; None for all.

    Returns:
        list[SchoolLine]: those that failed first, then those that do not agree, then by number.
    """
    with transaction.atomic():
        open_schools(*(school_numbers() if uais is None else uais))
        lines = Transfer.objects.filter(night_id=number)
        found = list(lines.filter(state=state) if state else lines)
    names = dict(School.objects.values_list("uai", "name"))
    found.sort(
        key=lambda one: (
            one.state != Transfer.State.FAILED, one.is_reconciled is not False, one.uai, one.year,
        )
    )  # fmt: skip
    return [SchoolLine(one, names.get(one.uai, ""), one.get_state_display()) for one in found]


def health(*, at: datetime) -> Health:
    """Tell how the nights go.

    Args:
        at (datetime): now.

    Returns:
        Health: what is wrong, if anything.
    """
    last, alarms = _of_night(at)
    return Health(last, (*alarms, *_of_schools(at)))


def is_late(*, at: datetime) -> bool:
    """Tell whoever watches the site whether the night passed; nothing else is seen, so nobody need be known.

    Args:
        at (datetime): now.

    Returns:
        bool: true when the evening's night did not pass, or was cut short.
    """
    with put_back():
        confine(AUTHORITY)
        return any(one.alarm in _OF_NIGHT for one in _of_night(at)[1])


def _raised(alarm: Alarm, sentence: str) -> Raised:
    return Raised(alarm, "", 0, sentence)


def _of_night(at: datetime) -> tuple[Night | None, list[Raised]]:
    with transaction.atomic():
        open_schools(AUTHORITY)
        nights = Night.objects.filter(uai=AUTHORITY)
        evenings = nights.filter(origin=Night.Origin.EVENING)
        last = evenings.exclude(state=Night.State.RUNNING).order_by("-pk").first()
        first = nights.order_by("pk").first()
        cut = nights.filter(state=Night.State.RUNNING).order_by("-pk").first()
    alarms = []
    since = last.started_at if last else first.started_at if first else None
    if since is not None and at - since > PATIENCE:
        what = f"La nuit du {since:%d/%m/%Y} est la dernière" if last else "Aucune n’est passée"
        alarms.append(
            _raised(Alarm.LATE, f"{what} : vérifiez que le traitement des tâches est en marche.")
        )
    if cut is not None and not is_held():
        alarms.append(
            _raised(
                Alarm.CUT,
                f"La nuit n° {cut.pk} a été interrompue : la prochaine la reprend. Passez-en une pour ne pas attendre.",
            )
        )
    return last, alarms


#: The last line of each school's year, and the day of its last acknowledgement.
_LAST: Final = """
SELECT y.uai, y.year, t.state, t.is_reconciled, t.sentence, k.at
FROM schools_schoolyear y
JOIN LATERAL (SELECT * FROM bea_transfer t WHERE t.uai = y.uai AND t.year = y.year AND t.state <> 'to-do'
    ORDER BY id DESC LIMIT 1) t ON true
LEFT JOIN LATERAL (SELECT at FROM bea_transfer k WHERE k.uai = y.uai AND k.year = y.year
    AND k.state IN ('acked', 'partial') ORDER BY id DESC LIMIT 1) k ON true
WHERE y.uai = ANY(%s) AND y.state <> 'closed' AND (
    t.state NOT IN ('acked', 'partial') OR t.is_reconciled IS FALSE OR k.at IS NULL OR k.at < %s)
ORDER BY y.uai, y.year
"""


def _of_schools(at: datetime) -> list[Raised]:
    uais = list(school_numbers())
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        cursor.execute(_LAST, [uais, at - STALE])
        rows = cursor.fetchall()
    raised = []
    for uai, year, state, is_reconciled, sentence, acked_at in rows:
        if state == Transfer.State.FAILED:
            raised.append(Raised(Alarm.FAILED, uai, year, sentence))
        if is_reconciled is False:
            raised.append(
                Raised(
                    Alarm.UNRECONCILED, uai, year,
                    f"{uai} : des fiches diffèrent sans raison connue. Son tableau de bord les montre.",
                )
            )  # fmt: skip
        if acked_at is None or acked_at < at - STALE:
            since = "encore" if acked_at is None else f"depuis le {acked_at:%d/%m/%Y}"
            raised.append(
                Raised(
                    Alarm.STALE, uai, year,
                    f"{uai} : aucun accusé de réception {since}. Rejouez la nuit de cet établissement.",
                )
            )  # fmt: skip
    return raised


_TOTALS: Final = """
SELECT night_id, count(*), sum(sent_count), sum(unchanged_count), sum(withdrawn_count), sum(blocked_count),
    sum(refused_count), sum(given_count), count(*) FILTER (WHERE state = 'failed'),
    count(*) FILTER (WHERE is_reconciled IS FALSE), sum(base_count)
FROM bea_transfer WHERE night_id = ANY(%s) GROUP BY night_id
"""


def _nights(nights: Sequence[Night]) -> list[NightShown]:
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*school_numbers())
        cursor.execute(_TOTALS, [[one.pk for one in nights]])
        totals = {number: Totals(*map(int, counts)) for number, *counts in cursor.fetchall()}
    shown, held = [], is_held()
    for night in nights:
        is_cut = night.state == Night.State.RUNNING and not held
        label = _("interrompue") if is_cut else night.get_state_display()
        none = Totals(*(0,) * len(Totals._fields))
        shown.append(NightShown(night, label, totals.get(night.pk, none), is_cut))
    return shown
