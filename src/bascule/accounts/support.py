"""Support sessions: an agent of the help desk looks at a school's screens, because the school lets her.

She asks, with a reason and a time; somebody of the school accepts or refuses; she enters, looks and
changes nothing; each page is noted and the school reads which. It ends by itself, or at once when
she or the school says so. The gate of the pages keeps her from writing, row-level policies from
seeing more than her session's rights.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import Q

from bascule.accounts import policy
from bascule.accounts.actor import Actor
from bascule.accounts.models import SupportSession
from bascule.accounts.profiles import Permission
from bascule.errors import NotThereError, RefusedError
from bascule.journal.access import Criteria, find, note
from bascule.journal.act import OpenAct, act
from bascule.journal.models import Access
from bascule.schools.directory import UnknownSchoolError, known_school
from bascule.store.policies import open_schools

ASK_ACT, ANSWER_ACT, END_ACT = "support.ask", "support.answer", "support.end"
#: The line that each page opened by the agent leaves.
PAGE_KIND = "support.page"

#: How long a session may last, in minutes.
SHORTEST, LONGEST = 5, 120
#: How long an unanswered demand waits.
PATIENCE = timedelta(hours=24)
#: Who signs what ends by itself.
_CLOCK = "bascule"

_REASON_LENGTH = 200
#: Pages shown of the sessions of a list, the latest.
_MOST_PAGES = 2000
_SESSION_KEY = "support"

State = SupportSession.State


class UnknownSupportError(NotThereError):
    """There is no such support session, or it is over.

    Args:
        support_id (int): its number.
    """

    code = "support.unknown"

    def __init__(self, support_id: int) -> None:
        super().__init__(
            "Cette session d’assistance n’existe pas, ou elle est terminée. Rien n’a changé."
        )
        self.support_id = support_id


class NoReasonError(RefusedError):
    """A school is told why somebody wants to look."""

    code = "support.no-reason"

    def __init__(self) -> None:
        super().__init__(
            "La raison manque, ou est trop longue : dites à l’établissement pourquoi vous demandez à voir ses écrans"
            f" ({_REASON_LENGTH}"
            " caractères au plus)."
        )


class WrongMinutesError(RefusedError):
    """A session is short."""

    code = "support.wrong-minutes"

    def __init__(self) -> None:
        super().__init__(
            f"Une session d’assistance dure de {SHORTEST} à {LONGEST} minutes : choisissez une durée."
        )


class AlreadyAskedError(RefusedError):
    """The agent has a demand or a session under way in the school.

    Args:
        support_id (int): its number.
    """

    code = "support.already-asked"

    def __init__(self, support_id: int) -> None:
        super().__init__(
            "Vous avez déjà une demande ou une session en cours dans cet établissement :"
            " terminez-la avant d’en demander une autre."
        )
        self.support_id = support_id


class OwnDemandError(RefusedError):
    """Nobody lets herself in."""

    code = "support.own-demand"

    def __init__(self) -> None:
        super().__init__(
            "Vous ne pouvez pas répondre à votre propre demande : une autre personne de"
            " l’établissement y répond."
        )


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A support session as its school reads it.

    Attributes:
        session: the session, with who asked and who answered.
        pages: pages that the agent opened, in order.
    """

    session: SupportSession
    pages: Sequence[Access]


def ask(*, uai: str, reason: str, minutes: int, actor: Actor, at: datetime) -> SupportSession:
    """Ask a school to let one look at its screens.

    Args:
        uai (str): the school.
        reason (str): French, why; shown to the school.
        minutes (int): for how long, 5 to 120.
        actor (Actor): the agent.
        at (datetime): when.

    Returns:
        SupportSession: the demand.

    Raises:
        UnknownSchoolError: if there is no such school, or not for this agent.
        NoReasonError: if no reason is given, or a long one.
        WrongMinutesError: if the time is too short or too long.
        AlreadyAskedError: if the agent has one under way there.
    """
    uai = known_school(uai).uai
    if not policy.may(actor, Permission.SUPPORT_ASK, uai=uai):
        raise UnknownSchoolError(uai)
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= _REASON_LENGTH:
        raise NoReasonError
    if not SHORTEST <= minutes <= LONGEST:
        raise WrongMinutesError
    with act(uai=uai, kind=ASK_ACT, actor=actor.login, at=at) as opened:
        before = SupportSession.objects.filter(_live(at), uai=uai, person_id=actor.person_id)
        if (under_way := before.first()) is not None:
            raise AlreadyAskedError(under_way.pk)
        demand = SupportSession.objects.create(
            uai=uai,
            person_id=actor.person_id,
            reason=reason,
            minutes=minutes,
            state=State.ASKED,
            asked_at=at,
        )
        opened.facts |= {"support": demand.pk, "minutes": minutes}
    return demand


