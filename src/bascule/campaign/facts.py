"""The facts from which campaigns are read: each is one query, for one school or for many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from bascule.accounts.keys import inventory
from bascule.constat.standing import Standing as ConstatStanding, standing as constat_standing
from bascule.exchange import switch_off
from bascule.exchange.dispositions import open_by_rule
from bascule.exchange.flows.ways import OF_RECORDS
from bascule.exchange.models import ImportRun
from bascule.preparation.facts import YearFacts, facts_of
from bascule.preparation.steps import StepState, steps
from bascule.qualification.standing import Standing as SoftwareStanding, read_register
from bascule.store.policies import open_schools, put_back
from bascule.values.steps import Step


@dataclass(frozen=True, slots=True)
class Numbers:
    """The INE of a school's year.

    Attributes:
        pupils: those of the year, expected ones left out.
        lacking: those who have none.
        disputes: requests in dispute.
        errors: requests in error, of pupils who have none.
        given: pupils whose INE the directory gave.
        to_take: of these, those given since the last export of the pupils, and that no file has carried.
        last_given_at: when the last of them came.
    """

    pupils: int = 0
    lacking: int = 0
    disputes: int = 0
    errors: int = 0
    given: int = 0
    to_take: int = 0
    last_given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """What steps of campaigns are read from.

    Attributes:
        year: the preparation of the year.
        prepared: the steps of that preparation.
        software: what the school's files say that they were written by; blank before a first one.
        qualified: what the register of qualified software says of it, in its version.
        run_state: where the last file of pupils stands; blank before a first one.
        run_at: when it came.
        numbers: the INE.
        gep: where GEP stands.
        constat: where the constat stands; None while it does not concern the school.
        only_api: people of the school whose only key is a certificate.
        with_otp: people who have a stronger one.
        planned: pupils that the school foresees; None when it said nothing.
        records: pupils of the year, those who left too: the academic base keeps them to its end.
        in_base: pupils of the academic base, those too, after the last night; None before a first one.
        night: how that night ended, as transfers say; blank before a first one.
        codes: anomalies that are open, by code of rule.
        act_id: the school's last act.
    """

    year: YearFacts
    prepared: Mapping[Step, StepState]
    gep: switch_off.Standing
    qualified: SoftwareStanding
    software: str = ""
    run_state: str = ""
    run_at: datetime | None = None
    numbers: Numbers = field(default_factory=Numbers)
    constat: ConstatStanding | None = None
    only_api: int = 0
    with_otp: int = 0
    planned: int | None = None
    records: int = 0
    in_base: int | None = None
    night: str = ""
    codes: Mapping[str, int] = field(default_factory=dict)
    act_id: int = 0


def school_facts(*, uais: Sequence[str], year: int, at: datetime) -> dict[str, SchoolFacts]:
    """Read the facts of schools' years.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading, for the time of the call.
        year (int): first calendar year.
        at (datetime): now.

    Returns:
        dict[str, SchoolFacts]: of each school, whether it has the year or not.
    """
    if not uais:
        return {}
    today = timezone.localtime(at).date()
    with transaction.atomic(), put_back():
        open_schools(*uais)
        # First: what is done meanwhile is seen as not yet read.
        acts = _by_school(_ACTS_SQL, uais, year)
        years = facts_of(*uais, year=year, today=today)
        schools = _by_school(_SCHOOLS_SQL, uais, year)
        numbers = _by_school(_NUMBERS_SQL, uais, year)
        codes = open_by_rule(uais=uais, year=year, today=today)
        gep = switch_off.standing_of(uais=uais, year=year)
        constats = constat_standing(uais=uais, year=year, at=at)
        keys = {one.uai: one for one in inventory.api_to_otp(uais=uais, today=today)}
    register = read_register()
    found = {}
    for uai in uais:
        software, version, run_state, run_at, planned, records, in_base, night = schools[uai]
        moved = keys.get(uai)
        found[uai] = SchoolFacts(
            year=years[uai],
            prepared={one.step: one for one in steps(years[uai])},
            gep=gep[uai],
            software=software,
            qualified=register.standing(software=software, version=version, today=today),
            run_state=run_state,
            run_at=run_at,
            numbers=Numbers(*numbers.get(uai, ())),
            constat=constats.get(uai),
            only_api=moved.counts[inventory.Standing.ONLY_API] if moved else 0,
            with_otp=moved.done_count if moved else 0,
            planned=planned,
            records=records,
            in_base=in_base,
            night=night,
            codes=codes.get(uai, {}),
            act_id=acts[uai][0] if uai in acts else 0,
        )
    return found


#: What a school is known by: its software, its last file of pupils, what it foresees, what the base holds.
_SCHOOLS_SQL: Final = """
SELECT u.uai, coalesce(nullif(y.software, ''), r.software, ''), coalesce(y.software_version, ''),
    coalesce(r.state, ''), r.received_at, p.planned, e.records, t.base_count, coalesce(t.state, '')
