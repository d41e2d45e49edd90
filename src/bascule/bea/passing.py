"""What a night is made of: its lines, written when it begins; schools sent one by one; files, and its end.

A school's line is written in the transaction of what it sends, and acknowledged once its file is read back.
So a night that was cut short, whatever cut it, is taken up from the lines that are left, and ends the same.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import duckdb
from django.db import DatabaseError, connection, transaction

from bascule.bea.catalogue import VERSION
from bascule.bea.files import BATCH, Files, SchoolYear, UnwrittenError
from bascule.bea.models import Night, Transfer
from bascule.bea.transfer import send
from bascule.errors import NotThereError, RefusedError, TransientError, places_of
from bascule.ine.directory import open_directory
from bascule.ine.records import years_answered
from bascule.ine.settle import settle
from bascule.journal.act import AUTHORITY, act
from bascule.schools.directory import known_school, school_numbers
from bascule.schools.open_year import YearClosedError
from bascule.store import staging
from bascule.store.policies import open_schools

State, Line = Night.State, Transfer.State

NIGHT_ACT: Final = "bea.night"

_log = logging.getLogger(__name__)

#: Called after each school: its line, how many are done with, how many there are.
OnSchool = Callable[[Transfer, int, int], None]
Clock = Callable[[], datetime]


class UnknownNightError(NotThereError):
    """There is no such night.

    Args:
        number (int): its number.
    """

    code = "bea.unknown-night"

    def __init__(self, number: int) -> None:
        super().__init__(
            f"La nuit n° {number} n’existe pas : choisissez-en une dans la liste des nuits."
        )
        self.number = number


class NothingToSendError(RefusedError):
    """No school has the year asked for."""

    code = "bea.nothing-to-send"

    def __init__(self) -> None:
        super().__init__(
            "Aucun établissement n’a d’année ouverte parmi celles qui sont demandées : il n’y a rien"
            " à envoyer. Vérifiez le numéro de l’établissement et l’année."
        )


def read_night(*, number: int) -> Night:
    """Read a night.

    Args:
        number (int): its number; 0 for the last one.

    Returns:
        Night: the night.

    Raises:
        UnknownNightError: if there is none.
    """
    with transaction.atomic():
        open_schools(AUTHORITY)
        nights = Night.objects.filter(uai=AUTHORITY)
        found = nights.filter(pk=number).first() if number else nights.order_by("-pk").first()
    if found is None:
        raise UnknownNightError(number)
    return found


_BEGIN: Final = """
INSERT INTO bea_transfer (uai, night_id, day, year, state, at, seen_act_id, lines_id, sent_count, unchanged_count,
    withdrawn_count, blocked_count, refused_count, given_count, file_count, school_count, base_count,
    difference_count, is_reconciled, divisions, digest, catalogue, sentence)
SELECT y.uai, %(night)s::bigint, %(day)s::date, y.year, CASE WHEN same THEN t.state ELSE 'to-do' END,
    CASE WHEN same THEN %(at)s::timestamptz END,
    CASE WHEN same THEN t.seen_act_id END, CASE WHEN same THEN t.lines_id END, 0,
    CASE WHEN same THEN t.unchanged_count + t.sent_count ELSE 0 END, 0,
    CASE WHEN same THEN t.blocked_count ELSE 0 END, CASE WHEN same THEN t.refused_count ELSE 0 END, 0,
    CASE WHEN same THEN t.file_count END, CASE WHEN same THEN t.school_count ELSE 0 END,
    CASE WHEN same THEN t.base_count ELSE 0 END, CASE WHEN same THEN t.difference_count ELSE 0 END,
    CASE WHEN same THEN t.is_reconciled END, CASE WHEN same THEN t.divisions ELSE '{}' END,
    CASE WHEN same THEN t.digest END, CASE WHEN same THEN t.catalogue ELSE '' END, ''
FROM schools_schoolyear y
LEFT JOIN LATERAL (SELECT * FROM bea_transfer t WHERE t.uai = y.uai AND t.year = y.year ORDER BY id DESC LIMIT 1) t
    ON true
