"""The people of the demonstration: in its school and at its rectorat, each with a real key.

They exist in the embedded base alone. Their password and their keys are made by chance once for each
home; the codes of their keys can be told at any time, which is what makes them fit for nothing else.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.utils import timezone

from bascule.accounts import passphrase, passwords, rights
from bascule.accounts.actor import Actor, actor_of
from bascule.accounts.keys import fleet, one_time
from bascule.accounts.keys.oath import CodeSource
from bascule.accounts.keys.seed import Seed
from bascule.accounts.keys.seeds import SeedFile
from bascule.accounts.models import Key, Person, Right
from bascule.accounts.profiles import AUTHORITY, Permission, Profile
from bascule.errors import RefusedError
from bascule.journal.act import act
from bascule.store import embedded
from bascule.store.policies import confine, put_back

#: What signs the accounts of the demonstration, and tells them from any other.
SIGNATURE = "démonstration"
#: Hardware keys delivered to the rectorat, one of which is handed over.
_DELIVERED = 12


class NotFictionalError(RefusedError):
    """The base is not the one that comes with the program: its people are real."""

    code = "demo.not-embedded"

    def __init__(self) -> None:
        super().__init__(
            "Les comptes de la démonstration n’existent que dans la base fournie avec le programme."
        )


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody to play: names, trade, and what she was delegated if she has no trade."""

    first_name: str
    family_name: str
    profile: Profile
    permissions: tuple[Permission, ...] = ()


