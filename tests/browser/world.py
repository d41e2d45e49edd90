"""The world that the pages show: three schools, their people, the rectorat."""

from dataclasses import dataclass
from typing import Any

from django.test import Client
from tests.cast import Cast
from tests.exchange.ready_school import BEFORE, YEAR, ready_school

from bascule.accounts.models import Person
from bascule.accounts.profiles import Profile
from bascule.schools.open_year import State, change_state, open_year

__all__ = ["YEAR", "World", "build"]


@dataclass
class World:
    """Who may be signed in, and where they are.

    `school` holds pupils, a year that is closed and one in preparation; `empty` was just opened.
    """

    cast: Cast
    school: str
    other: str
    people: dict[str, Person]

    def prepare(self, who: str, client: Client) -> None:
        """Do what somebody does before the pages are looked at."""


def build() -> World:
    """Make it, in the base that is open."""
    mine, other = ready_school(60), ready_school(4, number=2)
    mine.bring()
    signed: dict[str, Any] = {"uai": mine.uai, "actor": "authority", "at": BEFORE}
    open_year(year=YEAR - 1, **signed)
    change_state(year=YEAR - 1, state=State.CLOSED, **signed)
    open_year(year=YEAR + 1, **signed)
    cast = Cast(school=mine.uai, other_school=other.uai)
    both = cast.person("marie-helene.de-la-tour-du-pin")
    cast.give(both.login, Profile.HEAD)
    cast.give(both.login, Profile.HEAD, other.uai)
    people = {
        "head": cast.head,
        "secretary": cast.secretary,
        #: Her school has nothing yet.
        "head next door": cast.head_next_door,
        "head of both": both,
        "outsider": cast.outsider,
        **{
            profile.code: cast.of_authority(profile)
            for profile in Profile
            if profile.is_of_authority
        },
    }
    return World(cast=cast, school=mine.uai, other=other.uai, people=people)
