"""The facts from which the steps of schools' years are read: the same queries serve one school or all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bascule.accounts.models import Key, Person
from bascule.accounts.profiles import Profile
from bascule.journal.milestones import Milestone, Reached, reached
from bascule.schools.models import SchoolYear
from bascule.store.policies import open_schools, put_back


@dataclass(frozen=True, slots=True)
class YearFacts:
    """What steps are read from: a school's year, in facts.

    Attributes:
        year: first calendar year.
        is_open: whether the school has the year.
        is_closed: whether it is closed.
        uses_sconet: the parameter; None until the school has said.
        reached: milestones.
        retained: MEF that the profile retains.
        divisions: how many.
        groups: how many.
        to_confirm: structures taken over from the year before and not looked at.
        without_division: MEF retained that no division leads to.
        without_mef: divisions that lead to no MEF.
        strays: MEF of divisions that are not retained.
        key_holders: heads and secretaries, and how many of them have an active key.
        helped: people of the school besides its heads.
        pupils: pupils present.
        blocked: those of them kept back by a blocking finding.
    """

    year: int
    is_open: bool = False
    is_closed: bool = False
    uses_sconet: bool | None = None
    reached: Mapping[Milestone, Reached] = field(default_factory=dict)
    retained: Sequence[str] = ()
    divisions: int = 0
    groups: int = 0
    to_confirm: int = 0
    without_division: Sequence[str] = ()
    without_mef: Sequence[str] = ()
    strays: Sequence[str] = ()
    key_holders: tuple[int, int] = (0, 0)
    helped: int = 0
    pupils: int = 0
    blocked: int = 0

    def last(self, *milestones: Milestone) -> Reached | None:
        """Give the latest of some milestones.

        Args:
            *milestones (Milestone): which.

        Returns:
            Reached | None: None when none was reached.
        """
        found = [self.reached[one] for one in milestones if one in self.reached]
        return max(found, key=lambda one: one.act_id, default=None)


def facts_of(*uais: str, year: int, today: date) -> dict[str, YearFacts]:
    """Read the facts of schools' years.

    Args:
        *uais (str): the schools; they are opened for reading, for the time of the call.
        year (int): first calendar year.
        today (date): the day, where the authority is.

    Returns:
        dict[str, YearFacts]: for each school, open or not.
    """
    with transaction.atomic(), put_back():
        open_schools(*uais)
        milestones = reached(*uais, year=year)
        years = {row.uai: row for row in SchoolYear.objects.filter(uai__in=uais, year=year)}
        structures = {row[0]: row[1:] for row in _rows(_STRUCTURES_SQL, uais, year)}
        people = {row[0]: row[1:] for row in _people(uais, today)}
        pupils = {row[0]: row[1:] for row in _rows(_PUPILS_SQL, uais, year)}
    found = {}
    for uai in uais:
        row = years.get(uai)
        retained, divisions, groups, to_confirm, lacking, bare, strays = structures.get(
            uai, ([], 0, 0, 0, [], [], [])
        )
        holders, with_key, helped = people.get(uai, (0, 0, 0))
        present, blocked = pupils.get(uai, (0, 0))
        found[uai] = YearFacts(
            year=year,
            is_open=row is not None,
            is_closed=row is not None and row.state == SchoolYear.State.CLOSED,
            uses_sconet=row.uses_sconet if row else None,
            reached=milestones[uai],
            retained=tuple(retained),
            divisions=divisions,
            groups=groups,
            to_confirm=to_confirm,
            without_division=tuple(lacking),
            without_mef=tuple(bare),
            strays=tuple(strays),
            key_holders=(holders, with_key),
            helped=helped,
            pupils=present,
            blocked=blocked,
        )
    return found


def facts_in(*, uai: str, year: int, at: datetime) -> YearFacts:
    """Read the facts of one school's year.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        at (datetime): now.

    Returns:
        YearFacts: the year.
    """
    return facts_of(uai, year=year, today=timezone.localdate(at))[uai]


# Each part is one pass over the rows of all schools, then a join: never one look for each school.
_STRUCTURES_SQL = """
WITH retained AS (
    SELECT uai, key AS mef FROM nomenclatures_profileentry
    WHERE uai = ANY(%(uais)s) AND year = %(year)s AND block = 'MEF' AND fields->>'MEF_SELECTIONNE' = '1'
), structure AS (
    SELECT uai, kind, code, rank, mefs, is_to_confirm FROM schools_structure
    WHERE uai = ANY(%(uais)s) AND year = %(year)s
), served AS (
    SELECT DISTINCT s.uai, m.mef FROM structure s, jsonb_array_elements_text(s.mefs) AS m(mef) WHERE s.kind = 'D'
), mefs AS (
    SELECT uai,
        coalesce(array_agg(mef ORDER BY mef) FILTER (WHERE r.uai IS NOT NULL), '{}') AS retained,
        coalesce(array_agg(mef ORDER BY mef) FILTER (WHERE v.uai IS NULL), '{}') AS lacking,
        coalesce(array_agg(mef ORDER BY mef) FILTER (WHERE r.uai IS NULL), '{}') AS strays
    FROM retained r FULL JOIN served v USING (uai, mef) GROUP BY uai
), counted AS (
    SELECT uai,
        count(*) FILTER (WHERE kind = 'D') AS divisions,
        count(*) FILTER (WHERE kind = 'G') AS groups,
        count(*) FILTER (WHERE is_to_confirm) AS to_confirm,
        coalesce(array_agg(code ORDER BY rank, code) FILTER (WHERE kind = 'D' AND mefs = '[]'::jsonb), '{}') AS bare
    FROM structure GROUP BY uai
)
SELECT uai, coalesce(m.retained, '{}'), coalesce(c.divisions, 0), coalesce(c.groups, 0),
    coalesce(c.to_confirm, 0), coalesce(m.lacking, '{}'), coalesce(c.bare, '{}'), coalesce(m.strays, '{}')
