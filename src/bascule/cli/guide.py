"""`bascule guide`: where a school stands in the steps of its year, and what it does next."""

import typer
from django.utils import timezone

from bascule.cli.asking import AsJson, now
from bascule.cli.schools import Uai, YearGiven
from bascule.cli.steps import command
from bascule.cli.telling import console, print_json
from bascule.preparation.steps import State, StepState, next_step, steps_of
from bascule.schools import directory
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

_MARKS = {
    State.DONE: ("✓", "fait"),
    State.TO_DO: ("→", "à faire"),
    State.TO_REDO: ("↻", "à refaire"),
    State.NOT_YET: ("·", "pas encore possible"),
    State.NOT_APPLICABLE: ("–", "sans objet"),
}


@app.command("guide", help="Montre où en est l’année d’un établissement, étape par étape.")
def guide(uai: Uai, year: YearGiven, *, as_json: AsJson = False) -> None:
    """Show the steps of a school's year.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        states = steps_of(uai, year=year, today=timezone.localdate(now()))[uai]
    if as_json:
        print_json([_as_json(one, uai, year) for one in states])
        return
    screen = console()
    screen.print(f"[bold]{uai}[/bold], {school_year.label(year)}")
    for one in states:
        mark, words = _MARKS[one.state]
        done = f" ({timezone.localtime(one.at):%d/%m/%Y}, {one.by})" if one.at else ""
        screen.print(f"  {mark} {one.step.label} : {words}{done}. {one.sentence}")
    following = next_step(states)
    if following is not None and following.act is not None:
        screen.print(f"Ensuite : {command(following.act, uai=uai, year=year)}")


def _as_json(one: StepState, uai: str, year: int) -> dict[str, object]:
    return {
        "step": one.step.code,
        "state": one.state.value,
        "sentence": str(one.sentence),
        "at": one.at,
        "by": one.by,
        "command": command(one.act, uai=uai, year=year) if one.act else None,
    }
