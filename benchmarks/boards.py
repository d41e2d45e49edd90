"""What following many schools costs: the board of a campaign, its export, and reading the facts behind it."""

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from statistics import quantiles
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import connection as own, transaction
from django.test import Client
from django.utils import timezone

from bascule.accounts import rights, sessions
from bascule.accounts.models import Person
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.campaign import reading
from bascule.store.policies import open_schools
from bascule.values.uai import make_uai
from benchmarks.ground import ACTOR, AT, YEAR, UnexpectedEndError

_TIMES = 20
_OK = 200
_DEPARTMENTS = ("077", "093", "094")
_MEFS = ("10010012110", "10110012110", "10210012110", "10310012110")
#: Milestones in the order of the year: a school has reached some of them.
_MILESTONES = (
    "year.opened", "structures.carried", "common.verified", "release.received", "profile.validated",
    "structures.validated", "nomenclature.sent", "structures.sent", "pupils.imported",
)  # fmt: skip


class Followed(NamedTuple):
    """One thing done with a board.

    Attributes:
        what: the thing.
        seconds: the 95th percentile of pages, or the whole of what is done once.
        aim: at most, in seconds.
    """

    what: str
    seconds: float
    aim: float | None


def follow(connection: "psycopg.Connection[Any]", schools: int) -> Iterator[Followed]:
    """Make schools at all stages, read them, and look at their board as an agent of the authority.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        schools (int): how many.

    Yields:
        Followed: each measure.

    Raises:
        UnexpectedEndError: if a page does not answer.
    """
    uais = [make_uai(_DEPARTMENTS[n % 3], 1000 + schools + n // 3) for n in range(schools)]
    _make(connection, uais)
    start = time.perf_counter()
    reading.refresh(uais=uais, year=YEAR, at=AT)
    yield Followed("reading all facts again, by the worker", time.perf_counter() - start, None)
    start = time.perf_counter()
    reading.refresh_stale(at=AT)
    yield Followed("one minute of the worker, nothing new", time.perf_counter() - start, None)
    client = _agent(f"agent.{schools}")
    here = f"/rectorat/campagne/rentree/{YEAR}/"
    yield Followed("the bare query of what was read", _p95(lambda: _floor(uais)), None)
    yield Followed("first page", _p95(lambda: _get(client, here)), 0.5)
    filtered = f"{here}?departement=093&etat=bloquee&tri=nom"
    yield Followed("blocked schools of a département", _p95(lambda: _get(client, filtered)), 0.5)
    yield Followed("last page", _p95(lambda: _get(client, f"{here}?page=9999")), 0.5)
    yield Followed(
        "one school", _p95(lambda: _get(client, f"{here}etablissements/{uais[0]}/")), 0.5
    )
    for form in ("xlsx", "csv"):
        start = time.perf_counter()
        _get(client, f"{here}tableau.{form}")
        yield Followed(f"all of it as {form}", time.perf_counter() - start, 5.0)


def _get(client: Client, url: str) -> None:
    if client.get(url).status_code != _OK:
        raise UnexpectedEndError(url)


def _floor(uais: list[str]) -> None:
    with transaction.atomic(), own.cursor() as cursor:
        open_schools(*uais)
        cursor.execute("SELECT uai, steps FROM campaign_reading WHERE year = %s", [YEAR])
        cursor.fetchall()


def _p95(do: Callable[[], None]) -> float:
    do()
    times = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        do()
        times.append(time.perf_counter() - start)
    return quantiles(times, n=20)[-1]


def _make(connection: "psycopg.Connection[Any]", uais: list[str]) -> None:
    """Write schools that have come more or less far, with four divisions each; their pupils are measured elsewhere."""
    with connection.transaction():
        # Rows alone: what acts keep beside them is measured elsewhere.
        connection.execute("SET LOCAL session_replication_role = replica")
        asked = {"uais": uais, "year": YEAR, "at": AT, "actor": ACTOR, "mefs": list(_MEFS)}
        for statement in _MAKING:
            connection.execute(statement.encode(), asked)
        for rank, name in enumerate(_MILESTONES):
            connection.execute(
                "INSERT INTO journal_yearmilestone (uai, year, name, act_id, at, actor)"
                " SELECT uai, %s, %s, %s, %s, %s FROM unnest(%s::text[]) WITH ORDINALITY u(uai, n) WHERE n %% 11 >= %s",
                [YEAR, name, rank + 1, AT, ACTOR, uais, rank],
            )
    connection.execute("VACUUM (ANALYZE)")


_MAKING = (
    (
        "INSERT INTO schools_school (uai, name, is_private, last_pupil_number)"
        " SELECT uai, 'Collège privé n° ' || n, true, 20 FROM unnest(%(uais)s::text[]) WITH ORDINALITY u(uai, n)"
    ),
    (
        "INSERT INTO schools_schoolyear (uai, created_act_id, act_id, year, state, starts_on, ends_on, common,"
        " software, uses_sconet) SELECT uai, 1, 1, %(year)s, 'current', make_date(%(year)s, 9, 1),"
        " make_date(%(year)s + 1, 8, 31), '{}', (ARRAY['CHARLEMAGN', 'PRONOTE', 'AGATE', ''])[1 + n %% 4], n %% 5 > 0"
        " FROM unnest(%(uais)s::text[]) WITH ORDINALITY u(uai, n)"
    ),
    (
        "INSERT INTO schools_structure (uai, created_act_id, act_id, year, kind, code, label, contract, rank, mefs,"
        " divisions, planned_count) SELECT uai, 1, 1, %(year)s, 'D', (7 - d) || 'A', '', '', d,"
        " jsonb_build_array((%(mefs)s::text[])[d]), '[]', 26 FROM unnest(%(uais)s::text[]) u(uai),"
        " generate_series(1, 4) d"
    ),
    (
        "INSERT INTO nomenclatures_profileentry (uai, created_act_id, act_id, year, block, key, rank, fields)"
        " SELECT uai, 1, 1, %(year)s, 'MEF', mef, 1, '{\"MEF_SELECTIONNE\": \"1\"}'"
        " FROM unnest(%(uais)s::text[]) u(uai), unnest(%(mefs)s::text[]) m(mef)"
    ),
)


def _agent(login: str) -> Client:
    """Sign an agent of the authority in, as the tests of pages do."""
    now = timezone.now()  # noqa: TID251 - a session of this minute
    person = Person.objects.create(
        login=login,
        first_name="Anne",
        family_name="PETIT",
        state=Person.State.ACTIVE,
        created_at=now,
        created_by=ACTOR,
    )
    rights.give(
        person=person, profile=Profile.DEEP, uai=AUTHORITY, starts_on=timezone.localdate(), ends_on=None,
        actor=ACTOR, at=now, permission=None, department="",
    )  # fmt: skip
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    sessions.begin(store, person=person, key_id=None, at=now, address="127.0.0.1", agent=ACTOR)
    store.save()
    client = Client(SERVER_NAME="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
    return client
