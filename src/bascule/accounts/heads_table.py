"""Heads by the hundred: a table is read, shown line by line, and done as shown.

The same table given twice changes nothing the second time. A blank cell keeps what is there. Whoever
bears the names of a known account is taken for its holder only if the e-mail address agrees too: a
right given to a homonym would open a school to a stranger.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.db import transaction

from bascule.accounts import people, rights
from bascule.accounts.heads import head_rights, move_end, void_letter
from bascule.accounts.heads_csv import HeadLine, read_heads
from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.errors import RefusedError
from bascule.journal.act import act
from bascule.schools.models import School
from bascule.store.locks import lock_school
from bascule.store.policies import open_schools
from bascule.values import civil_identity
from bascule.values.words import said as _


class TableMovedError(RefusedError):
    """The table does not do any more what was shown.

    Args:
        plan (HeadsPlan): what it does now.
    """

    code = "heads.moved"

    def __init__(self, plan: "HeadsPlan") -> None:
        super().__init__(
            "Les comptes ont changé depuis l’aperçu : rien n’a été écrit. Relisez le nouvel aperçu,"
            " puis confirmez."
        )
        self.plan = plan


class Effect(Enum):
    """What a line of a table does."""

    NEW = ("new", _("compte nouveau"), "success")
    GAINS = ("gains", _("droit de plus à un compte connu"), "info")
    MOVES = ("moves", _("date de fin changée"), "info")
    UNCHANGED = ("unchanged", _("déjà chef, inchangé"), "neutral")
    REFUSED = ("refused", _("ligne refusée"), "danger")

    def __init__(self, code: str, label: str, tone: str) -> None:
        self.code = code
        self.label = label
        self.tone = tone


@dataclass(frozen=True, slots=True)
class Planned:
    """What one line does.

    Attributes:
        line: the line.
        school_name: name of the school; blank where it is not known.
        effect: what it does.
        person_id: the account; None for one that does not exist yet.
        login: its login; blank for one that does not exist yet.
        right_id: the right whose end moves; None for none.
        reason: French, why it is refused or changes nothing; blank for nothing.
        warnings: French, what is worth a look before one confirms.
    """

    line: HeadLine
    school_name: str
    effect: Effect
    person_id: int | None = None
    login: str = ""
    right_id: int | None = None
    reason: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name as screens show it."""
        return civil_identity.display(self.line.family_name, None, self.line.first_name)


