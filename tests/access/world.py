"""A world for the matrix: two schools that hold one of each thing, and one person of each kind.

Names of the other school's pupils and people hold a word that is nowhere else, so that one look at
an answer tells whether anything of it came through.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from tests.cast import Cast, browser
from tests.exchange.ready_school import AT, YEAR, ReadySchool
from tests.ine.asking import put_in_dispute
from tests.pupils_of import pupils_of
from tests.qualification.by_hand import qualified

from bascule.accounts import pending, rights, support, tokens
from bascule.accounts.actor import actor_of
from bascule.accounts.models import Key, Person
from bascule.accounts.pending import Stage
from bascule.accounts.profiles import Permission, Profile
from bascule.accounts.scopes import Scope
from bascule.bea import nights
from bascule.bea.board import transfers
from bascule.bea.follow import list_nights
from bascule.bea.models import Night
from bascule.certificates.issue import candidates, issue
from bascule.certificates.models import Certificate
from bascule.exchange import runs
from bascule.exchange.follow import find_exchanges
from bascule.ine import answers
from bascule.preparation import openings
from bascule.qualification import keys
from bascule.schools.open_year import State, change_state, open_year
from bascule.schools.structures import structures_of
from bascule.store.policies import confine

CANARY = "ZZCANARI"
#: The head next door: people are of no school, and only the first wall is between them.
HEAD_CANARY = "ZZCHEF"
CLOSED_YEAR = YEAR - 1

#: Who knocks, besides one person of each profile.
OTHERS = ("anonymous", "disabled", "no-key", "expired", "delegate", "support")
#: Those who are not signed in.
OUTSIDE = {"anonymous", "disabled", "no-key"}
PROFILES = tuple(one for one in Profile if one not in {Profile.DELEGATE, Profile.SUPPORT})


@dataclass
class World:
    """Two schools, their things, and the people who knock.

    Attributes:
        cast: the people.
        own: arguments of URLs for the school of the people of schools.
        other: the same for the school next door.
    """

    cast: Cast
    own: dict[str, Any] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)
    _browsers: dict[str, Client] = field(default_factory=dict)

    def browser(self, who: str) -> Client:
        if who not in self._browsers:
            self._browsers[who] = _MAKERS[who](self) if who in _MAKERS else self._of_profile(who)
            _seen_for_long(self._browsers[who])
        return self._browsers[who]

    def _of_profile(self, code: str) -> Client:
        self.cast.give(f"one.{code}", Profile.of(code))
        client = browser(self.cast.person(f"one.{code}"))
        # She comes from her own school: each knock there does not write anew where she was last.
        session = client.session
        session["school"] = self.cast.school
        session.save()
        return client


def _seen_for_long(client: Client) -> None:
    """Leave each knock nothing to write of when she was last seen: it would be taken back each time."""
    session = client.session if settings.SESSION_COOKIE_NAME in client.cookies else {}
    if "seen_at" in session:
        session["seen_at"] = (timezone.now() + timedelta(hours=1)).isoformat()
        session.save()


def make_world() -> World:
    """Make both schools with one of each thing in each."""
    mine, other = Cast.of_two_schools()
    cast = Cast(school=mine.uai, other_school=other.uai)
    for login in ("claire.morel", "anne.voisin"):
        cast.person(login)
    assert cast.head
    assert cast.head_next_door
    nights.run(day=AT.date(), origin=Night.Origin.ASKED, actor="tests", clock=timezone.now)
    world = World(cast)
    world.own, world.other = _things(world, mine), _things(world, other)
    _name_the_canaries(other.uai, cast.head_next_door)
    return world


def _things(world: World, school: ReadySchool) -> dict[str, Any]:
    """Put one of each thing in a school, and give the arguments that name them in URLs."""
    signed: dict[str, Any] = {"actor": "tests", "at": timezone.now()}
    open_year(uai=school.uai, year=CLOSED_YEAR, state=State.PREPARATION, **signed)
    change_state(uai=school.uai, year=CLOSED_YEAR, state=State.CLOSED, **signed)
    head = world.cast.head if school.uai == world.cast.school else world.cast.head_next_door
    return {
        "uai": school.uai,
        "year": YEAR,
        "annee": YEAR,
        "run_id": runs.list_runs(uai=school.uai)[0].pk,
        "sent_id": next(
            line.id
            for line in find_exchanges(uai=school.uai, year=YEAR).lines
            if not line.is_received
        ),
        "pupil_id": pupils_of(school.uai, YEAR)[0].id,
        "person": head.pk,
        "right": rights.rights_in(uai=school.uai, today=timezone.localdate())[0].pk,
        "key_id": _key_of(head),
        "token_id": _token_of(school.uai, head),
        "support_id": _demand_to(world, school.uai),
        "campaign": "rentree",
        "qualification_id": qualified(software="AUTRE").pk,
        "fingerprint": _trusted(),
        "task": "gep",
        "name": "retrait",
        "first": YEAR + 1,
        "number": _opening_of(school.uai),
        "structure_id": structures_of(uai=school.uai, year=YEAR)[0].pk,
        "form": "csv",
        **_certified(school.uai),
        **_disputed(school.uai),
        "transfer_id": transfers(uai=school.uai, year=YEAR)[0].pk,
        "night_id": list_nights()[0].night.pk,
        "school_uai": school.uai,
        "tab": "historique",
        "part": "identite",
        "act_id": 0,
    }


def _certified(uai: str) -> dict[str, Any]:
    """Give a pupil of a school a certificate."""
    pupil = candidates(uai=uai, year=YEAR)[0]
    made = issue(
        uai=uai,
        year=YEAR,
        kind=Certificate.Kind.SCHOOLING,
        pupil_ids=[pupil.id],
        actor="tests",
        at=timezone.now(),
    ).certificates[0]
    return {"certificate_id": made.pk, "code": made.code}


def _disputed(uai: str) -> dict[str, Any]:
    """Put a pupil of a school in dispute, answered by an agent: it waits for a second one."""
    signed: dict[str, Any] = {"actor": "agent", "at": timezone.now()}
    request = put_in_dispute(uai)
    done = answers.answer_same(
        uai=uai,
        request_id=request.pk,
        person_id=request.candidates[0]["person"],
        why="essais",
        **signed,
    )
    return {
        "request_id": request.pk,
        "merge_id": done.merge_id,
        "decision_id": done.decision_id,
        "person_id": request.candidates[0]["person"],
    }


def _key_of(person: Person) -> int:
    """Give somebody a key, as an object in her hand."""
    key = Key.objects.create(
        kind=Key.Kind.HOTP,
        state=Key.State.ACTIVE,
        person=person,
        serial=f"SERIE-{person.pk}",
        received_at=timezone.now(),
    )
    return key.pk


def _token_of(uai: str, head: Person) -> int:
    today = timezone.localdate()
    return tokens.create(
        uai=uai,
        name="logiciel",
        scopes=[Scope.RUNS_READ],
        expires_on=today + timedelta(days=30),
        actor=actor_of(head, today=today),
        at=timezone.now(),
        today=today,
    ).token.pk


def _opening_of(uai: str) -> int:
    """Press the opening of the next year for a school, and stop it before it did anything."""
    signed: dict[str, Any] = {"actor": "tests", "at": timezone.now()}
    pressed = openings.press(uais=[uai], year=YEAR + 1, keeps_going=False, **signed)
    openings.request_stop(number=pressed.pk, **signed)
    return pressed.pk


def _demand_to(world: World, uai: str) -> int:
    """Make an agent who is nobody else ask a school, which does not answer."""
    world.cast.give(f"agent.{uai.lower()}", Profile.CECOIA)
    agent = actor_of(world.cast.person(f"agent.{uai.lower()}"), today=timezone.localdate())
    return support.ask(uai=uai, reason="essais", minutes=30, actor=agent, at=timezone.now()).pk


def _trusted() -> str:
    known = keys.trusted_keys()
    if not known:
        keys.trust_key(fingerprint="a" * 64, holder="Le kit", actor="tests", at=timezone.now())
    return "a" * 64


def _name_the_canaries(uai: str, head: Person) -> None:
    """Give everybody next door a name that nobody else bears, without any act: as the owner would."""
    with connections["owner"].cursor() as cursor:
        for table in ("students_student", "students_guardian"):
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(
                f"UPDATE {table} SET family_name = %s || id, usual_name = NULL WHERE uai = %s",  # noqa: S608
                [CANARY, uai],
            )
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        cursor.execute(
            "UPDATE accounts_person SET family_name = %s, first_name = %s WHERE id = %s",
            [HEAD_CANARY, HEAD_CANARY, head.pk],
        )


def _anonymous(world: World) -> Client:
    return browser()


def _disabled(world: World) -> Client:
    world.cast.give("one.disabled", Profile.HEAD)
    client = browser(world.cast.person("one.disabled"))
    Person.objects.filter(login="one.disabled").update(state=Person.State.DISABLED)
    return client


def _without_key(world: World) -> Client:
    """Give a browser that has passed the password and not the key."""
    world.cast.give("one.keyless", Profile.HEAD)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    person = world.cast.person("one.keyless")
    pending.begin(store, person=person, stage=Stage.KEY, at=timezone.now())
    store.save()
    client = browser()
    client.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
    return client


def _expired(world: World) -> Client:
    """Give a browser of somebody whose only right, all that a head may delegate, ended yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    for permission in Permission:
        if permission.is_delegable:
            world.cast.give(
                "one.expired", Profile.DELEGATE, permission=permission, ends_on=yesterday
            )
    return browser(world.cast.person("one.expired"))


def _delegate(world: World) -> Client:
    world.cast.give("one.delegate", Profile.DELEGATE, permission=Permission.PUPILS_READ)
    return browser(world.cast.person("one.delegate"))


def _support(world: World) -> Client:
    """Give a browser of an agent who looks at the first school, whose head accepted."""
    now, today = timezone.now(), timezone.localdate()
    world.cast.give("one.support", Profile.CECOIA)
    agent = actor_of(world.cast.person("one.support"), today=today)
    asked = support.ask(uai=world.cast.school, reason="essais", minutes=60, actor=agent, at=now)
    head = actor_of(world.cast.head, today=today)
    support.accept(uai=world.cast.school, support_id=asked.pk, actor=head, at=now)
    client = browser(world.cast.person("one.support"))
    session = client.session
    with transaction.atomic():
        # As the gate does for the agent's own pages.
        confine(person_id=agent.person_id)
        support.enter(session, support_id=asked.pk, actor=agent, at=now)
    session.save()
    return client


_MAKERS: dict[str, Callable[[World], Client]] = {
    "anonymous": _anonymous,
    "disabled": _disabled,
    "no-key": _without_key,
    "expired": _expired,
    "delegate": _delegate,
    "support": _support,
}
