"""Which anomalies of a year stand: what the last imports found, but for what the school did about it.

An anomaly is one rule met by one record of the school's software in one element. What is corrected here,
or announced for the software, is settled until a later file shows it again; what is explained, until the
day that was set.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from bascule.exchange.flows.ways import OF_PLACES, OF_RECORDS
from bascule.exchange.models import Disposition, ImportRun
from bascule.journal.act import OpenAct
from bascule.store import staging

TABLE: Final = "exchange_disposition"
Kind = Disposition.Kind

#: How a record is named from one import to the next; `f` is a finding.
RECORD_SQL: Final = (
    "f.subject || '/' || coalesce(f.private_id::text, '#' || f.target_id, 'r' || f.rank)"
)
#: Whether an anomaly is open, or what was done about it; `d` is a disposition.
STATE_SQL: Final = (
    "CASE WHEN d.kind = 'explained' AND d.until >= %(today)s THEN 'explained'"
    " WHEN d.kind IN ('fixed', 'software') AND d.run_id = f.run_id THEN d.kind ELSE 'open' END"
)


def _from_sql(school: str, *, with_places: bool) -> str:
    """Give the findings in force, each with what was done about it.

    A partial file speaks for its own records alone, and a file of places says nothing of records.
    """
    runs, of_records = "%(runs)s", ""
    if with_places:
        runs = "%(runs)s::bigint[] || %(places)s::bigint[]"
        of_records = " AND NOT f.run_id = ANY(%(places)s::bigint[])"
    return (
        " FROM exchange_runfinding f LEFT JOIN exchange_disposition d ON d.uai = f.uai AND d.year = %(year)s"  # noqa: S608 - our own words
        f" AND d.code = f.code AND d.field = f.field AND d.record = {RECORD_SQL}"
        f" WHERE {school} AND f.run_id = ANY({runs}) AND NOT EXISTS (SELECT FROM exchange_planline l"
        " WHERE l.uai = f.uai AND l.run_id = ANY(%(runs)s) AND l.run_id > f.run_id AND l.entity = f.subject"
        f" AND l.private_id = f.private_id{of_records}) AND NOT EXISTS (SELECT FROM exchange_runfinding g"
        " WHERE g.uai = f.uai AND g.run_id = ANY(%(runs)s) AND g.run_id > f.run_id AND g.subject = f.subject"
        f" AND g.private_id = f.private_id{of_records})"
    )


FROM_SQL: Final = _from_sql("f.uai = %(uai)s", with_places=True)
#: Of many schools: their last whole import, and the partial ones since.
_RUNS_SQL: Final = (
    "SELECT r.id FROM exchange_importrun r WHERE r.uai = ANY(%(uais)s) AND r.year = %(year)s"
    " AND r.flow = ANY(%(flows)s) AND r.state = 'applied' AND r.applied_act_id >= coalesce(("
    "SELECT max(w.applied_act_id) FROM exchange_importrun w WHERE w.uai = r.uai AND w.year = r.year"
    " AND w.flow = ANY(%(flows)s) AND w.state = 'applied'"
    " AND NOT coalesce((w.options->>'partial')::boolean, false)), 0)"
)


class Standing(NamedTuple):
    """A finding in force.

    Attributes:
        id: of the finding.
        run_id: the run that shows it.
        code: its rule.
        subject: whose record: `file`, `person`, `pupil`.
        record: what names the record from one import to the next.
        field: the element.
        rank: rank of the record.
        blocks: whether it keeps the pupil back from the academic base.
        effect: what the import did.
        state: `open`, or what was done about it.
    """

    id: int
    run_id: int
    code: str
    subject: str
    record: str
    field: str
    rank: int
    blocks: bool
    effect: str
    state: str


def runs_in_force(*, uai: str, year: int) -> list[ImportRun]:
    """Give the imports whose findings stand: the last whole one, and the partial ones since.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.

    Returns:
        list[ImportRun]: the earliest first; none before a first import.
    """
    applied = ImportRun.objects.filter(
        uai=uai, year=year, flow__in=OF_RECORDS, state=ImportRun.State.APPLIED
    )
    found: list[ImportRun] = []
    for run in applied.order_by("-applied_act_id")[:50]:
        found.append(run)
        if not run.options.get("partial"):
            break
    return found[::-1]


def places_in_force(*, uai: str, year: int) -> list[ImportRun]:
    """Give the import of places in groups whose findings stand: the last one, which says them all.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.

    Returns:
        list[ImportRun]: none or one.
    """
    applied = ImportRun.objects.filter(
        uai=uai, year=year, flow__in=OF_PLACES, state=ImportRun.State.APPLIED
    )
    return list(applied.order_by("-applied_act_id")[:1])


def parameters(*, uai: str, year: int, today: date) -> dict[str, Any]:
    """Give what the pieces of SQL of this module take.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        today (date): the day.

    Returns:
        dict[str, Any]: `uai`, `year`, `today`, `runs`, `places`.
    """
    runs = [run.pk for run in runs_in_force(uai=uai, year=year)]
    places = [run.pk for run in places_in_force(uai=uai, year=year)]
    return {"uai": uai, "year": year, "today": today, "runs": runs, "places": places}


def standing(
    *,
    uai: str,
    year: int,
    today: date,
    records: Collection[str] | None = None,
    finding_ids: Collection[int] | None = None,
) -> list[Standing]:
    """Read findings in force, whatever was done about them.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        today (date): the day.
        records (Collection[str] | None): those of these records only.
        finding_ids (Collection[int] | None): these only.

    Returns:
        list[Standing]: in the order of the file.
    """
    wanted = parameters(uai=uai, year=year, today=today)
    where = ""
    if records is not None:
        where += f" AND {RECORD_SQL} = ANY(%(records)s)"
        wanted["records"] = list(records)
    if finding_ids is not None:
        where += " AND f.id = ANY(%(ids)s)"
        wanted["ids"] = list(finding_ids)
    query = (
        f"SELECT f.id, f.run_id, f.code, f.subject, {RECORD_SQL}, f.field, f.rank, f.blocks, f.effect,"
        f" {STATE_SQL}{FROM_SQL}{where} ORDER BY f.run_id, f.sequence"
    )
    with staging.raw_cursor() as cursor:
        cursor.execute(query.encode(), wanted)
        return [Standing(*row) for row in cursor.fetchall()]


def open_by_rule(*, uais: Sequence[str], year: int, today: date) -> dict[str, dict[str, int]]:
    """Count the anomalies of schools that nothing was done about.

    Args:
        uais (Sequence[str]): the schools; they are open.
        year (int): first calendar year.
        today (date): the day.

    Returns:
        dict[str, dict[str, int]]: by school, then by code of rule; schools without any are not there.
    """
    wanted: dict[str, Any] = {"uais": list(uais), "year": year, "today": today}
    found: dict[str, dict[str, int]] = {}
    with staging.raw_cursor() as cursor:
        cursor.execute(_RUNS_SQL.encode(), wanted | {"flows": list(OF_RECORDS)})
        wanted["runs"] = [run_id for (run_id,) in cursor.fetchall()]
        query = (
            f"SELECT f.uai, f.code, count(*){_from_sql('f.uai = ANY(%(uais)s)', with_places=False)}"
            f" AND {STATE_SQL} = 'open' GROUP BY f.uai, f.code"
        )
        cursor.execute(query.encode(), wanted)
        for uai, code, count in cursor.fetchall():
            found.setdefault(uai, {})[code] = count
    return found


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done about anomalies.

    Attributes:
        kind: fixed, explained, or announced for the software.
        reason: of an explanation.
        until: its last day.
    """

    kind: Disposition.Kind
    reason: str = ""
    until: date | None = None


