"""Look into what an import does, or would do: effect by effect, filtered, identical changes folded.

A file of 1,300 pupils changes thousands of values; few of them differ from their neighbours. What is
the same is told once with its number, and each effect stays to be found by its name, nature or field.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.import_pipeline.spared import may_be_left
from bascule.exchange.labels import change_label, field_label, value_label
from bascule.exchange.models import PlanLine
from bascule.exchange.runs import get_run
from bascule.store import staging
from bascule.values.civil_identity import key as plain
from bascule.values.words import said as _

#: Effects of a page.
PAGE = 50
#: From how many alike a change is folded, and how many folds are shown at most.
_ALIKE, _FOLDS = 3, 12


class Nature(StrEnum):
    """What an effect does to a pupil or a guardian; the words of URLs."""

    ADDED = "ajouts"
    CHANGED = "modifications"
    LEFT = "sorties"
    REMOVED = "retraits"
    ABSENT = "absents"
    SPARED = "laisses"

    @property
    def label(self) -> str:
        """Return the French words of a filter."""
        return _NATURES[self]


_NATURES = {
    Nature.ADDED: _("Élèves ajoutés"),
    Nature.CHANGED: _("Fiches modifiées"),
    Nature.LEFT: _("Élèves sortis"),
    Nature.REMOVED: _("Responsables retirés"),
    Nature.ABSENT: _("Absents du fichier"),
    Nature.SPARED: _("Laissés de côté"),
}
#: Letters of names, for a search without accents.
_ACCENTED = "ÀÂÄÃÅÇÉÈÊËÎÏÍÑÔÖÓÕÙÛÜÚŸ-’\N{APOSTROPHE}"
_BARE = "AAAAACEEEEIIINOOOOUUUUY   "
#: What each nature is among the lines of a plan.
_CONDITIONS = {
    Nature.ADDED: "action = 'create' AND entity = 'pupil'",
    Nature.CHANGED: "action = 'update'",
    Nature.LEFT: "action = 'update' AND changes ? 'left_on' AND changes #>> '{left_on,1}' IS NOT NULL",
    Nature.REMOVED: "action = 'remove'",
    Nature.ABSENT: "action = 'absent'",
    Nature.SPARED: "action = 'spare'",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changes.

    Attributes:
        field: its key; empty when nobody may leave it as it is.
        label: the field, in French.
        before: the value before, in French.
        after: the value after.
        sentence: both, for what is no plain value (a guardian who comes or goes).
    """

    field: str
    label: str
    before: str
    after: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One effect.

    Attributes:
        name: NAME First name.
        is_guardian: whether it is a guardian's record.
        division: the division, may be blank.
        line: line of the file; None for who is not in it.
        nature: what is done.
        record: names the record of the file; empty for who is not in it.
        target_id: our id of the pupil or guardian; None for a new one.
        changes: what changes.
    """

    name: str
    is_guardian: bool
    division: str
    line: int | None
    nature: Nature
    record: str
    target_id: int | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """A change that many records share.

    Attributes:
        field: its key, for the filter.
        mark: names the values, before and after.
        change: what changes.
        count: how many records.
    """

    field: str
    mark: str
    change: Change
    count: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for.

    Attributes:
        nature: one nature only.
        field: records in which this field changes.
        text: words of the name.
        page: from 1.
    """

    nature: Nature | None = None
    field: str = ""
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an import does, as filtered.

    Attributes:
        shown: the effects of the page.
        count: of all pages.
        natures: how many effects of each nature, filters apart; those with none are left out.
        fields: the fields that change, by key, in French, with how many records; filters apart.
        folds: the changes that many share, as filtered, the most shared first.
    """

    shown: tuple[Shown, ...]
    count: int
    natures: Mapping[Nature, int]
    fields: Mapping[str, tuple[str, int]]
    folds: tuple[Fold, ...]


def compare(*, run_id: int, uai: str, filters: Filters) -> Comparison:
    """Read what an import does, or would do.

    Args:
        run_id (int): the run.
        uai (str): its school.
        filters (Filters): what is looked for.

    Returns:
        Comparison: as filtered.

    Raises:
        UnknownRunError: if the school has no such run.
    """
    get_run(run_id=run_id, uai=uai)
    own: list[Any] = [uai, run_id]
    where, values = _where(filters)
    with reading(uai), staging.raw_cursor() as cursor:

        def ask(query: str, *more: Any) -> list[Any]:
            cursor.execute(query.encode(), [*own, *more])
            return cursor.fetchall()

        counts = ", ".join(f"count(*) FILTER (WHERE {one})" for one in _CONDITIONS.values())
        natures = ask(f"SELECT {counts} FROM {_from()}")[0]  # noqa: S608 - our own words
        fields = ask(
            f"SELECT k, count(*) FROM {_from('jsonb_object_keys(changes) k')} AND action = 'update'"  # noqa: S608
            " GROUP BY k ORDER BY count(*) DESC, k"
        )
        folds = ask(
            f"SELECT c.key, c.value::text, {_MARK}, count(*) FROM {_from('jsonb_each(changes) c')}"  # noqa: S608
            f" AND action = 'update'{where} GROUP BY 1, 2, 3 HAVING count(*) >= %s"
            " ORDER BY count(*) DESC, c.key",
            *values, _ALIKE,
        )  # fmt: skip
        count = ask(f"SELECT count(*) FROM {_from()}{where}", *values)[0][0]  # noqa: S608
        rows = ask(
            "SELECT entity, action, line, rank, target_id, label, division, changes::text"  # noqa: S608
            f" FROM {_from()}{where} ORDER BY action <> 'remove', entity = 'person', sequence OFFSET %s LIMIT %s",
            *values, (filters.page - 1) * PAGE, PAGE,
        )  # fmt: skip
    return Comparison(
        shown=tuple(_shown(*row) for row in rows),
        count=count,
        natures={nature: n for nature, n in zip(_CONDITIONS, natures, strict=True) if n},
        fields={key: (field_label(key), n) for key, n in fields if _is_foldable(key)},
        folds=tuple(
            Fold(key, mark, _change(key, json.loads(change)), n)
            for key, change, mark, n in folds
            if _is_foldable(key)
        )[:_FOLDS],
    )


def records_of(
    *, run_id: int, uai: str, filters: Filters, field: str = "", mark: str = ""
) -> list[tuple[str, int]]:
    """Find the records of the file that a filter, or a change that many share, means.

    Args:
        run_id (int): the run.
        uai (str): its school; it is open.
        filters (Filters): what is looked for, on all pages.
        field (str): records in which this field changes.
        mark (str): records in which it changes from and to these values, as a fold names them.

    Returns:
        list[tuple[str, int]]: `pupil` or `person`, and the rank of each.
    """
    where, values = _where(filters)
    if field:
        where, values = f"{where} AND changes ? %s", [*values, field]
    if mark:
        mine = _MARK.replace("c.value", "(changes -> %s)")
        where, values = f"{where} AND {mine} = %s", [*values, field, mark]
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT CASE entity WHEN 'person' THEN 'person' ELSE 'pupil' END, rank"  # noqa: S608 - our own words
            f" FROM {_from()} AND rank IS NOT NULL{where}".encode(),
            [uai, run_id, *values],
        )
        return cursor.fetchall()


#: Names the values of a change, whatever their length.
_MARK = "md5(c.value::text)"


def _from(joined: str = "") -> str:
    """Name the lines that people look at one by one: new guardians come with their children."""
    tables = f"exchange_planline, {joined}" if joined else "exchange_planline"
    return (
        f"{tables} WHERE uai = %s AND run_id = %s AND NOT (entity = 'person' AND action = 'create')"
    )


def _where(filters: Filters) -> tuple[str, list[Any]]:
    where, values = "", []
    if filters.nature is not None:
        where += f" AND ({_CONDITIONS[filters.nature]})"
    if filters.field:
        where += " AND changes ? %s"
        values.append(filters.field)
    for word in plain(filters.text).split():
        where += " AND translate(upper(label), %s, %s) LIKE %s"
        values += [_ACCENTED, _BARE, f"%{word}%"]
    return where, values


def _shown(
    entity: str,
    action: str,
    line: int | None,
    rank: int | None,
    target_id: int | None,
    label: str,
    division: str,
    changes: str | None,
) -> Shown:
    changed: dict[str, list[Any]] = json.loads(changes) if changes else {}
    nature = {
        PlanLine.Action.CREATE: Nature.ADDED,
        PlanLine.Action.UPDATE: Nature.CHANGED,
        PlanLine.Action.REMOVE: Nature.REMOVED,
        PlanLine.Action.ABSENT: Nature.ABSENT,
        PlanLine.Action.SPARE: Nature.SPARED,
    }[PlanLine.Action(action)]
    if nature is Nature.CHANGED and changed.get("left_on", (None, None))[1]:
        nature = Nature.LEFT
    return Shown(
        name=label,
        is_guardian=entity == "person",
        division=division,
        line=line,
        nature=nature,
        record="" if rank is None else f"{'person' if entity == 'person' else 'pupil'}/{rank}",
        target_id=target_id,
        changes=tuple(_change(key, change) for key, change in changed.items()),
    )


def _change(key: str, change: Sequence[Any]) -> Change:
    before, after = change
    own, label = key if may_be_left(key) else "", field_label(key)
    if _is_foldable(key):
        return Change(own, label, value_label(key, before), value_label(key, after))
    return Change(own, label, "", "", change_label(key, change))


def _is_foldable(key: str) -> bool:
    """Tell whether a change is one plain value after another, the same for whoever it befalls."""
    return key not in {"enrolment", "schooling"} and not key.startswith(("guardian.", "schooling."))