LEFT JOIN LATERAL (SELECT id FROM journal_act a WHERE a.uai = y.uai ORDER BY sequence DESC LIMIT 1) a ON true
CROSS JOIN LATERAL (SELECT coalesce(NOT %(thorough)s::bool AND t.state IN ('acked', 'partial')
    AND t.catalogue = %(catalogue)s::text AND t.seen_act_id = a.id AND NOT EXISTS (
        SELECT FROM bea_resend r WHERE r.uai = y.uai AND r.year = y.year AND r.transfer_id IS NULL)
    AND (y.uai, y.year) NOT IN (SELECT * FROM unnest(%(answered)s::text[], %(answered_years)s::int[])), false)
    AS same) s
WHERE y.uai = ANY(%(uais)s::text[]) AND (%(year)s::int IS NULL OR y.year = %(year)s::int)
    AND (NOT %(chosen)s::bool OR (y.uai, y.year) IN (SELECT * FROM unnest(%(uais)s::text[], %(years)s::int[])))
    AND (y.state <> 'closed' OR t.id IS NULL OR t.seen_act_id IS NULL OR y.act_id > t.seen_act_id OR %(chosen)s::bool)
"""


class Asked(NamedTuple):
    """What a night is to do."""

    origin: Night.Origin
    day: date
    uais: Sequence[str] | None
    year: int | None
    replays: int | None
    is_thorough: bool


def begin(asked: Asked, actor: str, at: datetime) -> Night:
    """Write the night and its lines; a school in which nothing was written since is done with at once.

    Nothing of a school changes but in an act, and each act is in its chain: when its last one was seen by the
    last night, that night's line holds for this one.

    Args:
        asked (Asked): what the night is to do.
        actor (str): who asks.
        at (datetime): when.

    Returns:
        Night: the night, planned.

    Raises:
        UnknownSchoolError: if the directory lacks one of the schools.
        UnknownNightError: if the night to do again does not exist.
        NothingToSendError: if no school has the year.
    """
    chosen: list[SchoolYear] = []
    if asked.replays is not None:
        chosen = _schools_of(read_night(number=asked.replays).pk)
    if asked.uais is not None:
        reached = [known_school(uai).uai for uai in dict.fromkeys(asked.uais)]
        chosen = [one for one in chosen if one.uai in reached]
    else:
        reached = list(school_numbers())
    uais = [one.uai for one in chosen] if asked.replays is not None else reached
    with act(uai=AUTHORITY, kind=NIGHT_ACT, actor=actor, at=at) as opened:
        open_schools(AUTHORITY, *uais)
        night = Night.objects.create(
            uai=AUTHORITY, day=asked.day, origin=asked.origin, replays_id=asked.replays,
            state=State.PLANNED, asked_by=actor, started_at=at,
        )  # fmt: skip
        open_directory()
        # A number that an outside service gave is in no act of the school until the night brings it.
        answered = years_answered(uais=uais)
        given: dict[str, Any] = {
            "night": night.pk,
            "answered": [uai for uai, _ in answered],
            "answered_years": [year for _, year in answered],
            "day": asked.day,
            "at": at,
            "uais": uais,
            "year": asked.year,
            "chosen": asked.replays is not None,
            "years": [one.year for one in chosen],
            "thorough": asked.is_thorough or asked.replays is not None,
            "catalogue": VERSION,
        }
        with staging.raw_cursor() as cursor:
            cursor.execute(_BEGIN.encode(), given)
            count = cursor.rowcount
        if not count and (asked.uais or asked.year or asked.replays):
            raise NothingToSendError
        opened.facts |= {
            "night": night.pk, "origin": asked.origin, "day": str(asked.day), "schools": count,
        }  # fmt: skip
    return night


def finish(night: Night, actor: str, clock: Clock, on_school: OnSchool | None) -> Night:
    """Do what is left of a night: schools to send, files to write, its end.

    Args:
        night (Night): the night.
        actor (str): who signs.
        clock (Clock): tells the time of each school.
        on_school (OnSchool | None): told of each school.

    Returns:
        Night: the night, ended.
    """
    _set(night, state=State.RUNNING)
    with Files() as files:
        # Whoever was busy is asked once more when the others are done.
        for states, is_last in (((Line.TO_DO, Line.FAILED), False), ((Line.TO_DO,), True)):
            left = _lines(night, *states)
            total = len(left)
            for start in range(0, total, BATCH):
                for rank, line in enumerate(left[start : start + BATCH], start + 1):
                    _try(line, actor, clock, is_last=is_last)
                    if on_school:
                        on_school(line, rank, total)
                _publish(night, files)
        _publish(night, files)
    is_whole = not _lines(night, Line.TO_DO, Line.SENT, Line.FAILED)
    with transaction.atomic():
        open_schools(*school_numbers())
        digest = _base_digest()
    state = State.DONE if is_whole else State.INCOMPLETE
    _set(night, state=state, ended_at=clock(), digest=digest)
    return night


def _set(night: Night, **values: Any) -> None:
    """Write some columns of a night."""
    with transaction.atomic():
        open_schools(AUTHORITY)
        Night.objects.filter(pk=night.pk).update(**values)
    for name, value in values.items():
        setattr(night, name, value)


def _try(line: Transfer, actor: str, clock: Clock, *, is_last: bool) -> None:
    """Ask for the numbers of a school's year and send it; what goes wrong there stays there."""
    try:
        # A closed year goes up a last time, and asks for nothing more.
        with suppress(YearClosedError):
            settle(uai=line.uai, year=line.year, actor=actor, at=clock())
        send(transfer=line, actor=actor, at=clock())
    except TransientError as fault:
        if is_last:
            _note(line, str(fault))
    except RefusedError as refusal:
        _note(line, refusal.sentence)
    except Exception as fault:
        if isinstance(fault, DatabaseError) and not connection.is_usable():
            # Nothing can be written any more: whoever takes the night up finds this school still to do.
            raise
        _log.error("a school could not be sent: %s", places_of(fault))
        _note(
            line,
            "Une erreur inattendue a interrompu l’envoi de cet établissement : rien n’y a été écrit. La nuit"
            " prochaine recommence ; si l’erreur revient, signalez-la à l’exploitation.",
        )


