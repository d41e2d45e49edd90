"""Lists too long to be written while somebody waits: asked for, written by the worker, taken, forgotten after a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from bascule.errors import NotThereError
from bascule.exchange.lists import Form, write_list
from bascule.exchange.models import LongList
from bascule.store.policies import open_schools
from bascule.store.queue import ask_once
from bascule.students.columns import Column
from bascule.students.lists import Criteria, Lack, Presence, Sort, columns_of

#: The job.
WRITE: Final = "lists.write"
#: Pupils beyond whom a list is written apart.
AT_ONCE: Final = 5_000
#: It holds personal data: it is kept for the time of taking it.
KEPT: Final = timedelta(days=1)


class UnknownListError(NotThereError):
    """There is no such list for this person, or not any more."""

    code = "lists.unknown"

    def __init__(self) -> None:
        super().__init__("Cette liste n’existe pas, ou n’est plus gardée : demandez-la de nouveau.")


def ask(
    *,
    uai: str,
    year: int,
    criteria: Criteria,
    columns: Sequence[Column],
    filters: Sequence[str],
    form: Form,
    author: str,
    count: int,
    actor: str,
    at: datetime,
) -> int:
    """Ask for a list to be written apart.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        criteria (Criteria): who, and in what order.
        columns (Sequence[Column]): what is told of each; whoever asks may see them.
        filters (Sequence[str]): the criteria in words.
        form (Form): workbook or CSV.
        author (str): name of whoever asks.
        count (int): pupils who answer now.
        actor (str): login of whoever asks.
        at (datetime): when.

    Returns:
        int: number of the list.
    """
    asked = {
        "criteria": _plain(criteria),
        "columns": [column.key for column in columns],
        "filters": list(filters),
        "form": form.value,
        "author": author,
    }
    with transaction.atomic():
        open_schools(uai)
        row = LongList.objects.create(
            uai=uai, year=year, asked_by=actor, asked_at=at, asked=asked, pupil_count=count
        )
        ask_once(WRITE, lock=uai, about=str(row.pk), uai=uai, number=row.pk)
    return row.pk


def write(*, uai: str, number: int, at: datetime) -> None:
    """Write a list that was asked for; one that is written, or forgotten, is left.

    Args:
        uai (str): the school.
        number (int): the list.
        at (datetime): when.
    """
    with transaction.atomic():
        open_schools(uai)
        row = LongList.objects.filter(uai=uai, pk=number, content=None).first()
    if row is None:
        return
    asked = row.asked
    made = write_list(
        uai=uai,
        year=row.year,
        criteria=_criteria(asked["criteria"]),
        columns=columns_of(asked["columns"]),
        filters=asked["filters"],
        form=Form(asked["form"]),
        author=asked["author"],
        at=at,
        heard=lambda count: _set(uai, number, written_count=count),
    )
    _set(
        uai,
        number,
        written_count=made.held,
        pupil_count=made.held,
        name=made.name,
        content=made.content,
    )


def read(*, uai: str, year: int, number: int, actor: str) -> LongList:
    """Read a list that somebody asked for, its content with it once it is written.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        number (int): the list.
        actor (str): who asks, and asked for it.

    Returns:
        LongList: the list.

    Raises:
        UnknownListError: if this person asked for no such list, or it is forgotten.
    """
    with transaction.atomic():
        open_schools(uai)
        row = LongList.objects.filter(uai=uai, year=year, pk=number, asked_by=actor).first()
    if row is None:
        raise UnknownListError
    return row


def forget(*, uai: str, at: datetime) -> None:
    """Forget the lists of a school that were asked for a day ago.

    Args:
        uai (str): the school.
        at (datetime): when.
    """
    with transaction.atomic():
        open_schools(uai)
        LongList.objects.filter(uai=uai, asked_at__lt=at - KEPT).delete()


def _set(uai: str, number: int, **values: Any) -> None:
    with transaction.atomic():
        open_schools(uai)
        LongList.objects.filter(uai=uai, pk=number).update(**values)


def _plain(criteria: Criteria) -> dict[str, Any]:
    return {
        "text": criteria.text,
        "division": criteria.division,
        "mef": criteria.mef,
        "regime": criteria.regime,
        "sex": criteria.sex,
        "presence": criteria.presence and criteria.presence.name,
        "lacks": sorted(lack.name for lack in criteria.lacks),
        "sort": criteria.sort.name,
        "is_descending": criteria.is_descending,
    }


def _criteria(plain: dict[str, Any]) -> Criteria:
    return Criteria(
        **{
            **plain,
            "presence": Presence[plain["presence"]] if plain["presence"] else None,
            "lacks": frozenset(Lack[name] for name in plain["lacks"]),
            "sort": Sort[plain["sort"]],
        }
    )