FROM unnest(%(uais)s::text[]) u(uai)
LEFT JOIN schools_schoolyear y ON y.uai = u.uai AND y.year = %(year)s
LEFT JOIN LATERAL (
    SELECT state, received_at, heading->>'software' AS software FROM exchange_importrun
    WHERE uai = u.uai AND year = %(year)s AND flow = ANY(%(flows)s) ORDER BY id DESC LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT base_count, state FROM bea_transfer WHERE uai = u.uai AND year = %(year)s AND at IS NOT NULL
    ORDER BY id DESC LIMIT 1
) t ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS records FROM students_enrolment
    WHERE uai = u.uai AND year = %(year)s AND NOT is_expected
) e
LEFT JOIN (
    SELECT uai, sum(planned_count) AS planned FROM schools_structure
    WHERE uai = ANY(%(uais)s) AND year = %(year)s AND kind = 'D' GROUP BY uai
) p ON p.uai = u.uai
"""

_NUMBERS_SQL: Final = """
SELECT e.uai, count(*), count(*) FILTER (WHERE n.number IS NULL), count(*) FILTER (WHERE r.state = 'LITIGE'),
    count(*) FILTER (WHERE r.state = 'ERREUR' AND n.number IS NULL), count(l.given_at),
    count(*) FILTER (WHERE l.given_at IS NOT NULL AND l.returned_at IS NULL AND (m.at IS NULL OR l.given_at > m.at)),
    max(l.given_at)
FROM students_enrolment e JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai
CROSS JOIN LATERAL (SELECT coalesce(s.ine_rnie, s.ine, s.ine_bea) AS number) n
LEFT JOIN ine_link l ON l.student_id = s.id AND l.uai = e.uai
LEFT JOIN ine_request r ON r.student_id = s.id AND r.uai = e.uai AND r.year = e.year
LEFT JOIN journal_yearmilestone m ON m.uai = e.uai AND m.year = e.year AND m.name = 'pupils.sent'
WHERE e.uai = ANY(%(uais)s) AND e.year = %(year)s AND NOT e.is_expected AND e.left_on IS NULL GROUP BY e.uai
"""

_ACTS_SQL: Final = """
SELECT u.uai, a.id FROM unnest(%(uais)s::text[]) u(uai) CROSS JOIN LATERAL (
    SELECT id FROM journal_act WHERE uai = u.uai ORDER BY sequence DESC LIMIT 1
) a
"""


def waits_for_a_person(run_state: str) -> bool:
    """Tell whether a file of pupils waits for somebody's decision.

    Args:
        run_state (str): where it stands.

    Returns:
        bool: true when it does.
    """
    return run_state in (ImportRun.State.PLANNED, ImportRun.State.HELD)


def _by_school(query: str, uais: Sequence[str], year: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"uais": list(uais), "year": year, "flows": list(OF_RECORDS)})
        return {uai: rest for uai, *rest in cursor.fetchall()}
