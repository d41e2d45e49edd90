"""What waits for a person, detected from facts: never ticked, gone when it is done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from bascule.accounts import rights, support
from bascule.accounts.actor import Actor
from bascule.accounts.models import Key, Person
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.campaign.steering import steer
from bascule.constat.standing import to_sign, unsigned
from bascule.exchange import runs
from bascule.exchange.models import ImportRun
from bascule.ine.persons import count_merges_to_answer
from bascule.ine.queue import count_open
from bascule.ine.standing import numbers_to_take
from bascule.preparation.steps import next_step, steps_of
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import years_of
from bascule.values import school_year
from bascule.values.steps import NextAct

#: Things shown at most: more would be a list, and nobody reads a list first.
SHOWN = 5
#: What a school can only wait for.
_OF_AUTHORITY = (NextAct.WAIT_FOR_YEAR, NextAct.WAIT_FOR_NOMENCLATURES)
#: How long before its end something is announced.
AHEAD = timedelta(days=30)


class What(StrEnum):
    """Kinds of things that wait; the portal has a sentence for each."""

    NEXT_STEP = "next-step"
    COLUMNS_TO_TELL = "columns-to-tell"
    IMPORT_TO_CONFIRM = "import-to-confirm"
    IMPORT_HELD = "import-held"
    IMPORT_HELD_FOR_AUTHORITY = "import-held-for-authority"
    INE_TO_EXPORT = "ine-to-export"
    INE_DISPUTES = "ine-disputes"
    INE_MERGES = "ine-merges"
    CONSTAT_TO_SIGN = "constat-to-sign"
    CONSTATS_MISSING = "constats-missing"
    CONSTATS_CLOSED = "constats-closed"
    SCHOOLS_BLOCKED = "schools-blocked"
    SCHOOLS_LATE = "schools-late"
    SCHOOLS_TO_REMIND = "schools-to-remind"
    RIGHT_ENDS = "right-ends"
    STAFF_RIGHT_ENDS = "staff-right-ends"
    STAFF_TO_ACTIVATE = "staff-to-activate"
    SUPPORT_ASKED = "support-asked"
    KEY_EXPIRES = "key-expires"
    ONE_KEY_ONLY = "one-key-only"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits.

    Attributes:
        what: its kind.
        uai: the school; blank for none.
        on: since when, or until when.
        target: number of the thing; None for none.
        year: the school year; None for none.
        count: how many there are.
        step: French words of the step of the year that comes next; blank for none.
        campaign: code of the campaign; blank for none.
    """

    what: What
    uai: str = ""
    on: date | None = None
    target: int | None = None
    year: int | None = None
    count: int = 1
    step: str = ""
    campaign: str = ""


def waiting_for(
    actor: Actor, *, schools: Sequence[str], at: datetime, most: int = SHOWN
) -> list[Waiting]:
    """Tell what waits for a person, the most pressing first.

    Args:
        actor (Actor): who asks.
        schools (Sequence[str]): all schools of the directory.
        at (datetime): now.
        most (int): how many at most.

    Returns:
        list[Waiting]: what waits.
    """
    today = timezone.localdate(at)
    return [
        *_support(actor, schools, at),
        *_imports(actor, schools),
        *_campaign(actor, schools, today),
        *_numbers(actor, schools),
        *_constats(actor, today),
        *_steps(actor, today),
        *_staff(actor, schools, today),
        *_own(actor, today),
    ][:most]


def _support(actor: Actor, schools: Sequence[str], at: datetime) -> list[Waiting]:
    uais = [uai for uai in actor.reach(schools, Permission.SUPPORT_ANSWER) if uai != AUTHORITY]
    if not uais:
        return []
    return [
        Waiting(What.SUPPORT_ASKED, asked.uai, timezone.localdate(asked.asked_at), asked.pk)
        for asked in support.waiting_in(uais=uais, at=at)
    ]


def _constats(actor: Actor, today: date) -> list[Waiting]:
    """Tell the constats that wait for her signature, and until when."""
    own = {right.uai for right in actor.rights if right.uai != AUTHORITY}
    uais = sorted(uai for uai in own if actor.holds(Permission.CENSUS_SIGN, uai))
    return [
        Waiting(What.CONSTAT_TO_SIGN, one.uai, one.closes_on, year=one.year)
        for one in (to_sign(uais=uais, today=today) if uais else ())
    ]


def _campaign(actor: Actor, schools: Sequence[str], today: date) -> list[Waiting]:
    """Tell the authority which schools are stuck in the campaign of the year, and which constats are missing."""
    found = []
    if actor.holds(Permission.SCHOOLS_FOLLOW, AUTHORITY):
        reach = [uai for uai in actor.reach(schools, Permission.SCHOOLS_FOLLOW) if uai != AUTHORITY]
        seen = steer(uais=reach, today=today)
        may_remind = actor.holds(Permission.CAMPAIGN, AUTHORITY)
        counts = {
            What.SCHOOLS_BLOCKED: seen.blocked,
            What.SCHOOLS_TO_REMIND: seen.to_remind if may_remind else 0,
            What.SCHOOLS_LATE: 0 if may_remind and seen.to_remind else seen.late,
        }
        found = [
            Waiting(what, year=seen.year, count=count, campaign=seen.campaign)
            for what, count in counts.items()
            if count
        ]
    if actor.holds(Permission.CENSUS_LEAD, AUTHORITY):
        reach = [uai for uai in actor.reach(schools, Permission.CENSUS_LEAD) if uai != AUTHORITY]
        year = school_year.school_year_of(today)
        missing = unsigned(uais=reach, year=year, today=today)
        if missing.late:
            found.append(Waiting(What.CONSTATS_MISSING, year=year, count=missing.late))
        if missing.closed:
            found.append(Waiting(What.CONSTATS_CLOSED, year=year, count=missing.closed))
    return found