FROM counted c FULL JOIN mefs m USING (uai)
"""

_PUPILS_SQL = """
SELECT uai, count(*), count(*) FILTER (WHERE is_blocked) FROM students_enrolment
WHERE uai = ANY(%(uais)s) AND year = %(year)s AND left_on IS NULL AND NOT is_expected
GROUP BY uai
"""

_PEOPLE_SQL = """
WITH held AS (
    SELECT r.uai, r.person_id, bool_or(r.profile = %(head)s) AS is_head,
        bool_or(r.profile IN (%(head)s, %(secretary)s) AND r.permission = '') AS is_of_office
    FROM accounts_right r JOIN accounts_person p ON p.id = r.person_id
    WHERE r.uai = ANY(%(uais)s) AND r.withdrawn_at IS NULL AND r.starts_on <= %(today)s
        AND (r.ends_on IS NULL OR r.ends_on >= %(today)s) AND p.state <> %(disabled)s
    GROUP BY r.uai, r.person_id
)
SELECT h.uai, count(*) FILTER (WHERE h.is_of_office),
    count(*) FILTER (WHERE h.is_of_office AND EXISTS (
        SELECT 1 FROM accounts_key k WHERE k.person_id = h.person_id AND k.state = %(active)s AND k.kind <> %(paper)s)),
    count(*) FILTER (WHERE NOT h.is_head)
FROM held h GROUP BY h.uai
"""


def _rows(query: str, uais: Sequence[str], year: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"uais": list(uais), "year": year})
        return list(cursor.fetchall())


def _people(uais: Sequence[str], today: date) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            _PEOPLE_SQL,
            {
                "uais": list(uais),
                "today": today,
                "head": Profile.HEAD.code,
                "secretary": Profile.SECRETARY.code,
                "disabled": Person.State.DISABLED,
                "active": Key.State.ACTIVE,
                "paper": Key.Kind.PAPER,
            },
        )
        return list(cursor.fetchall())
