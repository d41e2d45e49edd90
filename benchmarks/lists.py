"""What a list, a search and a record cost on the server, beside one bare query of the same rows."""

import time
from collections.abc import Callable
from importlib import import_module
from statistics import quantiles
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import connection as own, transaction
from django.test import Client
from django.utils import timezone
from psycopg import sql

from bascule.accounts import rights, sessions
from bascule.accounts.models import Person
from bascule.accounts.profiles import Profile
from bascule.generator.academy import School
from bascule.store.policies import open_schools
from bascule.students.models import Student
from bascule.students.register import ADDRESSES, ENROLMENTS, GUARDIANS, STUDENTS, TABLES
from benchmarks.ground import ACTOR, YEAR, UnexpectedEndError, deposit, prepare, timed_import

_TIMES = 60
_IDS = frozenset(("id", "student_id", "guardian_id", "address_id"))
_STEP = 10_000_000
#: Numbers that may not come twice in a school: each copy has others.
_OWN_NUMBERS = {
    STUDENTS: "number",
    ENROLMENTS: "private_id",
    GUARDIANS: "private_id",
}
_OK = 200


class Looked(NamedTuple):
    """One page of one school.

    Attributes:
        what: the page.
        seconds: the 95th percentile, on the server.
        floor: the same of the bare query.
    """

    what: str
    seconds: float
    floor: float


def fill_school(school: School) -> None:
    """Import a school's pupils.

    Args:
        school (School): new to the base.
    """
    timed_import(school.uai, deposit(prepare(school), 1))


def grow(connection: "psycopg.Connection[Any]", uai: str, pupils: int) -> None:
    """Copy the pupils of a school within it, until it has a number of them.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        uai (str): the school.
        pupils (int): how many it must have.
    """
    found = connection.execute("SELECT count(*) FROM students_student WHERE uai = %s", [uai])
    copies = -(-pupils // (found.fetchone() or (1,))[0]) - 1
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for table in TABLES:
            connection.execute(_copying(connection, table), {"uai": uai, "copies": copies})
    connection.execute("VACUUM (ANALYZE)")


def measure_pages(uai: str) -> list[Looked]:
    """Look at the pages of a school's pupils, as its head does.

    Args:
        uai (str): the school.

    Returns:
        list[Looked]: the list, searches and a record.

    Raises:
        UnexpectedEndError: if a page does not answer.
    """
    client, floor = client_of(f"head.{uai.lower()}", Profile.HEAD, uai), p95(lambda: _floor(uai))
    with transaction.atomic():
        open_schools(uai)
        one = Student.objects.filter(uai=uai).order_by("sort_key")[300]
    list_url = f"/e/{uai}/{YEAR}/eleves/"
    pages = {
        "the list": list_url,
        "page 10, by division": f"{list_url}?tri=division&page=10",
        "a search, two words": f"{list_url}?q={one.first_name[:4]}+{one.family_name[:3]}",
        "a search, a birth date": f"{list_url}?q={one.birth_date:%d/%m/%Y}",
        "a search, nobody": f"{list_url}?q=zzzz",
        "a record": f"{list_url}{one.pk}/",
    }
    return [
        Looked(what, p95(lambda url=url: get(client, url)), floor) for what, url in pages.items()
    ]  # type: ignore[misc]


def get(client: Client, url: str) -> None:
    """Open a page; one that does not answer is no measure."""
    if client.get(url).status_code != _OK:
        raise UnexpectedEndError(url)


def _floor(uai: str) -> None:
    with transaction.atomic(), own.cursor() as cursor:
        open_schools(uai)
        cursor.execute(
            "SELECT * FROM students_student WHERE uai = %s ORDER BY sort_key LIMIT 50", [uai]
        )
        cursor.fetchall()


def p95(do: Callable[[], None], count: int = _TIMES) -> float:
    """Time something so many times, once it was done; gives the 95th percentile, in seconds."""
    do()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        do()
        times.append(time.perf_counter() - start)
    return quantiles(times, n=20)[-1]


def client_of(login: str, profile: Profile, uai: str) -> Client:
    """Sign somebody in, as the tests of pages do."""
    now = timezone.now()  # noqa: TID251 - a session of this minute
    person = Person.objects.create(
        login=login,
        first_name="Claire",
        family_name="MOREL",
        state=Person.State.ACTIVE,
        created_at=now,
        created_by=ACTOR,
    )
    rights.give(
        person=person, profile=profile, uai=uai, starts_on=timezone.localdate(), ends_on=None,
        actor=ACTOR, at=now, permission=None, department="",
    )  # fmt: skip
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    sessions.begin(store, person=person, key_id=None, at=now, address="127.0.0.1", agent=ACTOR)
    store.save()
    client = Client(SERVER_NAME="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
    return client


def _copying(connection: "psycopg.Connection[Any]", table: str) -> sql.Composed:
    source = sql.Identifier(table)
    described = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(source)).description
    names = [column.name for column in described or ()]
    values: list[sql.Composable] = []
    for name in names:
        column = sql.Identifier("t", name)
        if name in _IDS:
            values.append(sql.SQL("{} + k * {}").format(column, sql.Literal(_STEP)))
        elif name == _OWN_NUMBERS.get(table):
            values.append(sql.SQL("{} + k * 100000").format(column))
        elif name == "digest" and table == ADDRESSES:
            values.append(sql.SQL("decode(md5(t.id::text || '/' || k::text), 'hex')"))
        else:
            values.append(column)
    return sql.SQL(
        "INSERT INTO {} ({}) SELECT {} FROM {} t, generate_series(1, %(copies)s) k WHERE t.uai = %(uai)s"
    ).format(
        source,
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(values),
        source,
    )
