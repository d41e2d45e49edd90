"""Tell where each value of a record comes from, and what became of the record since it is there.

The base keeps the state before of each row, and each state names the act that wrote it: the value of a field
comes from the act of the oldest state that follows without a break and says the same.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final, NamedTuple

from django.db.models import Max

from bascule.exchange.amend.fields import (
    ADDRESS,
    GUARDIAN,
    GUARDIAN_FIELDS,
    LINK_FIELDS,
    PUPIL_FIELDS,
    Field,
    Holder,
)
from bascule.exchange.amend.verbs import AMEND_ACT, MERGE_ACT, PLACE_ACT, UNDO_ACT, undone_acts
from bascule.exchange.flows.ways import OF_RECORDS
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.labels import HIDDEN, field_label, value_label
from bascule.exchange.models import ImportRun, StoredFile
from bascule.journal.models import Act
from bascule.store import staging
from bascule.students import holdings
from bascule.students.register import ENROLMENTS, GUARDIANS, LINKS, SCHOOLINGS, STUDENTS

#: Contacts: told to whoever may see them.
CONTACTS: Final = frozenset(("personal_phone", "work_phone", "mobile_phone", "email", "address_id"))
#: What follows from other columns, or is no value of the record.
_SILENT: Final = frozenset(
    (
        "id", "uai", "act_id", "created_act_id", "line", "rank", "identity_key", "sort_key", "student_id",
        "guardian_id", "year", "number", "is_blocked",
    )
)  # fmt: skip
_TABLES: Final = {
    Holder.STUDENT: STUDENTS,
    Holder.ADDRESS: STUDENTS,
    Holder.ENROLMENT: ENROLMENTS,
    Holder.SCHOOLING: SCHOOLINGS,
    Holder.GUARDIAN: GUARDIANS,
    Holder.LINK: LINKS,
}
#: What a row that comes or goes whole is called.
_WHOLE: Final = {
    STUDENTS: "Dossier de l’élève",
    SCHOOLINGS: "Scolarité",
    LINKS: "Responsable",
}
_ADDED: Final = {table: f"{name} : ajouté" for table, name in _WHOLE.items()}
#: Acts told at most.
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from.

    Attributes:
        act_id: the act that wrote it.
        kind: what that act did, as a code.
        actor: who.
        at: when.
        run_id: the import, if one.
        file: name of its file.
        line: line of the record there.
        is_by_hand: somebody typed it.
        awaits_file: no file came since it was typed: the next one replaces it, unless the software repeats it.
    """

    act_id: int
    kind: str
    actor: str
    at: datetime
    run_id: int | None = None
    file: str = ""
    line: int | None = None
    is_by_hand: bool = False
    awaits_file: bool = False


class Changed(NamedTuple):
    """One value that an act changed, in words; `before` and `after` are blank for a row that came or went."""

    label: str
    before: str
    after: str


@dataclass(slots=True)
class Event:
    """What one act did to a record.

    Attributes:
        origin: the act.
        changes: what it changed.
        may_undo: it was done by hand, and can be undone.
        is_undoing: it undid something done by hand; undoing it takes that up again.
    """

    origin: Origin
    changes: list[Changed] = field(default_factory=list)
    may_undo: bool = False
    is_undoing: bool = False


class _State(NamedTuple):
    """A row between two acts; `content` is None while it is not there."""

    content: dict[str, Any] | None
    #: The act that ended this state; 0 for that of now.
    ended_by: int


