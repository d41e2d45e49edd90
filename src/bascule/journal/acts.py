"""Read acts again: what was decided or done, with its facts."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db import transaction

from bascule.journal.access import PAGE, Criteria
from bascule.journal.models import Act
from bascule.store.policies import open_schools


def find_acts(
    *, uais: Iterable[str], criteria: Criteria | None = None, most: int = PAGE
) -> list[Act]:
    """Find acts of some schools, latest first.

    Args:
        uais (Iterable[str]): the schools; `AUTHORITY` for the authority's own.
        criteria (Criteria | None): which acts; None for all. An act names its actor, not a person.
        most (int): how many at most.

    Returns:
        list[Act]: the acts; none where something is asked that acts do not say.
    """
    wanted, criteria = list(uais), criteria or Criteria()
    if criteria.about:
        return []
    filters = replace(criteria, person_ids=()).filters()
    # Both give the same order within a school, where one act follows the other; each has its index.
    order = "-sequence" if len(wanted) == 1 else "-id"
    with transaction.atomic():
        open_schools(*wanted)
        return list(Act.objects.filter(uai__in=wanted, **filters).order_by(order)[:most])


def facts_of(act: Act) -> dict[str, Any]:
    """Give what the journal says of an act.

    Args:
        act (Act): the act.

    Returns:
        dict[str, Any]: counts, digests, codes.
    """
    found: dict[str, Any] = json.loads(act.payload)["facts"]
    return found