def _note(line: Transfer, sentence: str) -> None:
    with transaction.atomic():
        open_schools(line.uai)
        Transfer.objects.filter(pk=line.pk, uai=line.uai).update(
            state=Line.FAILED, sentence=sentence
        )
    line.state, line.sentence = Line.FAILED, sentence


def _publish(night: Night, files: Files) -> None:
    """Write the files of what was sent, read them back, and acknowledge what they hold."""
    sent = {SchoolYear(line.uai, line.year): line for line in _lines(night, Line.SENT)}
    if not sent:
        return
    try:
        stale = _unlike(sent, files)
        files.write(stale)
        unread = set(_unlike({one: sent[one] for one in stale}, files))
    except (OSError, duckdb.Error, UnwrittenError) as fault:
        _log.error("the files of the base could not be written: %s", places_of(fault))
        unread = set(sent)
    acked = [line for one, line in sent.items() if one not in unread]
    with transaction.atomic():
        open_schools(*{line.uai for line in acked})
        for state, lines in (
            (Line.ACKED, [one for one in acked if not one.blocked_count + one.refused_count]),
            (Line.PARTIAL, [one for one in acked if one.blocked_count + one.refused_count]),
        ):
            Transfer.objects.filter(pk__in=[one.pk for one in lines]).update(state=state)


def _unlike(sent: dict[SchoolYear, Transfer], files: Files) -> list[SchoolYear]:
    """Find the files that do not hold what was sent."""
    read = files.digests(sent)
    return [one for one, line in sent.items() if read[one] != bytes(line.digest or b"")]


def _base_digest() -> bytes:
    """Give the digest of the whole base: of the last line of each school's year."""
    last = (
        Transfer.objects.filter(digest__isnull=False)
        .order_by("uai", "year", "-pk")
        .distinct("uai", "year")
    )
    total = hashlib.sha256()
    for uai, year, digest in last.values_list("uai", "year", "digest"):
        total.update(f"{uai}/{year}/".encode() + bytes(digest or b""))
    return total.digest()


def _lines(night: Night, *states: Transfer.State) -> list[Transfer]:
    with transaction.atomic():
        open_schools(*school_numbers())
        lines = Transfer.objects.filter(night_id=night.pk, state__in=states)
        return list(lines.order_by("uai", "year"))


def _schools_of(number: int) -> list[SchoolYear]:
    with transaction.atomic():
        open_schools(*school_numbers())
        lines = Transfer.objects.filter(night_id=number).order_by("uai", "year")
        return [SchoolYear(*one) for one in lines.values_list("uai", "year")]


def first_night(**conditions: Any) -> Night | None:
    """Find the earliest night that answers.

    Args:
        **conditions (Any): on its columns.

    Returns:
        Night | None: the night.
    """
    with transaction.atomic():
        open_schools(AUTHORITY)
        return Night.objects.filter(uai=AUTHORITY, **conditions).order_by("pk").first()