_Rows = Mapping[tuple[str, int], Sequence[_State]]


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of a record's values.

    Attributes:
        origins: by key of a field.
        events: the latest first.
    """

    origins: Mapping[str, Origin]
    events: Sequence[Event]


def story_of(*, uai: str, year: int, pupil_id: int, sees_contacts: bool) -> Story:
    """Tell where the values of a pupil's record come from, and what became of it.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        pupil_id (int): the pupil.
        sees_contacts (bool): whether telephones, e-mails and addresses may be told.

    Returns:
        Story: nothing for a pupil whom the school does not have.
    """
    with reading(uai):
        rows = _rows(uai, year, pupil_id)
        acts = _origins(uai, year, {act_id for states in rows.values() for act_id in _acts(states)})
        undone = undone_acts(uai=uai)
        places = _places(uai, rows)
    origins = dict(_by_key(rows, acts))
    events: dict[int, Event] = {}
    for (table, _row_id), states in rows.items():
        for act_id, changed in _changes(table, states, places, sees_contacts=sees_contacts):
            if act_id in acts:
                events.setdefault(act_id, Event(acts[act_id])).changes.append(changed)
    for act_id, event in events.items():
        is_by_hand = event.origin.kind in (AMEND_ACT, MERGE_ACT, PLACE_ACT, UNDO_ACT)
        event.may_undo = is_by_hand and act_id not in undone
        event.is_undoing = event.origin.kind == UNDO_ACT
        # A record that is new is new with all it holds.
        made = [one for one in event.changes if one.label == _ADDED[STUDENTS]]
        event.changes = made or event.changes
    latest = sorted(events.items(), reverse=True, key=itemgetter(0))[:_MOST]
    return Story(origins, [event for _, event in latest])


# Rows and their states


def _rows(uai: str, year: int, pupil_id: int) -> _Rows:
    now: dict[tuple[str, int], dict[str, Any]] = {}
    with staging.raw_cursor() as cursor:
        cursor.execute(
            f"SELECT '{STUDENTS}', id, to_jsonb(t)::text FROM {STUDENTS} t WHERE uai = %(uai)s AND id = %(id)s"  # noqa: S608 - our own names
            f" UNION ALL SELECT '{ENROLMENTS}', id, to_jsonb(t)::text FROM {ENROLMENTS} t"
            "  WHERE uai = %(uai)s AND year = %(year)s AND student_id = %(id)s"
            f" UNION ALL SELECT '{SCHOOLINGS}', id, to_jsonb(t)::text FROM {SCHOOLINGS} t"
            "  WHERE uai = %(uai)s AND year = %(year)s AND student_id = %(id)s"
            f" UNION ALL SELECT '{LINKS}', id, to_jsonb(t)::text FROM {LINKS} t"
            "  WHERE uai = %(uai)s AND student_id = %(id)s"
            f" UNION ALL SELECT '{GUARDIANS}', g.id, to_jsonb(g)::text FROM {GUARDIANS} g"
            f"  JOIN {LINKS} l ON l.guardian_id = g.id AND l.uai = g.uai"
            "  WHERE g.uai = %(uai)s AND l.student_id = %(id)s".encode(),
            {"uai": uai, "year": year, "id": pupil_id},
        )
        for table, row_id, content in cursor.fetchall():
            now[table, row_id] = json.loads(content)
        # Besides the rows that are there: links and periods that were taken away.
        cursor.execute(
            "SELECT id, table_name, row_id, act_id, operation, before::text FROM journal_history WHERE uai = %(uai)s"
            " AND (table_name, row_id) IN (SELECT * FROM unnest(%(tables)s::text[], %(ids)s::bigint[]))"
            " UNION SELECT h.id, h.table_name, h.row_id, h.act_id, h.operation, h.before::text FROM journal_history h"
            " WHERE h.uai = %(uai)s AND (h.table_name, h.row_id) IN (SELECT d.table_name, d.row_id"
            "  FROM journal_history d WHERE d.uai = %(uai)s AND d.table_name = ANY(%(going)s)"
            "  AND d.operation = 'D' AND d.before ->> 'student_id' = %(text)s"
            "  AND coalesce(d.before ->> 'year', %(year)s) = %(year)s)",
            {
                "uai": uai,
                "tables": [table for table, _ in now],
                "ids": [row_id for _, row_id in now],
                "going": [LINKS, SCHOOLINGS],
                "text": str(pupil_id),
                "year": str(year),
            },
        )
        past: dict[tuple[str, int], list[tuple[int, str, str | None]]] = {}
        for _, table, row_id, *event in sorted(cursor.fetchall(), reverse=True, key=itemgetter(0)):
            past.setdefault((table, row_id), []).append(tuple(event))
    return {row: _states(now.get(row), past.get(row, ())) for row in [*now, *(past.keys() - now)]}


def _states(
    now: dict[str, Any] | None, past: Iterable[tuple[int, str, str | None]]
) -> list[_State]:
    """Put the states of a row in order, the latest first; before its creation it is not there."""
    states = [_State(now, 0)]
    for act_id, operation, before in past:
        content = json.loads(before) if before and operation != "I" else None
        states.append(_State(content, act_id))
    first = states[-1].content
    if first is not None:
        states.append(_State(None, first["created_act_id"]))
    return states


def _acts(states: Sequence[_State]) -> set[int]:
    told = {state.ended_by for state in states}
    return told | {state.content["act_id"] for state in states if state.content}


def _origins(uai: str, year: int, act_ids: set[int]) -> dict[int, Origin]:
    imports = ImportRun.objects.filter(
        uai=uai, year=year, flow__in=OF_RECORDS, state=ImportRun.State.APPLIED
    )
    last = imports.aggregate(last=Max("applied_act_id"))["last"] or 0
    acts = Act.objects.filter(uai=uai, pk__in=act_ids).only("kind", "actor", "at", "run_id")
    found = {act.pk: act for act in acts}
    runs = {
        run.pk: run
        for run in ImportRun.objects.filter(
            uai=uai, pk__in={act.run_id for act in found.values() if act.run_id}
        )
    }
    files = dict(
        StoredFile.objects.filter(
            uai=uai, pk__in={i for run in runs.values() for i in run.file_ids}
        ).values_list("id", "name")
    )
    names = {
        run_id: ", ".join(files[i] for i in run.file_ids if i in files)
        for run_id, run in runs.items()
    }
    return {
        act_id: Origin(
            act_id,
            act.kind,
            act.actor,
            act.at,
            act.run_id,
            names.get(act.run_id or 0, ""),
            is_by_hand=act.kind == AMEND_ACT,
            awaits_file=act.kind == AMEND_ACT and act_id > last,
        )
        for act_id, act in found.items()
    }


# What they tell


def _by_key(rows: _Rows, acts: Mapping[int, Origin]) -> Iterable[tuple[str, Origin]]:
    schoolings = [row for row in rows if row[0] == SCHOOLINGS and rows[row][0].content]
    latest = max(schoolings, key=lambda row: str(_now(rows, row)["starts_on"]), default=None)
    for (table, row_id), states in rows.items():
        if states[0].content is None or (table == SCHOOLINGS and (table, row_id) != latest):
            continue
        for key, column in _keys(table, row_id, states[0].content):
            act_id, line = _writer(states, column)
            came_with = states[-1].ended_by if states[-1].content is None else None
            if act_id == came_with and states[0].content.get(column) in (None, "", []):
                # Left blank when the row was made: nobody said it.
                continue
            if origin := acts.get(act_id):
                yield key, replace(origin, line=line if origin.run_id else None)


def _now(rows: _Rows, row: tuple[str, int]) -> dict[str, Any]:
    return rows[row][0].content or {}


def _keys(table: str, row_id: int, content: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Give the fields that a row holds, each with its column."""
    fields: tuple[Field, ...] = PUPIL_FIELDS
    prefix = ""
    if table in (GUARDIANS, LINKS):
        fields = GUARDIAN_FIELDS if table == GUARDIANS else LINK_FIELDS
        prefix = f"{GUARDIAN}.{row_id if table == GUARDIANS else content['guardian_id']}."
    for one in fields:
        is_place = one.key.startswith(f"{ADDRESS}.")
        if (GUARDIANS if prefix and is_place else _TABLES[one.holder]) == table:
            yield prefix + one.key, "address_id" if is_place else one.column