@dataclass(frozen=True, slots=True)
class HeadsPlan:
    """What a table does.

    Attributes:
        lines: its lines, in order.
    """

    lines: tuple[Planned, ...]

    @property
    def counts(self) -> Mapping[Effect, int]:
        """Return how many lines have each effect."""
        found = Counter(planned.effect for planned in self.lines)
        return {effect: found[effect] for effect in Effect}

    @property
    def writes(self) -> int:
        """Return how many lines would write something."""
        counts = self.counts
        return counts[Effect.NEW] + counts[Effect.GAINS] + counts[Effect.MOVES]

    @property
    def digest(self) -> str:
        """Return what tells this plan from another: sixteen hexadecimal digits."""
        text = repr(
            [
                (one.line, one.effect.code, one.person_id, one.right_id, one.reason, one.warnings)
                for one in self.lines
            ]
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(slots=True)
class _Knowledge:
    """What is known when a table is planned, and what its own lines add."""

    schools: dict[str, str]
    reach: frozenset[str] | None
    by_identity: dict[str, list[Person]]
    rights: dict[str, list[Right]]
    today: date
    #: New people of the table: identity and address, with the number of their first line.
    newcomers: dict[tuple[str, str], int] = field(default_factory=dict)
    #: Heads that the table gives to each school: identity, first and last day, line.
    given: dict[str, list[tuple[str, date, date | None, int]]] = field(default_factory=dict)


def plan_heads(*, content: bytes, uais: Iterable[str] | None, today: date) -> HeadsPlan:
    """Tell what a table of heads would do; nothing is written.

    Args:
        content (bytes): the file.
        uais (Iterable[str] | None): the schools that whoever asks covers; None for all.
        today (date): the day, where the authority is.

    Returns:
        HeadsPlan: line by line.
    """
    lines = read_heads(content)
    with transaction.atomic():
        knowledge = _knowledge(lines, uais, today)
        return HeadsPlan(tuple(_planned(line, knowledge) for line in lines))


def apply_heads(
    *,
    content: bytes,
    uais: Iterable[str] | None,
    digest: str | None,
    actor: str,
    at: datetime,
    today: date,
    granted_by_id: int | None = None,
) -> HeadsPlan:
    """Do what a table of heads says: one act a line, in the chain of its school; refused lines are left.

    Args:
        content (bytes): the file.
        uais (Iterable[str] | None): the schools that whoever asks covers; None for all.
        digest (str | None): of the plan that was shown; None to do it whatever it is.
        actor (str): who signs.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.
        granted_by_id (int | None): the agent; None for the console.

    Returns:
        HeadsPlan: what was done.

    Raises:
        TableMovedError: if it would not do what was shown.
    """
    within = None if uais is None else tuple(uais)
    with transaction.atomic():
        # Two agents with the same table must not make two accounts of one head.
        lock_school(AUTHORITY)
        plan = plan_heads(content=content, uais=within, today=today)
        if digest is not None and plan.digest != digest:
            raise TableMovedError(plan)
        made: dict[tuple[str, str], Person] = {}
        for planned in plan.lines:
            if planned.effect in {Effect.NEW, Effect.GAINS, Effect.MOVES}:
                _do(planned, made, actor=actor, at=at, today=today, granted_by_id=granted_by_id)
    return plan


def _knowledge(lines: Sequence[HeadLine], uais: Iterable[str] | None, today: date) -> _Knowledge:
    schools = dict(School.objects.values_list("uai", "name"))
    reach = None if uais is None else frozenset(uais)
    asked = sorted(
        {line.uai for line in lines if line.uai in schools and (reach is None or line.uai in reach)}
    )
    wanted = {_identity(line) for line in lines if not line.fault}
    by_identity: dict[str, list[Person]] = {}
    for person in Person.objects.order_by("id"):
        identity = civil_identity.identity_key(person.family_name, person.first_name)
        if identity in wanted:
            by_identity.setdefault(identity, []).append(person)
    open_schools(*asked)
    held: dict[str, list[Right]] = {}
    for right in head_rights(asked, today):
        held.setdefault(right.uai, []).append(right)
    return _Knowledge(schools, reach, by_identity, held, today)


def _planned(line: HeadLine, known: _Knowledge) -> Planned:
    name = known.schools.get(line.uai, "")
    fault = line.fault or _fault(line, known)
    if fault:
        return Planned(line, name, Effect.REFUSED, reason=fault)
    planned = _of_head(line, name, known) or _of_person(line, name, known)
    if planned.effect in {Effect.NEW, Effect.GAINS}:
        planned = _with_warnings(planned, known)
        known.given.setdefault(line.uai, []).append(
            (_identity(line), line.starts_on or known.today, line.ends_on, line.number)
        )
    return planned


def _fault(line: HeadLine, known: _Knowledge) -> str:
    if line.uai not in known.schools:
        return f"l’établissement {line.uai} n’est pas dans l’annuaire"
    if known.reach is not None and line.uai not in known.reach:
        return f"l’établissement {line.uai} n’est pas dans votre périmètre"
    if line.ends_on is not None and line.ends_on < known.today:
        return "la date de fin est déjà passée"
    return ""


def _of_head(line: HeadLine, name: str, known: _Knowledge) -> Planned | None:
    """Plan the line of somebody who is already head there, by the base or by a line before."""
    identity, first_day = _identity(line), line.starts_on or known.today
    for _who, starts_on, ends_on, number in (
        one for one in known.given.get(line.uai, ()) if one[0] == identity
    ):
        if starts_on <= first_day and (ends_on is None or ends_on >= first_day):
            return Planned(
                line, name, Effect.UNCHANGED, reason=f"déjà dans le fichier, ligne {number}"
            )
    same = [
        right
        for right in known.rights.get(line.uai, ())
        if _identity_of(right.person) == identity and _goes_with(line, right)
    ]
    if not same:
        return None
    right = same[0]
    about: dict[str, Any] = {"person_id": right.person_id, "login": right.person.login}
    if line.ends_on is None or line.ends_on == right.ends_on:
        return Planned(line, name, Effect.UNCHANGED, **about)
    if line.ends_on < right.starts_on:
        reason = f"la date de fin vient avant le début de son droit, le {right.starts_on:%d/%m/%Y}"
        return Planned(line, name, Effect.REFUSED, reason=reason, **about)
    return Planned(line, name, Effect.MOVES, right_id=right.pk, **about)


def _goes_with(line: HeadLine, right: Right) -> bool:
    """Tell whether a line speaks of a right that is there, and not of one that follows it."""
    return line.starts_on is None or right.ends_on is None or line.starts_on <= right.ends_on


def _of_person(line: HeadLine, name: str, known: _Knowledge) -> Planned:
    """Plan the line of somebody who is not yet head there."""
    identity, email = _identity(line), line.email.casefold()
    homonyms = known.by_identity.get(identity, [])
    same = [one for one in homonyms if email and one.email.casefold() == email]
    if same:
        return _of_account(line, name, same[0])
    if homonyms:
        return Planned(line, name, Effect.REFUSED, reason=_homonym(homonyms[0]))
    if (identity, email) in known.newcomers and email:
        return Planned(line, name, Effect.GAINS)
    others = [number for (other, _), number in known.newcomers.items() if other == identity]
    if others:
        return Planned(
            line,
            name,
            Effect.REFUSED,
            reason=f"même nom qu’à la ligne {others[0]} : écrivez le même courriel si c’est la même"
            " personne, sinon créez ce compte à la main",
        )
    known.newcomers[identity, email] = line.number
    return Planned(line, name, Effect.NEW)


def _of_account(line: HeadLine, name: str, person: Person) -> Planned:
    about: dict[str, Any] = {"person_id": person.pk, "login": person.login}
    if person.state == Person.State.DISABLED:
        reason = f"le compte {person.login} est désactivé : réactivez-le d’abord"
        return Planned(line, name, Effect.REFUSED, reason=reason, **about)
    return Planned(line, name, Effect.GAINS, **about)


def _homonym(person: Person) -> str:
    hint = people.hint_of(person.email)
    known_by = f"son courriel ({hint})" if hint else "son courriel, qui manque sur ce compte"
    return (
        f"un compte existe déjà à ce nom ({person.login}) : si c’est la même personne, écrivez"
        f" {known_by} ; sinon, créez ce compte à la main"
    )


def _with_warnings(planned: Planned, known: _Knowledge) -> Planned:
    line, said = planned.line, []
    days = (line.starts_on or known.today, line.ends_on)
    for right in known.rights.get(line.uai, ()):
        if _overlap(days, (right.starts_on, right.ends_on)):
            until = f"jusqu’au {right.ends_on:%d/%m/%Y}" if right.ends_on else "sans date de fin"
            said.append(f"{right.person.login} est aussi chef de cet établissement, {until}")
    for _who, starts_on, ends_on, number in known.given.get(line.uai, ()):
        if _overlap(days, (starts_on, ends_on)):
            said.append(f"la ligne {number} donne aussi un chef à cet établissement")
    return replace(planned, warnings=tuple(said))


def _overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    return (one[1] is None or other[0] <= one[1]) and (other[1] is None or one[0] <= other[1])


def _do(
    planned: Planned,
    made: dict[tuple[str, str], Person],
    *,
    actor: str,
    at: datetime,
    today: date,
    granted_by_id: int | None,
) -> None:
    line = planned.line
    kind = rights.END_ACT if planned.effect is Effect.MOVES else rights.GIVE_ACT
    with act(uai=line.uai, kind=kind, actor=actor, at=at) as opened:
        if planned.effect is Effect.MOVES:
            right = Right.objects.select_related("person").get(pk=planned.right_id or 0)
            move_end(opened, right, ends_on=line.ends_on, at=at, granted_by_id=granted_by_id)
            return
        key = (_identity(line), line.email.casefold())
        if planned.person_id is not None:
            person = Person.objects.get(pk=planned.person_id)
            void_letter(person)
        elif planned.effect is Effect.GAINS:
            person = made[key]
        else:
            person = made[key] = people.enter(
                opened,
                family_name=line.family_name,
                first_name=line.first_name,
                email=line.email,
                actor=actor,
                at=at,
            )
        rights.enter(
            opened,
            person=person,
            profile=Profile.HEAD,
            starts_on=line.starts_on or today,
            ends_on=line.ends_on,
            at=at,
            granted_by_id=granted_by_id,
        )


def _identity(line: HeadLine) -> str:
    return civil_identity.identity_key(line.family_name, line.first_name)


def _identity_of(person: Person) -> str:
    return civil_identity.identity_key(person.family_name, person.first_name)