def _steps(actor: Actor, today: date) -> list[Waiting]:
    """Tell the next step of each school of hers, in the year that it prepares, else in the one under way."""
    own = {right.uai for right in actor.rights if right.uai != AUTHORITY}
    uais = sorted(uai for uai in own if actor.holds(Permission.PREPARE, uai))
    years: dict[str, int] = {}
    for row in years_of(*uais) if uais else ():
        if row.state != SchoolYear.State.CLOSED:
            years[row.uai] = row.year
    found = []
    for year in sorted(set(years.values())):
        of_year = [uai for uai, its in years.items() if its == year]
        for uai, states in steps_of(*of_year, year=year, today=today).items():
            following = next_step(states)
            if following is not None and following.act not in _OF_AUTHORITY:
                found.append(Waiting(What.NEXT_STEP, uai, year=year, step=following.step.label))
    return found


def _imports(actor: Actor, schools: Sequence[str]) -> list[Waiting]:
    reach = [uai for uai in actor.reach(schools, Permission.IMPORT) if uai != AUTHORITY]
    if not reach:
        return []
    found = []
    for run in runs.waiting_runs(uais=reach):
        what = _of_run(actor, run)
        if what is not None:
            received_on = timezone.localdate(run.received_at)
            found.append(Waiting(what, run.uai, received_on, run.pk, run.year))
    wide = [one for one in found if one.what is What.IMPORT_HELD_FOR_AUTHORITY]
    if len(wide) > 1:
        # One line, that leads to the first: those of a whole académie would hide all the rest.
        first = replace(wide[0], count=len(wide))
        return [first, *(one for one in found if one not in wide)]
    return found


def _numbers(actor: Actor, schools: Sequence[str]) -> list[Waiting]:
    """Tell the INE that software has not taken yet, and how many disputes stand."""
    own = {right.uai for right in actor.rights if right.uai != AUTHORITY}
    uais = sorted(uai for uai in own if actor.holds(Permission.EXPORT, uai))
    found = [
        Waiting(What.INE_TO_EXPORT, uai, year=year, count=count)
        for (uai, year), count in sorted(numbers_to_take(uais=uais).items())
    ]
    if actor.holds(Permission.IDENTITIES, AUTHORITY):
        reach = [uai for uai in actor.reach(schools, Permission.IDENTITIES) if uai != AUTHORITY]
        count = count_open(uais=reach)
        if count:
            found.append(Waiting(What.INE_DISPUTES, count=count))
        merges = count_merges_to_answer(actor=actor.login)
        if merges:
            found.append(Waiting(What.INE_MERGES, count=merges))
    return found


def _of_run(actor: Actor, run: ImportRun) -> What | None:
    if run.state == ImportRun.State.UNTOLD:
        return What.COLUMNS_TO_TELL if actor.holds(Permission.IMPORT, run.uai) else None
    if run.state == ImportRun.State.PLANNED:
        may = actor.holds(Permission.IMPORT_CONFIRM, run.uai)
        return What.IMPORT_TO_CONFIRM if may else None
    if any(guard.get("needs_authority") for guard in run.guards):
        may = actor.holds(Permission.IMPORT_RELEASE_WIDE, run.uai)
        return What.IMPORT_HELD_FOR_AUTHORITY if may else None
    return What.IMPORT_HELD if actor.holds(Permission.IMPORT_RELEASE, run.uai) else None


def _staff(actor: Actor, schools: Sequence[str], today: date) -> list[Waiting]:
    found = []
    for uai in actor.reach(schools, Permission.STAFF):
        held = rights.rights_in(uai=uai, today=today)
        to_activate = {
            right.person_id for right in held if right.person.state == Person.State.INVITED
        }
        if to_activate:
            found.append(Waiting(What.STAFF_TO_ACTIVATE, uai, count=len(to_activate)))
        ending = [
            right.ends_on
            for right in held
            if right.ends_on
            and right.ends_on <= today + AHEAD
            and right.person_id != actor.person_id
        ]
        if ending:
            found.append(Waiting(What.STAFF_RIGHT_ENDS, uai, min(ending), count=len(ending)))
    return found


def _own(actor: Actor, today: date) -> list[Waiting]:
    found = [
        Waiting(What.RIGHT_ENDS, right.uai, right.ends_on)
        for right in actor.rights
        if right.ends_on is not None and right.ends_on <= today + AHEAD
    ]
    keys = list(Key.objects.filter(person_id=actor.person_id, state=Key.State.ACTIVE))
    ending = [key.expires_on for key in keys if key.expires_on and key.expires_on <= today + AHEAD]
    if ending:
        found.append(Waiting(What.KEY_EXPIRES, on=min(ending)))
    if len(keys) == 1:
        found.append(Waiting(What.ONE_KEY_ONLY))
    return found