def accept(*, uai: str, support_id: int, actor: Actor, at: datetime) -> SupportSession:
    """Let the agent in; the time runs from now.

    Args:
        uai (str): the school.
        support_id (int): the demand.
        actor (Actor): who answers for the school.
        at (datetime): when.

    Returns:
        SupportSession: the session, open.
    """
    with act(uai=uai, kind=ANSWER_ACT, actor=actor.login, at=at) as opened:
        demand = _to_answer(uai, support_id, actor, at)
        demand.state, demand.answered_by_id = State.OPEN, actor.person_id
        demand.opened_at, demand.ends_at = at, at + timedelta(minutes=demand.minutes)
        _write(demand, opened)
        opened.facts |= {"support": demand.pk, "answer": "accepted", "minutes": demand.minutes}
    return demand


def refuse(*, uai: str, support_id: int, actor: Actor, at: datetime) -> SupportSession:
    """Keep the agent out.

    Args:
        uai (str): the school.
        support_id (int): the demand.
        actor (Actor): who answers for the school.
        at (datetime): when.

    Returns:
        SupportSession: the demand, refused.
    """
    with act(uai=uai, kind=ANSWER_ACT, actor=actor.login, at=at) as opened:
        demand = _to_answer(uai, support_id, actor, at)
        demand.state, demand.answered_by_id = State.REFUSED, actor.person_id
        _write(demand, opened)
        opened.facts |= {"support": demand.pk, "answer": "refused"}
    return demand


def end(*, uai: str, support_id: int, actor: Actor, at: datetime) -> SupportSession:
    """End a session, or take a demand back: the next request of the agent is refused.

    Args:
        uai (str): the school.
        support_id (int): the session.
        actor (Actor): the agent, or who answers for the school.
        at (datetime): when.

    Returns:
        SupportSession: the session, ended.

    Raises:
        UnknownSupportError: if it is not under way, or is another agent's.
    """
    with act(uai=uai, kind=END_ACT, actor=actor.login, at=at) as opened:
        session = SupportSession.objects.filter(_live(at), uai=uai, pk=support_id).first()
        if session is None or not _may_end(session, actor):
            raise UnknownSupportError(support_id)
        _end(session, opened, at)
    return session


def enter(session: SessionBase, *, support_id: int, actor: Actor, at: datetime) -> SupportSession:
    """Let an agent's browser look at the school that accepted.

    Args:
        session (SessionBase): the browser's session.
        support_id (int): the support session.
        actor (Actor): the agent, to whom the transaction is confined.
        at (datetime): when.

    Returns:
        SupportSession: the support session.

    Raises:
        UnknownSupportError: if it is not open, or is another agent's.
    """
    found = _open_one(support_id, actor, at)
    if found is None:
        raise UnknownSupportError(support_id)
    session[_SESSION_KEY] = found.pk
    return found


def leave(session: SessionBase, *, actor: Actor, at: datetime) -> SupportSession | None:
    """End the session that an agent's browser looks through.

    Args:
        session (SessionBase): the browser's session.
        actor (Actor): the agent, to whom the transaction is confined.
        at (datetime): when.

    Returns:
        SupportSession | None: the support session; None if there was none any more.
    """
    support_id = session.pop(_SESSION_KEY, None)
    found = _open_one(support_id, actor, at) if support_id else None
    if found is None:
        return None
    return end(uai=found.uai, support_id=found.pk, actor=actor, at=at)


def current(*, actor: Actor, at: datetime) -> SupportSession | None:
    """Give the session that an agent looks through, for the banner of her pages.

    Args:
        actor (Actor): the agent, to whom the transaction is confined.
        at (datetime): when.

    Returns:
        SupportSession | None: the session; None for none.
    """
    return _open_one(actor.support_id, actor, at) if actor.support_id else None


def note_page(*, uai: str, page: str, method: str, actor: Actor, at: datetime) -> None:
    """Note that the agent opened a page of the school.

    Args:
        uai (str): the school.
        page (str): name of its URL.
        method (str): how it was asked.
        actor (Actor): the agent.
        at (datetime): when.
    """
    note(
        kind=PAGE_KIND,
        visitor=actor.visitor,
        at=at,
        uai=uai,
        about=_about(actor.support_id or 0),
        facts={"page": page, "method": method},
    )


def waiting_in(*, uais: Iterable[str], at: datetime) -> list[SupportSession]:
    """List the demands that wait for an answer of some schools.

    Args:
        uais (Iterable[str]): the schools.
        at (datetime): when.

    Returns:
        list[SupportSession]: with who asks, the oldest first.
    """
    wanted = list(uais)
    with transaction.atomic():
        open_schools(*wanted)
        return list(
            SupportSession.objects.filter(
                uai__in=wanted, state=State.ASKED, asked_at__gt=at - PATIENCE
            )
            .select_related("person")
            .order_by("asked_at")
        )


