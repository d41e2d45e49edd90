"""Who may open what: every URL, by every method, for every profile, in every school; and each wall alone.

What is expected is written in `matrix.csv`, by hand, apart from what the views declare. A URL without
a line fails. `support` is a help-desk agent in an open support session in the school of the others.
"""

import csv
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tests.access.doorstep import (
    ONLY_THE_DOOR,
    REFUSALS_DRAWN,
    Doorkeeper,
    DoorstepMiddleware,
    DoorstepTemplates,
)
from tests.access.world import (
    CANARY,
    CLOSED_YEAR,
    HEAD_CANARY,
    OTHERS,
    OUTSIDE,
    PROFILES,
    World,
    make_world,
)
from tests.bases import Base

from bascule.accounts import policy, sessions
from bascule.accounts.profiles import Profile

pytestmark = pytest.mark.matrix

METHODS = ("GET", "POST")
#: A GET without its text, and what the gate refuses before it looks at who asks.
OTHER_METHODS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
WHO = (*OTHERS, *(profile.code for profile in PROFILES))
#: In the school that is asked, whoever holds most there and whoever holds least.
AT_SCHOOL = (Profile.HEAD.code, Profile.TEACHER.code)
OF_AUTHORITY = {profile.code for profile in PROFILES if profile.is_of_authority} | {"support"}


@dataclass(frozen=True)
class Line:
    """What is expected of one URL."""

    url: str
    door: str
    who: frozenset[str]


@dataclass(frozen=True)
class Cell:
    """One knock at one door."""

    url: str
    method: str
    who: str
    where: str
    status: int
    is_open: bool
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.url} by {self.who} in the {self.where} school: {self.status}"


@cache
def lines() -> dict[str, Line]:
    with Path(__file__).with_name("matrix.csv").open(encoding="utf-8") as file:
        return {
            row["url"]: Line(row["url"], row["door"], frozenset(row["who"].split()))
            for row in csv.DictReader(file)
        }


@cache
def urls() -> dict[str, set[str]]:
    """Give the names of all URLs, and the arguments that each takes."""
    return dict(_walk(get_resolver().url_patterns, "", set()))


def _walk(
    patterns: list[URLPattern | URLResolver], prefix: str, above: set[str]
) -> Iterator[tuple[str, set[str]]]:
    for pattern in patterns:
        taken = above | set(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            name = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _walk(pattern.url_patterns, name, taken)
        else:
            yield f"{prefix}{pattern.name}", taken


def test_every_url_has_its_line_and_every_line_its_url() -> None:
    assert set(urls()) == set(lines())


@pytest.fixture(scope="module")
def world(module_base: Base) -> Iterator[World]:
    middleware, backend = (
        f"{one.__module__}.{one.__name__}" for one in (DoorstepMiddleware, DoorstepTemplates)
    )
    with override_settings(
        MIDDLEWARE=[*settings.MIDDLEWARE, middleware],
        TEMPLATES=[{**settings.TEMPLATES[0], "BACKEND": backend}],
    ):
        yield make_world()


@pytest.fixture(autouse=True)
def doorkeeper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "recognise", Doorkeeper(sessions.recognise))


@pytest.mark.parametrize("url", sorted(urls()))
def test_each_door_opens_to_those_it_is_for_and_to_nobody_else(
    world: World, url: str, tally: Any
) -> None:
    line = lines()[url]

    cells = list(knocks(world, line))
    wrong = [str(cell) for cell in cells if not is_right(line, cell)]

    tally("access matrix, cells", len(cells))
    tally("access matrix, wrong cells", len(wrong))
    assert wrong == []


@pytest.mark.parametrize("url", ["pupils:record", "years:list"])
def test_nobody_opens_a_door_by_another_method(world: World, url: str, tally: Any) -> None:
    line = lines()[url]

    cells = list(knocks(world, line, WHO))

    tally("access matrix, cells", len(cells))
    assert [str(cell) for cell in cells if not is_right(line, cell)] == []


def test_with_every_check_in_python_open_the_base_alone_shows_nothing_of_next_door(
    world: World, monkeypatch: pytest.MonkeyPatch, tally: Any
) -> None:
    monkeypatch.setattr(policy, "may", lambda *_, **__: True)
    monkeypatch.setattr(policy, "belongs", lambda *_, **__: True)
    asked = [line for line in lines().values() if line.door in {"school", "authority"}]

    cells = [
        cell
        for line in asked
        for who, method in itertools.product(AT_SCHOOL, METHODS)
        for cell in [knock(world, line.url, method, who, "other")]
    ]
    leaks = [str(cell) for cell in cells if CANARY.encode() in cell.body]
    opened = knock(world, "follow:schools", "GET", Profile.SECRETARY.code, "own")

    tally("PostgreSQL alone, cells", len(cells))
    tally("PostgreSQL alone, leaks", len(leaks))
    assert opened.is_open, "the checks in Python were not open"
    assert leaks == []