ROLES = (
    Role("Hélène", "VASSEUR", Profile.HEAD),
    Role("Sophie", "LAMBERT", Profile.SECRETARY),
    Role("Karim", "BENALI", Profile.DELEGATE, (Permission.PUPILS_READ, Permission.IMPORT)),
    Role("Julien", "ROCHE", Profile.TEACHER),
    Role("Nadia", "FERRAND", Profile.DEEP),
    Role("Thomas", "LE GOFF", Profile.CECOIA),
    Role("Inès", "MARCHAND", Profile.OPERATIONS),
    Role("Paul", "ESTEVE", Profile.PAPEP),
    Role("Claire", "DUBREUIL", Profile.BEA_INE),
    Role("Marc", "OLIVIER", Profile.DPO),
)
#: Who holds a hardware key: the others have an application.
_WITH_A_BUTTON = Profile.SECRETARY


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody who can sign in now.

    Attributes:
        login: what to type.
        name: who it is.
        trade: French.
        code: what her key shows at the instant that was asked.
    """

    login: str
    name: str
    trade: str
    code: str


def settle(*, uais: Sequence[str], at: datetime) -> None:
    """Give the demonstration's people, made at the first call, their rights in its schools.

    The head holds all the schools given, the others the first one; rights in schools of a play before
    are withdrawn.

    Args:
        uais (Sequence[str]): the school of the story first.
        at (datetime): when, with its time zone.

    Raises:
        NotFictionalError: if the base is not the embedded one.
    """
    _refuse_real_base()
    today = timezone.localdate(at)
    for role in ROLES:
        person = _person(role, at)
        _withdraw_all(person, at)
        wide = role.profile.is_of_authority
        where = [AUTHORITY] if wide else uais if role.profile is Profile.HEAD else uais[:1]
        for uai in where:
            for permission in role.permissions or (None,):
                rights.give(
                    person=person,
                    profile=role.profile,
                    uai=uai,
                    starts_on=today,
                    ends_on=today + timedelta(days=90) if permission else None,
                    actor=SIGNATURE,
                    at=at,
                    permission=permission,
                )
        if not Key.objects.filter(person=person).exists():
            _give_a_key(role, person, uais[0], at)


def actor_in(profile: Profile, *, at: datetime) -> Actor:
    """Give somebody of the demonstration as the verbs take her.

    Args:
        profile (Profile): her trade.
        at (datetime): now.

    Returns:
        Actor: who asks.
    """
    role = next(role for role in ROLES if role.profile is profile)
    person = Person.objects.get(
        created_by=SIGNATURE, family_name=role.family_name, first_name=role.first_name
    )
    with put_back():
        return actor_of(person, today=timezone.localdate(at))


def players(*, at: datetime) -> list[Player]:
    """Tell who can sign in, and what their keys show at an instant.

    Args:
        at (datetime): the instant.

    Returns:
        list[Player]: nobody before the first `settle`.

    Raises:
        NotFictionalError: if the base is not the embedded one.
    """
    _refuse_real_base()
    found = []
    for role in ROLES:
        person = Person.objects.filter(
            created_by=SIGNATURE, family_name=role.family_name, first_name=role.first_name
        ).first()
        key = person and Key.objects.filter(person=person, state=Key.State.ACTIVE).first()
        if person and key:
            name = f"{role.first_name} {role.family_name}"
            found.append(Player(person.login, name, role.profile.label, _code(key, at)))
    return found


def password() -> str:
    """Give the password of all the people of the demonstration.

    Returns:
        str: five words, made by chance once for each home.
    """
    _refuse_real_base()
    return passphrase.propose(Random(embedded.secret(settings.BASCULE_HOME, "demo.key")).choice)


def _person(role: Role, at: datetime) -> Person:
    known = Person.objects.filter(
        created_by=SIGNATURE, family_name=role.family_name, first_name=role.first_name
    ).first()
    if known is not None:
        return known
    first, family = (name.lower().replace(" ", "") for name in (role.first_name, role.family_name))
    with act(uai=AUTHORITY, kind="person.create", actor=SIGNATURE, at=at) as opened:
        login = f"{first}.{family}".translate(str.maketrans("éèïë", "eeie"))
        person = Person(
            login=login,
            # Of a domain that nobody can have: what is written to her goes nowhere.
            email=f"{login}@valbrune.example",
            first_name=role.first_name,
            family_name=role.family_name,
            state=Person.State.ACTIVE,
            created_at=at,
            created_by=SIGNATURE,
        )
        # One hash for all, who share a password: making one takes a tenth of a second.
        alike = Person.objects.filter(created_by=SIGNATURE).first()
        person.save()
        if alike is None:
            passwords.set_new(person, password())
        else:
            person.password = alike.password
        person.save()
        opened.facts |= {"person": person.login}
    return person


def _give_a_key(role: Role, person: Person, uai: str, at: datetime) -> None:
    if role.profile is _WITH_A_BUTTON:
        _hand_a_key_to(person, uai, at)
    else:
        # As of a while ago: a code is good once, and the one of now is for whoever signs in.
        enrolled_at = at - timedelta(minutes=5)
        seed = one_time.new_seed()
        source = CodeSource(seed)
        one_time.add_application(
            person_id=person.pk,
            label="Téléphone",
            seed=seed,
            code=source.code(source.step(enrolled_at)),
            actor=SIGNATURE,
            at=enrolled_at,
        )


def _hand_a_key_to(person: Person, uai: str, at: datetime) -> None:
    """Deliver a box of keys to the rectorat, hand the first over, and activate it."""
    seeds = SeedFile(
        form="csv",
        digest=secrets.token_hex(32),
        seeds=tuple(
            Seed(serial=f"DEMO-{rank:05}", secret=secrets.token_bytes(20))
            for rank in range(1, _DELIVERED + 1)
        ),
    )
    fleet.receive(seeds=seeds, actor=SIGNATURE, at=at)
    key = Key.objects.get(serial="DEMO-00001")
    today = timezone.localdate(at)
    handed = fleet.hand_over(
        key_id=key.pk, person_id=person.pk, uai=uai, actor=SIGNATURE, at=at, today=today
    )
    source = CodeSource(seeds.seeds[0].secret)
    one_time.activate_handed(
        person_id=person.pk,
        slip=handed.code,
        first=source.code(0),
        second=source.code(1),
        actor=SIGNATURE,
        at=at,
    )


def _withdraw_all(person: Person, at: datetime) -> None:
    """Take back the rights of a play before: its schools stay, its people go on to the next."""
    with put_back():
        confine(person_id=person.pk)
        held = list(Right.objects.filter(person=person, withdrawn_at__isnull=True))
    for right in held:
        rights.withdraw(right_id=right.pk, uai=right.uai, actor=SIGNATURE, at=at)


def _code(key: Key, at: datetime) -> str:
    source = one_time.source_of(key)
    step = source.step(at) if key.kind == Key.Kind.TOTP else key.counter
    return source.code(step)


def _refuse_real_base() -> None:
    if not settings.BASCULE_EMBEDDED:
        raise NotFictionalError
