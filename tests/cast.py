"""The people of the tests: a head and her secretary, a head next door, the rectorat, an outsider.

`Cast` makes two schools with pupils and whoever is asked for; `browser` signs somebody in without
the forms, which have tests of their own.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from tests.exchange.ready_school import ReadySchool, ready_school

from bascule.accounts import rights, sessions
from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import AUTHORITY, Permission, Profile

PASSWORD = "trois chevaux bleus"  # noqa: S105 - of fictional people
#: One hash for all: making one takes a tenth of a second.
_HASH: list[str] = []


@dataclass
class Cast:
    """Who plays, and where: two schools that exist in the directory."""

    school: str
    other_school: str
    people: dict[str, Person] = field(default_factory=dict)

    @staticmethod
    def of_two_schools() -> tuple[ReadySchool, ReadySchool]:
        """Make two schools with a few pupils each."""
        mine, other = ready_school(6), ready_school(4, number=2)
        mine.bring()
        other.bring()
        return mine, other

    def person(self, login: str, *, state: str = Person.State.ACTIVE) -> Person:
        if login not in self.people:
            first, _, last = login.partition(".")
            self.people[login] = Person.objects.create(
                login=login,
                first_name=first.title(),
                family_name=(last or login).upper(),
                email=f"{login}@example.fr",
                state=state,
                password=_password_hash(),
                created_at=timezone.now(),
                created_by="tests",
            )
        return self.people[login]

    def give(
        self,
        login: str,
        profile: Profile,
        uai: str | None = None,
        *,
        permission: Permission | None = None,
        department: str = "",
        starts_on: date | None = None,
        ends_on: date | None = None,
    ) -> Right:
        today = timezone.localdate()
        where = AUTHORITY if profile.is_of_authority else (uai or self.school)
        return rights.give(
            person=self.person(login),
            profile=profile,
            uai=where,
            starts_on=starts_on or today - timedelta(days=30),
            ends_on=ends_on or (today + timedelta(days=30) if permission else None),
            actor="tests",
            at=timezone.now(),
            permission=permission,
            department=department,
        )

    @cached_property
    def head(self) -> Person:
        self.give("claire.morel", Profile.HEAD)
        return self.person("claire.morel")

    @cached_property
    def secretary(self) -> Person:
        self.give("paul.petit", Profile.SECRETARY)
        return self.person("paul.petit")

    @cached_property
    def head_next_door(self) -> Person:
        self.give("anne.voisin", Profile.HEAD, self.other_school)
        return self.person("anne.voisin")

    @cached_property
    def outsider(self) -> Person:
        return self.person("jean.dehors")

    def of_authority(self, profile: Profile) -> Person:
        login = f"agent.{profile.code}"
        if login not in self.people:
            self.give(login, profile)
        return self.person(login)


def browser(person: Person | None = None, *, at: datetime | None = None, **extra: Any) -> Client:
    """Give a browser, signed in if a person is given."""
    client = Client(SERVER_NAME="localhost", raise_request_exception=False, **extra)
    if person is not None:
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        sessions.begin(
            store,
            person=person,
            key_id=None,
            at=at or datetime.now(tz=UTC),
            address="127.0.0.1",
            agent="tests",
        )
        store.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
    return client


def _password_hash() -> str:
    if not _HASH:
        _HASH.append(make_password(PASSWORD))
    return _HASH[0]
