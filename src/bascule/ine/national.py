"""Ask an outside national service for the numbers of persons who have none, line by line, by file or by HTTP.

A line that is sent twice is answered twice: the number of a person already known there is a success like another.
Lines without an answer are sent again; those that the service refused, once the civil status changed or an agent
said so. What the service gives is written down for ever, and the next asking of each school brings it into the
records, or says why nothing comes.
"""

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from urllib.parse import urlsplit

from django.db import transaction

from bascule.errors import RefusedError, TransientError
from bascule.ine.directory import open_directory
from bascule.ine.merges import authority_act
from bascule.ine.models import Asked, Number, Person
from bascule.ine.refusals import STANDS_SQL, Outcome
from bascule.store import staging
from bascule.values.ine import ine_kind

#: What the acts of these verbs are called.
ASK_ACT, ANSWER_ACT = "ine.national-ask", "ine.national-answer"

#: Lines of one request.
BATCH = 500
_TIMEOUT = 60
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))
_OK = 200

#: Gives the answers to some lines, in any order; some may be missing.
Transport = Callable[[Sequence["Line"]], Iterable["Answer"]]


class NoServiceError(RefusedError):
    """No outside service is set, or it is asked by files."""

    code = "ine.no-service"

    def __init__(self) -> None:
        super().__init__(
            "Aucun service national n’est joint par le réseau : donnez son adresse dans BASCULE_INE_SERVICE, ou "
            "échangez des fichiers par `bascule ine national write` et `read`."
        )


class UnsafeServiceError(RefusedError):
    """The address of the service is not one to which civil status may be sent."""

    code = "ine.unsafe-service"

    def __init__(self) -> None:
        super().__init__(
            "L’adresse du service national n’est pas sûre : donnez une adresse en https dans BASCULE_INE_SERVICE."
        )


class UnreadableAnswersError(RefusedError):
    """A line of answers cannot be read.

    Args:
        line (int): which, from 1.
    """

    code = "ine.answers-unreadable"

    def __init__(self, line: int) -> None:
        super().__init__(
            f"La ligne {line} des réponses du service national ne se lit pas : rien n’a été écrit. "
            "Redemandez le fichier."
        )
        self.line = line


