"""What was corrected by hand since the last import: what the next file overwrites unless the software repeats it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from bascule.exchange.amend.fields import GUARDIAN
from bascule.exchange.amend.verbs import AMEND_ACT, undone_acts
from bascule.exchange.flows.ways import OF_RECORDS
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.labels import field_label, value_label
from bascule.exchange.models import ImportRun
from bascule.journal.models import Act, History
from bascule.store import staging
from bascule.students import holdings
from bascule.students.register import (
    ADDRESSES,
    ENROLMENTS,
    GUARDIANS,
    LINKS,
    SCHOOLINGS,
    STUDENTS,
    TABLES,
)
from bascule.students.rows import EnrolmentRow, GuardianRow, LinkRow, SchoolingRow, StudentRow

_COLUMNS: dict[str, tuple[str, ...]] = {
    STUDENTS: StudentRow.columns,
    ENROLMENTS: EnrolmentRow.columns,
    SCHOOLINGS: SchoolingRow.columns,
    GUARDIANS: GuardianRow.columns,
    LINKS: LinkRow.columns,
}
#: Columns that follow from others.
_DERIVED = frozenset(("identity_key", "sort_key", "is_blocked"))
#: What stands for a row that was added, or removed, whole.
_WHOLE = {STUDENTS: "enrolment", SCHOOLINGS: "schooling", LINKS: GUARDIAN, GUARDIANS: GUARDIAN}


@dataclass(frozen=True, slots=True)
class LocalEdit:
    """A field corrected by hand since the last import.

    Attributes:
        pupil_ids: whose record: one pupil, or all the children of a guardian.
        key: the field; `guardian.12.email` for a guardian's.
        label: its French name.
        before: the value before, in French; blank for a row that was added.
        after: the value now.
        actor: who corrected it last.
        at: when.
        act_id: the act, by which it is undone.
    """

    pupil_ids: tuple[int, ...]
    key: str
    label: str
    before: str
    after: str
    actor: str
    at: datetime
    act_id: int


def local_edits(*, uai: str, year: int, pupil_id: int | None = None) -> list[LocalEdit]:
    """List what was corrected by hand since the last import of a year, and stands.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        pupil_id (int | None): one pupil, with what is shared with brothers and sisters; None for all.

    Returns:
        list[LocalEdit]: the latest first.
    """
    with reading(uai):
        imports = ImportRun.objects.filter(
            uai=uai, year=year, flow__in=OF_RECORDS, state=ImportRun.State.APPLIED
        )
        last = imports.aggregate(last=Max("applied_act_id"))["last"]
        undone = undone_acts(uai=uai)
        acts = {
            one.pk: one
            for one in Act.objects.filter(uai=uai, kind=AMEND_ACT, pk__gt=last or 0)
            if one.pk not in undone and json.loads(one.payload)["facts"].get("year") == year
        }
        found = _edits(uai, acts) if acts else []
    wanted = [edit for edit in found if pupil_id is None or pupil_id in edit.pupil_ids]
    return sorted(wanted, key=lambda edit: (-edit.act_id, edit.key))


def _edits(uai: str, acts: dict[int, Act]) -> list[LocalEdit]:
    earliest: dict[tuple[str, int], tuple[int, dict[str, Any] | None]] = {}
    latest: dict[tuple[str, int], int] = {}
    events = History.objects.filter(uai=uai, act_id__in=acts, table_name__in=_COLUMNS)
    for event in events.order_by("id"):
        row = (event.table_name, event.row_id)
        earliest.setdefault(row, (event.act_id, event.before))
        latest[row] = event.act_id
    now = _now(uai, acts, earliest)
    places = _places(uai, now, earliest)
    children = _children(uai, now)
    states = {row: now.get(row) or before or {} for row, (_, before) in earliest.items()} | now
    names = holdings.guardian_names(
        uai=uai,
        ids=sorted(
            {state["guardian_id"] for row, state in states.items() if row[0] == LINKS}
            | {row[1] for row in states if row[0] == GUARDIANS}
        ),
    )
    found: list[LocalEdit] = []
    for row in {**earliest, **now}:
        _, before = earliest.get(row, (0, None))
        after = now.get(row)
        signed = acts[latest[row] if row in latest else now[row]["created_act_id"]]
        state = states[row]
        owners = (
            tuple(children.get(row[1], ()))
            if row[0] == GUARDIANS
            else (row[1] if row[0] == STUDENTS else state["student_id"],)
        )
        whom = row[1] if row[0] == GUARDIANS else state.get("guardian_id")
        for column, old, new in _differences(row[0], before, after):
            key, label = column, field_label(column)
            if whom is not None:
                key = f"{GUARDIAN}.{whom}" + ("" if column == GUARDIAN else f".{column}")
                name = f"Responsable {names.get(whom, '')}".strip()
                label = name if column == GUARDIAN else f"{name}, {label[:1].lower()}{label[1:]}"
            shown = (
                (places.get(old, ""), places.get(new, ""))
                if column == "address_id"
                else (value_label(column, old), value_label(column, new))
            )
            found.append(LocalEdit(owners, key, label, *shown, signed.actor, signed.at, signed.pk))
    return found


def _now(
    uai: str, acts: Collection[int], rows: Collection[tuple[str, int]]
) -> dict[tuple[str, int], dict[str, Any]]:
    """Read the rows as they are, those that the acts added included."""
    now: dict[tuple[str, int], dict[str, Any]] = {}
    with staging.raw_cursor() as cursor:
        for table in TABLES:
            if table == ADDRESSES:
                continue
            ids = [row_id for name, row_id in rows if name == table]
            cursor.execute(
                f"SELECT id, to_jsonb(t)::text FROM {table} t"  # noqa: S608 - our own names
                " WHERE uai = %s AND (id = ANY(%s) OR created_act_id = ANY(%s))".encode(),
                [uai, ids, list(acts)],
            )
            for row_id, text in cursor.fetchall():
                now[table, row_id] = json.loads(text)
    return now


def _differences(
    table: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> list[tuple[str, Any, Any]]:
    if before is None or after is None:
        whole = _WHOLE.get(table)
        return (
            [(whole, None if before is None else "oui", None if after is None else "oui")]
            if whole
            else []
        )
    return [
        (column, before.get(column), after.get(column))
        for column in _COLUMNS[table]
        if column not in _DERIVED and before.get(column) != after.get(column)
    ]


def _places(uai: str, now: Any, earliest: Any) -> dict[Any, str]:
    states = [*now.values(), *(before for _, before in earliest.values() if before)]
    ids = sorted({state["address_id"] for state in states if state.get("address_id")})
    rows = holdings.addresses(uai=uai, ids=ids)
    return {i: ", ".join(part for part in row if part) for i, row in rows.items()}


def _children(uai: str, now: dict[tuple[str, int], dict[str, Any]]) -> dict[int, list[int]]:
    ids = sorted(row_id for table, row_id in now if table == GUARDIANS)
    children: dict[int, list[int]] = {}
    for pupil_id, guardian_id in holdings.children_of(uai=uai, guardian_ids=ids) if ids else ():
        children.setdefault(guardian_id, []).append(pupil_id)
    return children
