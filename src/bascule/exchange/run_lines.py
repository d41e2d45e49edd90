"""The findings and the effects of an import, a page at a time, as programs read them."""

from collections.abc import Mapping
from typing import Any

from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.labels import HIDDEN, change_label, is_hidden
from bascule.exchange.models import PlanLine, RunFinding
from bascule.exchange.rules.book import BY_CODE
from bascule.exchange.runs import get_run


def findings_after(*, run_id: int, uai: str, after: int, most: int) -> list[dict[str, Any]]:
    """Read findings of an import.

    Args:
        run_id (int): the import.
        uai (str): its school.
        after (int): those after this rank; 0 for the first.
        most (int): how many at most.

    Returns:
        list[dict[str, Any]]: stable keys, in the order of the file; sensitive values are not given.
    """
    return [_finding(row) for row in _rows(RunFinding, run_id, uai, after, most)]


def effects_after(*, run_id: int, uai: str, after: int, most: int) -> list[dict[str, Any]]:
    """Read effects of an import.

    Args:
        run_id (int): the import.
        uai (str): its school.
        after (int): those after this rank; 0 for the first.
        most (int): how many at most.

    Returns:
        list[dict[str, Any]]: stable keys, in the order of the file; sensitive values are not given.
    """
    return [_effect(row) for row in _rows(PlanLine, run_id, uai, after, most)]


def _rows(model: Any, run_id: int, uai: str, after: int, most: int) -> list[Any]:
    get_run(run_id=run_id, uai=uai)
    with reading(uai):
        # Ranks are told from 1, so that 0 asks for all.
        rows = model.objects.filter(uai=uai, run_id=run_id, sequence__gte=after)
        return list(rows.order_by("sequence")[:most])


def _finding(row: RunFinding) -> dict[str, Any]:
    rule = BY_CODE.get(row.code)
    hidden = bool(row.value) and is_hidden(row.field, row.value)
    return {
        "rank_in_run": row.sequence + 1,
        "code": row.code,
        "subject": row.subject,
        "effect": row.effect,
        "blocks": row.blocks,
        "line": row.line,
        "rank": row.rank,
        "field": row.field,
        "value": HIDDEN if hidden else row.value,
        "sentence": f"{rule.title if rule else row.code}. {row.detail}".rstrip(),
        "remedy": rule.remedy if rule else "",
        "record": row.record,
        "private_id": row.private_id,
        "our_id": row.target_id,
        "division": row.division,
    }


def _effect(row: PlanLine) -> dict[str, Any]:
    changes: Mapping[str, Any] = row.changes or {}
    return {
        "rank_in_run": row.sequence + 1,
        "entity": row.entity,
        "action": row.action,
        "line": row.line,
        "rank": row.rank,
        "private_id": row.private_id,
        "our_id": row.target_id,
        "record": row.label,
        "division": row.division,
        "changes": [
            {"field": name, "sentence": change_label(name, change)}
            for name, change in changes.items()
        ],
    }