def decide(
    opened: OpenAct,
    *,
    year: int,
    about: Iterable[tuple[Standing, int | None]],
    decision: Decision,
) -> int:
    """Write what is done about anomalies, within an act.

    Args:
        opened (OpenAct): the act.
        year (int): first calendar year.
        about (Iterable[tuple[Standing, int | None]]): each anomaly, with the pupil when the base has the pupil.
        decision (Decision): what is done.

    Returns:
        int: how many anomalies.
    """
    wanted = {(found.code, found.record, found.field): (found, who) for found, who in about}
    there = {
        (row.code, row.record, row.field): row
        for row in Disposition.objects.filter(
            uai=opened.uai, year=year, record__in={record for _, record, _ in wanted}
        )
    }
    made: list[Disposition] = []
    for key, (found, who) in wanted.items():
        row = there.get(key) or Disposition(
            uai=opened.uai, year=year, code=key[0], record=key[1], field=key[2]
        )
        row.kind, row.reason, row.until = decision.kind, decision.reason, decision.until
        row.run_id, row.student_id = found.run_id, who
        row.decided_by, row.decided_at = opened.actor, opened.at
        if key in there:
            row.act_id = opened.id
            row.save()
        else:
            made.append(row)
    Disposition.objects.bulk_create(made)
    return len(wanted)