class ServiceDownError(TransientError):
    """The service does not answer, or not as agreed: the lines are sent again later."""

    def __init__(self) -> None:
        super().__init__(
            "Le service national ne répond pas : les demandes seront envoyées de nouveau."
        )


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked: a person of the directory, by a number that says nothing, and the civil status."""

    id: int
    family_name: str
    usual_name: str | None
    first_names: tuple[str, ...]
    sex: str | None
    birth_date: date
    birth_precision: str
    birth_country: str | None
    birth_commune: str | None
    birth_town: str | None

    def as_json(self) -> str:
        """Write the line.

        Returns:
            str: one object.
        """
        content = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(content, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back for a line.

    Attributes:
        id: the line.
        outcome: what the service says.
        number: the INE, where there is one.
    """

    id: int
    outcome: Outcome
    number: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did.

    Attributes:
        sent: lines sent.
        given: numbers that came.
        outcomes: answers, by what they say.
        left: persons who wait without an answer: they are sent again.
    """

    sent: int
    given: int
    outcomes: dict[str, int]
    left: int


def lines_to_send() -> list[Line]:
    """List the persons who have no number, nor a refusal that stands.

    Whoever may be somebody else, as long as a second agent has not answered, is not among them.

    Returns:
        list[Line]: in the order in which they became known.
    """
    with transaction.atomic(), staging.raw_cursor() as cursor:
        open_directory()
        cursor.execute(
            "SELECT p.id, p.family_name, p.usual_name, p.first_name, p.second_name, p.third_name, p.sex, p.birth_date,"  # noqa: S608 - our own words
            " p.birth_precision, p.birth_country, p.birth_commune, p.birth_town FROM ine_person p"
            " WHERE p.id = p.root_id AND NOT EXISTS (SELECT FROM ine_number n JOIN ine_person m ON m.id = n.person_id"
            " WHERE m.root_id = p.id) AND p.sex IS NOT NULL AND p.birth_country IS NOT NULL AND p.retired_at IS NULL"
            " AND NOT EXISTS (SELECT FROM ine_merge w JOIN ine_person m ON m.id IN (w.one_id, w.other_id)"
            " WHERE w.state = 'asked' AND m.root_id = p.id)"
            f" AND NOT EXISTS (SELECT FROM ine_asked a WHERE a.person_id = p.id AND {STANDS_SQL})"
            " ORDER BY p.id".encode()
        )
        return [
            Line(row[0], row[1], row[2], tuple(filter(None, row[3:6])), *row[6:12])
            for row in cursor
        ]


def exchange(*, transport: Transport, actor: str, at: datetime) -> Exchanged:
    """Ask the service for all the numbers that lack, in batches; each is taken before the next is sent.

    Args:
        transport (Transport): how the service is reached.
        actor (str): who asks.
        at (datetime): when.

    Returns:
        Exchanged: what was sent and what came. What was cut short is sent again by the next exchange.
    """
    lines = lines_to_send()
    outcomes: Counter[str] = Counter()
    given = 0
    waiting = iter(lines)
    while batch := list(islice(waiting, BATCH)):
        note_sent(batch, actor=actor, at=at)
        taken = take(answers=transport(batch), actor=actor, at=at)
        outcomes.update(taken.outcomes)
        given += taken.given
    return Exchanged(len(lines), given, dict(outcomes), len(lines_to_send()))


def note_sent(lines: Sequence[Line], *, actor: str, at: datetime) -> None:
    """Write down that persons are asked about.

    Args:
        lines (Sequence[Line]): which.
        actor (str): who asks.
        at (datetime): when.
    """
    with authority_act(kind=ASK_ACT, actor=actor, at=at, is_patient=True) as opened:
        with staging.raw_cursor() as cursor:
            cursor.execute(
                "INSERT INTO ine_asked (person_id, asked_at, outcome) SELECT unnest(%s::bigint[]), %s, ''"
                " ON CONFLICT (person_id) DO UPDATE SET asked_at = EXCLUDED.asked_at, answered_at = NULL, outcome = '',"
                " number = ''",
                [[line.id for line in lines], at],
            )
        opened.facts |= {"sent": len(lines)}


def take(*, answers: Iterable[Answer], actor: str, at: datetime) -> Exchanged:
    """Take answers: numbers are written down, and the rest is noted; answers that came before change nothing.

    They are taken batch by batch: cut short, they are taken again, and those already there count for nothing.

    Args:
        answers (Iterable[Answer]): in any order; those of nobody asked about are passed over.
        actor (str): who takes them.
        at (datetime): when.

    Returns:
        Exchanged: what came.
    """
    outcomes: Counter[str] = Counter()
    given = 0
    coming = iter(answers)
    while batch := list(islice(coming, BATCH)):
        taken = _take_batch(batch, actor, at)
        outcomes.update(taken.outcomes)
        given += taken.given
    return Exchanged(0, given, dict(outcomes), 0)


def _take_batch(found: Sequence[Answer], actor: str, at: datetime) -> Exchanged:
    with authority_act(kind=ANSWER_ACT, actor=actor, at=at, is_patient=True) as opened:
        asked = set(
            Asked.objects.filter(person_id__in=[one.id for one in found]).values_list(
                "person_id", flat=True
            )
        )
        roots = dict(Person.objects.filter(pk__in=asked).values_list("id", "root_id"))
        known = Number.objects.filter(number__in=[one.number for one in found])
        owners = dict(known.values_list("number", "person_id"))
        homes = dict(Person.objects.filter(pk__in=owners.values()).values_list("id", "root_id"))
        outcomes: Counter[str] = Counter()
        given = 0
        for one in found:
            if one.id not in asked:
                continue
            outcome = _judged(one, roots[one.id], homes.get(owners.get(one.number, 0)))
            if outcome in (Outcome.GIVEN, Outcome.DUPLICATE) and one.number not in owners:
                _write(one, at)
                owners[one.number] = one.id
                homes[one.id] = roots[one.id]
                given += 1
            outcomes[outcome.value] += 1
            Asked.objects.filter(person_id=one.id).update(
                answered_at=at,
                outcome=outcome.value,
                number=one.number if outcome is Outcome.OF_ANOTHER else "",
            )
        opened.facts |= {"answers": dict(outcomes), "given": given}
    return Exchanged(0, given, dict(outcomes), 0)


def _judged(answer: Answer, root: int, owner: int | None) -> Outcome:
    if answer.outcome not in (Outcome.GIVEN, Outcome.DUPLICATE):
        return answer.outcome
    if ine_kind(answer.number) is None:
        return Outcome.MALFORMED
    return Outcome.OF_ANOTHER if owner not in (None, root) else answer.outcome


def _write(answer: Answer, at: datetime) -> None:
    kind = ine_kind(answer.number)
    assert kind is not None  # noqa: S101 - it was judged
    Number.objects.create(
        number=answer.number,
        person_id=answer.id,
        kind=kind.name,
        source=Number.Source.OUTSIDE,
        since=at,
    )


# The ways: files and HTTP carry the same lines.


def written(lines: Iterable[Line]) -> bytes:
    """Write lines as a file.

    Args:
        lines (Iterable[Line]): what is asked.

    Returns:
        bytes: one JSON object a line, UTF-8.
    """
    return "".join(f"{line.as_json()}\n" for line in lines).encode()


def read(content: bytes) -> list[Answer]:
    """Read answers: one JSON object a line, with `id`, `outcome` and `number`.

    Args:
        content (bytes): the file, or the body of an answer; a cut last line is passed over.

    Returns:
        list[Answer]: those that are there.

    Raises:
        UnreadableAnswersError: if a line is not one.
    """
    whole = content if content.endswith(b"\n") else content[: content.rfind(b"\n") + 1]
    found = []
    for rank, line in enumerate(whole.splitlines(), 1):
        if line.strip():
            try:
                told = json.loads(line)
                found.append(
                    Answer(int(told["id"]), Outcome(told["outcome"]), str(told.get("number") or ""))
                )
            except (ValueError, KeyError, TypeError, AttributeError):
                raise UnreadableAnswersError(rank) from None
    return found


def over_http(address: str) -> Transport:
    """Give the way by HTTP: lines are posted, answers are the body of what comes back.

    Args:
        address (str): of the service, in https, or on this machine.

    Returns:
        Transport: what `exchange` takes.

    Raises:
        NoServiceError: if there is no address.
        UnsafeServiceError: if civil status would travel in the clear.
    """
    where = urlsplit(address)
    if where.scheme not in ("http", "https") or not where.hostname:
        raise NoServiceError
    if where.scheme == "http" and where.hostname not in _LOOPBACK:
        raise UnsafeServiceError
    is_sealed, host, port = where.scheme == "https", where.hostname, where.port
    path = where.path or "/"

    def ask(lines: Sequence[Line]) -> Iterator[Answer]:
        connect = http.client.HTTPSConnection if is_sealed else http.client.HTTPConnection
        link = connect(host, port, timeout=_TIMEOUT)
        try:
            link.request(
                "POST",
                path,
                written(lines),
                {"Content-Type": "application/x-ndjson; charset=utf-8"},
            )
            answer = link.getresponse()
            content = answer.read()
        except http.client.IncompleteRead as cut:
            # What came is taken; the rest is asked for again.
            content = cut.partial
        except (OSError, http.client.HTTPException):
            raise ServiceDownError from None
        else:
            if answer.status != _OK:
                raise ServiceDownError
        finally:
            link.close()
        yield from read(content)

    return ask