def test_with_the_policies_of_the_base_off_python_alone_shows_nothing_of_next_door(
    world: World, tally: Any
) -> None:
    asked = [line for line in lines().values() if line.door in {"school", "authority"}]
    of_school = [who for who in WHO if who not in OUTSIDE | OF_AUTHORITY]
    # The page that says no is drawn at each door for some, and for each of the others once.
    drawn: dict[str, set[str] | None] = {
        who: None if who in AT_SCHOOL else set() for who in of_school
    }

    with walls_down():
        cells = [
            cell
            for line in asked
            for who, method in itertools.product(of_school, ("GET", "POST"))
            for cell in [knock(world, line.url, method, who, "other", refusals=drawn[who])]
        ]
        seen = knock(world, "pupils:list", "GET", "deep", "other")
    leaks = [
        str(cell)
        for cell in cells
        if CANARY.encode() in cell.body or HEAD_CANARY.encode() in cell.body or cell.is_open
    ]

    tally("Python alone, cells", len(cells))
    tally("Python alone, leaks", len(leaks))
    assert CANARY.encode() in seen.body, "there was nothing to leak"
    assert leaks == []


def knocks(world: World, line: Line, others: Sequence[str] = ()) -> Iterator[Cell]:
    """Knock as everybody, everywhere; by the other methods as an outsider and one whose door it is.

    What a page answers is looked at once for people of schools and once for those of the authority,
    in each place and by each method; of the others, only whether the gate lets them in. What a page
    says to whom it refuses is looked at once for each of the two, in each place.
    """
    drawn: set[tuple[str, str, bool]] = set()
    refusals: dict[tuple[str, bool], set[str]] = defaultdict(set)
    places = ["own", "other", "closed"] if line.door == "school" else ["own"]
    others = others or ("anonymous", min(line.who, default=Profile.HEAD.code))
    for method, who, where in (
        *itertools.product(METHODS, WHO, places),
        *itertools.product(OTHER_METHODS, others, places),
    ):
        kind = (method, where, who in OF_AUTHORITY)
        cell = knock(
            world,
            line.url,
            method,
            who,
            where,
            only_the_door=kind in drawn,
            refusals=refusals[kind[1:]],
        )
        # Machines are asked for their token further in.
        if cell.is_open and line.door != "machine":
            drawn.add(kind)
        yield cell


def knock(
    world: World,
    url: str,
    method: str,
    who: str,
    where: str,
    *,
    only_the_door: bool = False,
    refusals: set[str] | None = None,
) -> Cell:
    """Ask once; whatever the view writes is taken back."""
    client = world.browser(who)
    things = world.other if where == "other" else world.own
    arguments = {name: things[name] for name in urls()[url]}
    if where == "closed" and "year" in arguments:
        arguments["year"] = CLOSED_YEAR
    path = reverse(url, kwargs=arguments)
    cookies = SimpleCookie(client.cookies)
    with transaction.atomic():
        answer: Any = client.generic(
            method, path, **{ONLY_THE_DOOR: only_the_door, REFUSALS_DRAWN: refusals}
        )
        transaction.set_rollback(True)
    # Some pages end the session, or give it another number.
    client.cookies = cookies
    return Cell(url, method, who, where, answer.status_code, _is_open(answer), _body(answer))


def is_right(line: Line, cell: Cell) -> bool:
    """Tell whether a knock was answered as written."""
    if cell.status >= 500:
        return False
    if line.door == "machine":
        return cell.status in {401, 405}
    if cell.method not in {"GET", "HEAD", "POST"}:
        return cell.status == 405
    expected = _expected(line, cell)
    if isinstance(expected, str):
        # A year that is closed may be refused by the gate itself, for what writes.
        return cell.is_open or (expected == "open-or-not-there" and cell.status in {404, 409})
    return not cell.is_open and cell.status == expected


def _expected(line: Line, cell: Cell) -> int | str:
    if line.door == "public":
        return "open"
    if cell.who in OUTSIDE:
        return 302
    if line.door == "signed-in":
        return "open"
    if line.door == "authority":
        return "open" if cell.who in line.who else 404
    return _expected_in_school(line, cell)


def _expected_in_school(line: Line, cell: Cell) -> int | str:
    # The agent's session is for the school of the others.
    profile = "cecoia" if cell.who == "support" and cell.where == "other" else cell.who
    if profile not in OF_AUTHORITY and (cell.where == "other" or profile == "expired"):
        return 404
    if profile not in line.who:
        return 403
    if cell.who == "support" and cell.method == "POST":
        return 403
    return "open-or-not-there" if cell.where == "closed" else "open"


def _is_open(answer: HttpResponse) -> bool:
    return bool(getattr(getattr(answer, "wsgi_request", None), "is_let_through", False))


def _body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


class walls_down:  # noqa: N801 - read as a word
    """Switch the policies of PostgreSQL off for a block, as the owner of the tables."""

    def __enter__(self) -> None:
        self._switch("DISABLE")

    def __exit__(self, *_: object) -> None:
        self._switch("ENABLE")

    def _switch(self, word: str) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relforcerowsecurity"
                " AND relnamespace = 'public'::regnamespace"
            )
            for (table,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY")


def test_the_profiles_of_the_matrix_are_those_of_the_house() -> None:
    known = {profile.code for profile in Profile} | set(OTHERS)

    assert {who for line in lines().values() for who in line.who} <= known
