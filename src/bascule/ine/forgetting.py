"""Forget what the directory holds: a school's links with the pupil, the person ten years after the last school."""

from collections.abc import Sequence

from django.db import connection, transaction

from bascule.ine.directory import hold_directory, open_directory
from bascule.ine.models import Link, Request
from bascule.store.policies import open_schools

_DUE = """
SELECT p.root_id FROM ine_person p GROUP BY p.root_id
HAVING max(make_date(coalesce(p.last_year, extract(year FROM p.since)::integer) + 1, 8, 31)) < purge_limit('person')
AND NOT EXISTS (SELECT FROM ine_link l JOIN ine_person q ON q.id = l.person_id WHERE q.root_id = p.root_id)
"""


def forget_links(*, uai: str, ids: Sequence[int]) -> int:
    """Remove what ties pupils of a school to persons, within an act.

    Args:
        uai (str): the school.
        ids (Sequence[int]): the pupils.

    Returns:
        int: links and requests removed.
    """
    links, _ = Link.objects.filter(uai=uai, student_id__in=ids).delete()
    requests, _ = Request.objects.filter(uai=uai, student_id__in=ids).delete()
    return links + requests


def forget_decisions(*, uai: str, ids: Sequence[int]) -> int:
    """Remove what was decided about pupils of a school who are gone, within an act.

    Args:
        uai (str): the school.
        ids (Sequence[int]): the pupils.

    Returns:
        int: decisions removed.
    """
    open_directory()
    with connection.cursor() as cursor:
        cursor.execute("SELECT purge_decisions(%s, %s::bigint[])", [uai, list(ids)])
        return int(cursor.fetchone()[0])


def due(*, uais: Sequence[str]) -> list[int]:
    """List the identities whom no school has, nor has had for long.

    Args:
        uais (Sequence[str]): all schools: a link of any of them keeps a person.

    Returns:
        list[int]: roots of persons joined together.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        open_directory()
        cursor.execute(_DUE)
        return [row[0] for row in cursor.fetchall()]


def forget_persons(*, roots: Sequence[int]) -> int:
    """Remove identities, within an act that reads all schools.

    Args:
        roots (Sequence[int]): what `due` gave.

    Returns:
        int: persons removed.
    """
    hold_directory()
    with connection.cursor() as cursor:
        cursor.execute("SELECT purge_persons(%s::bigint[])", [list(roots)])
        return int(cursor.fetchone()[0])
