"""What the URL of a list asks: filters, order, columns; and the same said in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from bascule.accounts import policy
from bascule.accounts.actor import Actor
from bascule.accounts.liked import list_columns
from bascule.students.columns import COLUMNS, Column
from bascule.students.lists import (
    PAGE,
    SIZES,
    Choices,
    Criteria,
    Lack,
    Presence,
    Sort,
    columns_of,
)
from bascule.web.gate import PageRequest, actor_on

_LONGEST: Final = 100
_SEXES: Final = {"1": "masculin", "2": "féminin"}
Word = TypeVar("Word", bound=Enum)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the way to the list without it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked.

    Attributes:
        criteria: who, and in what order.
        columns: what is told of each.
        page: from 1.
        size: pupils on a page.
    """

    criteria: Criteria
    columns: Sequence[Column]
    page: int
    size: int


def asked(request: PageRequest, uai: str) -> Asked:
    """Read what is asked; what means nothing is passed over.

    Args:
        request (PageRequest): the request.
        uai (str): the school.

    Returns:
        Asked: for the verb.
    """
    given = request.GET
    sort = given.get("tri", "")
    criteria = Criteria(
        text=given.get("q", "")[:_LONGEST],
        division=_code(given, "division"),
        mef=_code(given, "mef"),
        regime=_code(given, "regime"),
        sex=given.get("sexe", "") if given.get("sexe") in _SEXES else "",
        presence=_worded(Presence, given.get("presence", "")),
        lacks=frozenset(filter(None, (_worded(Lack, one) for one in given.getlist("manque")))),
        sort=_worded(Sort, sort.removeprefix("-")) or Sort.NAME,
        is_descending=sort.startswith("-"),
    )
    page, size = given.get("page", ""), given.get("par", "")
    return Asked(
        criteria,
        _columns(request, uai),
        int(page) if page.isdecimal() and len(page) < 7 else 1,  # noqa: PLR2004 - no list is so long
        int(size) if size.isdecimal() and int(size) in SIZES else PAGE,
    )


def open_columns(actor: Actor, uai: str) -> list[Column]:
    """List the columns that somebody may see.

    Args:
        actor (Actor): who asks.
        uai (str): the school.

    Returns:
        list[Column]: in the order of the lists.
    """
    return [
        column
        for column in COLUMNS
        if column.permission is None or policy.may(actor, column.permission, uai=uai)
    ]


def chips(request: PageRequest, criteria: Criteria, choices: Choices) -> list[Chip]:
    """Say the filters in force.

    Args:
        request (PageRequest): the request.
        criteria (Criteria): what was understood of it.
        choices (Choices): words of the codes.

    Returns:
        list[Chip]: each with the way to the list without it.
    """
    said: list[tuple[str, str, str]] = [
        ("q", criteria.text, f"« {criteria.text} »"),
        ("presence", *_pair(criteria.presence)),
        ("division", criteria.division, _("division %s") % criteria.division),
        ("mef", criteria.mef, choices.mefs.get(criteria.mef, criteria.mef)),
        ("regime", criteria.regime, choices.regimes.get(criteria.regime, criteria.regime).lower()),
        ("sexe", criteria.sex, _(_SEXES.get(criteria.sex, ""))),
        *(("manque", *_pair(one)) for one in sorted(criteria.lacks, key=lambda one: one.word)),
    ]
    return [Chip(text, _without(request.GET, name, value)) for name, value, text in said if value]


def _pair(one: Presence | Lack | None) -> tuple[str, str]:
    return (one.word, _(one.label)) if one else ("", "")


def _without(given: QueryDict, name: str, value: str) -> str:
    left = given.copy()
    left.pop("page", None)
    left.setlist(name, [one for one in left.getlist(name) if name == "manque" and one != value])
    return f"?{left.urlencode()}"


def _columns(request: PageRequest, uai: str) -> list[Column]:
    actor = actor_on(request)
    may_see = open_columns(actor, uai)
    wanted = request.GET.getlist("col") or list_columns(person_id=actor.person_id)
    chosen = [column for column in columns_of(wanted) if column in may_see]
    return chosen or [column for column in may_see if column.is_usual]


def _code(given: QueryDict, name: str) -> str:
    text = given.get(name, "").strip()
    return text if text.isprintable() and len(text) <= _LONGEST else ""


def _worded(kind: type[Word], word: str) -> Word | None:
    return next((one for one in kind if one.value[0] == word), None)
