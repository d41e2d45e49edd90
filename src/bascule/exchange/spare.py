"""Leave some changes of a file out before its import is confirmed, and take them up again.

The plan is made anew without them, so that what is confirmed is what is shown, its guards included.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bascule.exchange.comparison import Filters, Nature, records_of
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.import_pipeline.spared import WHOLE, unit_of
from bascule.exchange.journey import NotWaitingError, replan
from bascule.exchange.models import ImportRun
from bascule.store.locks import lock_school


@dataclass(frozen=True, slots=True)
class Choice:
    """Which changes of a file are meant; with nothing said, all that a filter shows.

    Attributes:
        records: named as a comparison names them (`pupil/12`).
        field: one field of theirs; empty for all.
        mark: records in which that field changes from and to the same values, as a fold names them.
        filters: what the page shows.
    """

    records: tuple[str, ...] = ()
    field: str = ""
    mark: str = ""
    filters: Filters = Filters()  # noqa: RUF009 - it never changes


def spare(*, run_id: int, uai: str, choice: Choice, at: datetime) -> int:
    """Leave changes of a waiting import as they are in the base.

    Args:
        run_id (int): the run.
        uai (str): its school.
        choice (Choice): which changes.
        at (datetime): when.

    Returns:
        int: how many records are concerned.

    Raises:
        NotWaitingError: if the run does not wait any more.
    """
    return _choose(run_id, uai, choice, at, is_spared=True)


def take_up(*, run_id: int, uai: str, choice: Choice, at: datetime) -> int:
    """Take up again what was left.

    Args:
        run_id (int): the run.
        uai (str): its school.
        choice (Choice): which changes; a filter means those that are left.
        at (datetime): when.

    Returns:
        int: how many records are concerned.

    Raises:
        NotWaitingError: if the run does not wait any more.
    """
    return _choose(run_id, uai, choice, at, is_spared=False)


def _choose(run_id: int, uai: str, choice: Choice, at: datetime, *, is_spared: bool) -> int:
    with reading(uai):
        lock_school(uai)
        run = ImportRun.objects.select_for_update().get(uai=uai, pk=run_id)
        if run.state not in (ImportRun.State.PLANNED, ImportRun.State.HELD):
            raise NotWaitingError(run)
        chosen = set(_records(run, choice, is_spared=is_spared))
        kept: dict[str, dict[str, list[str]]] = run.options.get("spared", {})
        for entity, rank in chosen:
            ranks = kept.setdefault(entity, {})
            fields = set(ranks.pop(str(rank), ()))
            if is_spared:
                fields.add(choice.field or WHOLE)
            elif choice.field and WHOLE not in fields:
                fields = {name for name in fields if unit_of(name) != unit_of(choice.field)}
            else:
                fields = set()
            if fields:
                ranks[str(rank)] = sorted(fields)
        run.options["spared"] = {entity: ranks for entity, ranks in kept.items() if ranks}
        if not run.options["spared"]:
            del run.options["spared"]
        run.save(update_fields=["options"])
        replan(run_id, uai=uai, at=at)
        return len(chosen)


def _records(run: ImportRun, choice: Choice, *, is_spared: bool) -> Iterable[tuple[str, int]]:
    if choice.records:
        for record in choice.records:
            entity, _, rank = record.partition("/")
            if entity in {"pupil", "person"} and rank.isdecimal():
                yield entity, int(rank)
        return
    filters = choice.filters
    if not is_spared:
        filters = Filters(Nature.SPARED, filters.field, filters.text)
    elif choice.mark and filters.nature is None:
        # A fold counts what would change, not what is left already.
        filters = Filters(Nature.CHANGED, filters.field, filters.text)
    yield from records_of(
        run_id=run.pk, uai=run.uai, filters=filters, field=choice.field, mark=choice.mark
    )