def sessions_in(*, uai: str, at: datetime, most: int = 20) -> list[SeenSession]:
    """List the support sessions of a school, latest first, with what was looked at.

    Args:
        uai (str): the school.
        at (datetime): when; what is over by then is shown ended.
        most (int): how many at most.

    Returns:
        list[SeenSession]: the sessions.
    """
    with transaction.atomic():
        open_schools(uai)
        found = list(
            SupportSession.objects.filter(uai=uai)
            .select_related("person", "answered_by")
            .order_by("-id")[:most]
        )
    looked_at = Criteria(about=tuple(_about(one.pk) for one in found), kinds=(PAGE_KIND,))
    pages: dict[str, list[Access]] = defaultdict(list)
    for line in reversed(find(uais=[uai], criteria=looked_at, most=_MOST_PAGES) if found else []):
        pages[line.about].append(line)
    return [SeenSession(_as_of(one, at), pages[_about(one.pk)]) for one in found]


def own_sessions(*, actor: Actor, at: datetime, most: int = 20) -> list[SupportSession]:
    """List what an agent asked, latest first.

    Args:
        actor (Actor): the agent, to whom the transaction is confined.
        at (datetime): when; what is over by then is shown ended.
        most (int): how many at most.

    Returns:
        list[SupportSession]: the sessions.
    """
    found = SupportSession.objects.filter(person_id=actor.person_id).select_related("answered_by")
    return [_as_of(one, at) for one in found.order_by("-id")[:most]]


def own_session(*, support_id: int, actor: Actor) -> SupportSession:
    """Read one that an agent asked.

    Args:
        support_id (int): the session.
        actor (Actor): the agent, to whom the transaction is confined.

    Returns:
        SupportSession: the session.

    Raises:
        UnknownSupportError: if it is another agent's.
    """
    found = SupportSession.objects.filter(pk=support_id, person_id=actor.person_id).first()
    if found is None:
        raise UnknownSupportError(support_id)
    return found


def end_due(*, uais: Sequence[str], at: datetime) -> int:
    """End the sessions whose time is over, and the demands that nobody answered.

    Args:
        uais (Sequence[str]): the schools.
        at (datetime): when.

    Returns:
        int: how many.
    """
    with transaction.atomic():
        open_schools(*uais)
        due = list(
            SupportSession.objects.filter(~_live(at), uai__in=uais, state__in=_UNDER_WAY)
            .order_by("id")
            .values_list("uai", "pk")
        )
    count = 0
    for uai, support_id in due:
        with act(uai=uai, kind=END_ACT, actor=_CLOCK, at=at) as opened:
            # Somebody may have ended it meanwhile.
            session = SupportSession.objects.get(uai=uai, pk=support_id)
            if session.state in _UNDER_WAY:
                _end(session, opened, session.ends_at or at)
                count += 1
    return count


def _about(support_id: int) -> str:
    return f"support/{support_id}"


_UNDER_WAY = (State.ASKED, State.OPEN)


def _live(at: datetime) -> Q:
    """Say which sessions and demands are under way at an instant."""
    return Q(state=State.OPEN, ends_at__gt=at) | Q(state=State.ASKED, asked_at__gt=at - PATIENCE)


def _to_answer(uai: str, support_id: int, actor: Actor, at: datetime) -> SupportSession:
    demand = SupportSession.objects.filter(
        uai=uai, pk=support_id, state=State.ASKED, asked_at__gt=at - PATIENCE
    ).first()
    if demand is None:
        raise UnknownSupportError(support_id)
    if demand.person_id == actor.person_id:
        raise OwnDemandError
    return demand


def _may_end(session: SupportSession, actor: Actor) -> bool:
    if session.person_id == actor.person_id:
        return True
    # A demand is answered, not ended, by the school.
    return session.state == State.OPEN and policy.may(
        actor, Permission.SUPPORT_ANSWER, uai=session.uai
    )


def _end(session: SupportSession, opened: OpenAct, at: datetime) -> None:
    session.state = State.ENDED
    session.ends_at = min(session.ends_at, at) if session.ends_at else None
    _write(session, opened)
    opened.facts |= {"support": session.pk}


def _write(session: SupportSession, opened: OpenAct) -> None:
    session.act_id = opened.id
    session.save(update_fields=["state", "answered_by_id", "opened_at", "ends_at", "act_id"])


def _open_one(support_id: int, actor: Actor, at: datetime) -> SupportSession | None:
    return SupportSession.objects.filter(
        pk=support_id, person_id=actor.person_id, state=State.OPEN, ends_at__gt=at
    ).first()


def _as_of(session: SupportSession, at: datetime) -> SupportSession:
    """Show what is over as ended, though no job has written so yet."""
    is_over = session.ends_at is not None and session.ends_at <= at
    if is_over or (session.state == State.ASKED and session.asked_at <= at - PATIENCE):
        session.state = State.ENDED
    return session
