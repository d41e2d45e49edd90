"""The steps of a school's year: where it stands, what proves it, what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from bascule.accounts.profiles import Permission
from bascule.preparation.steps import State, StepState, next_step, steps_of
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.steps import Way, way_to

#: What a state is called, its tone and its picture.
_SHOWN: Final[Mapping[State, tuple[Promise, str, str]]] = {
    State.DONE: (_("fait"), "success", "success"),
    State.TO_DO: (_("à faire"), "info", "info"),
    State.TO_REDO: (_("à refaire"), "warning", "warning"),
    State.NOT_YET: (_("pas encore possible"), "neutral", "clock"),
    State.NOT_APPLICABLE: (_("sans objet"), "neutral", "info"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the page draws it."""

    rank: int
    found: StepState
    label: str
    words: str
    tone: str
    icon: str
    sentence: str
    way: Way | None
    is_next: bool


@school(Permission.PREPARE)
def steps(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show all steps of the year."""
    states = steps_of(uai, year=year, today=timezone.localdate())[uai]
    following = next_step(states)
    lines = [
        _line(rank, found, request, uai, year, is_next=found is following)
        for rank, found in enumerate(states, 1)
    ]
    shown = {
        "uai": uai,
        "year": year,
        "lines": lines,
        "next": next((line for line in lines if line.is_next), None),
        "is_ready": all(one.is_done for one in states),
        "done_count": sum(one.is_done for one in states),
    }
    return render(request, "guide/steps.html", shown)


def _held(sentence: str) -> str:
    """Keep signs with the word they belong to, as French prints them."""
    for sign in "»;:?":
        sentence = sentence.replace(f" {sign}", f"\N{NO-BREAK SPACE}{sign}")
    return sentence.replace("« ", "«\N{NO-BREAK SPACE}")


def _line(
    rank: int, found: StepState, request: PageRequest, uai: str, year: int, *, is_next: bool
) -> Line:
    words, tone, icon = _SHOWN[found.state]
    return Line(
        rank=rank,
        found=found,
        label=gettext(found.step.label),
        words=str(words),
        tone=tone,
        icon=icon,
        sentence=_held(found.sentence.said(gettext)),
        way=way_to(found.act, uai=uai, year=year, actor=actor_on(request)),
        is_next=is_next,
    )