def _writer(states: Sequence[_State], column: str) -> tuple[int, int | None]:
    """Find the act that gave a column its value, and the line of its record in the file."""
    contents = [state.content for state in states]
    place = 0
    while True:
        content = contents[place]
        assert content is not None  # noqa: S101 - a row that is there was there until its creation
        # An undoing gives a row back a state it had: what comes between says nothing of the value.
        place = max(
            rank for rank, one in enumerate(contents) if one and one["act_id"] == content["act_id"]
        )
        before = contents[place + 1] if place + 1 < len(contents) else None
        if before is None or before.get(column) != content.get(column):
            return content["act_id"], content.get("line")
        place += 1


def _places(uai: str, rows: _Rows) -> dict[int, str]:
    ids = {
        state.content["address_id"]
        for states in rows.values()
        for state in states
        if state.content and state.content.get("address_id")
    }
    found = holdings.addresses(uai=uai, ids=sorted(ids)) if ids else {}
    return {i: ", ".join(part for part in row if part) for i, row in found.items()}


def _changes(
    table: str, states: Sequence[_State], places: Mapping[int, str], *, sees_contacts: bool
) -> Iterable[tuple[int, Changed]]:
    for after, before in pairwise(states):
        if after.content is None or before.content is None:
            if after.content is not before.content and table not in (GUARDIANS, ENROLMENTS):
                gone = f"{_WHOLE[table]} : retiré"
                label = gone if after.content is None else _ADDED[table]
                yield before.ended_by, Changed(label, "", "")
            continue
        for column, new in after.content.items():
            old = before.content.get(column)
            if column in _SILENT or new == old:
                continue
            yield (
                before.ended_by,
                Changed(
                    field_label(column),
                    *(_told(column, one, places, sees_contacts) for one in (old, new)),
                ),
            )


def _told(column: str, value: Any, places: Mapping[int, str], sees_contacts: bool) -> str:  # noqa: FBT001 - a right
    if column in CONTACTS and not sees_contacts:
        return HIDDEN
    return places.get(value, "") if column == "address_id" else value_label(column, value)
