"""`bascule year`: a year is opened for schools, accounted for, closed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bascule.cli.asking import AsJson, actor, now
from bascule.cli.counts import plural
from bascule.cli.schools import YearGiven
from bascule.cli.telling import console, print_json, tell
from bascule.errors import RefusedError
from bascule.preparation import openings
from bascule.preparation.accounting import Balance, balances
from bascule.preparation.closing import close_years, plan_closing, reopen_year
from bascule.preparation.models import SchoolOpening, YearOpening
from bascule.preparation.opening import Readiness, plan_opening
from bascule.preparation.openings import OpeningDetail
from bascule.schools.directory import known_school, school_numbers
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

Line = SchoolOpening.State
DONE, FAULT, REFUSED = 0, 1, 2

Uais = Annotated[
    list[str] | None, typer.Argument(metavar="[UAI]…", help="Les établissements, par leur numéro.")
]
All = Annotated[bool, typer.Option("--all", help="Tous les établissements de l’annuaire.")]
Number = Annotated[int, typer.Argument(metavar="N", help="Numéro de l’ouverture.")]
KeepGoing = Annotated[
    bool,
    typer.Option(
        "--keep-going", help="Passe à l’établissement suivant quand l’un est bloqué ou échoue."
    ),
]

_READINESS = {
    Readiness.READY: "à ouvrir",
    Readiness.OPEN: "déjà ouverte",
    Readiness.BLOCKED: "bloqué",
}


class WhichSchoolsError(RefusedError):
    """Neither schools nor all of them, or both."""

    code = "year.which-schools"

    def __init__(self) -> None:
        super().__init__("Donnez les numéros des établissements, ou --all pour tous.")


@app.command("plan", help="Montre ce que l’ouverture d’une année ferait, sans rien écrire.")
def plan(
    year: YearGiven,
    uais: Uais = None,
    *,
    every: All = False,
    as_json: AsJson = False,
) -> int:
    """Show what opening a year would do.

    Args:
        year (int): the year to open.
        uais (list[str] | None): the schools.
        every (bool): all of them.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 2 when a school is blocked, else 0.
    """
    with open_base():
        plans = plan_opening(uais=_schools(uais, every=every), year=year)
    is_blocked = any(one.readiness is Readiness.BLOCKED for one in plans)
    if as_json:
        print_json(
            [
                {
                    "school": one.uai,
                    "name": one.name,
                    "state": one.readiness.value,
                    "sentence": one.sentence,
                    **one.moves._asdict(),
                }
                for one in plans
            ]
        )
        return REFUSED if is_blocked else DONE
    screen = console()
    for one in plans:
        screen.print(
            f"[bold]{one.uai}[/bold]  {escape(one.name)} : {_READINESS[one.readiness]},"
            f" {plural(one.moves.staying, 'élève')} à reprendre"
            f" ({plural(one.moves.left, 'parti')}). {escape(one.sentence)}".rstrip()
        )
    ready = [one for one in plans if one.readiness is Readiness.READY]
    screen.print(
        f"{plural(len(ready), 'établissement')} à ouvrir en {school_year.label(year)},"
        f" {plural(sum(one.moves.staying for one in ready), 'élève')} à reprendre."
    )
    return REFUSED if is_blocked else DONE


@app.command("open", help="Ouvre une année pour des établissements, et y reprend leurs élèves.")
def open_(
    year: YearGiven,
    uais: Uais = None,
    *,
    every: All = False,
    keep_going: KeepGoing = False,
    as_json: AsJson = False,
) -> int:
    """Open a year.

    Args:
        year (int): the year to open.
        uais (list[str] | None): the schools.
        every (bool): all of them.
        keep_going (bool): go on after a school that is blocked or fails.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 0 when all are open, 1 when one failed, 2 when one is blocked or was not begun.
    """
    with open_base():
        pressed = openings.press(
            uais=_schools(uais, every=every),
            year=year,
            keeps_going=keep_going,
            actor=actor(),
            at=now(),
        )
        return _run(pressed.pk, as_json=as_json)


@app.command(
    "resume", help="Reprend une ouverture : ce qui reste, ce qui était bloqué ou en échec."
)
def resume(number: Number, *, keep_going: KeepGoing = False, as_json: AsJson = False) -> int:
    """Take up a press.

    Args:
        number (int): the press.
        keep_going (bool): go on after a school that is blocked or fails.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: as `open`.
    """
    with open_base():
        openings.resume(number=number, keeps_going=keep_going or None, actor=actor(), at=now())
        return _run(number, as_json=as_json)


@app.command("stop", help="Arrête une ouverture en cours après l’établissement commencé.")
def stop(number: Number, *, as_json: AsJson = False) -> None:
    """Ask a press to stop.

    Args:
        number (int): the press.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        openings.request_stop(number=number, actor=actor(), at=now())
    tell(
        {"opening": number},
        f"Ouverture n° {number} : l’arrêt est demandé. « bascule year resume {number} » la reprend.",
        as_json=as_json,
    )


@app.command("undo", help="Annule une ouverture, sauf là où l’on a travaillé depuis.")
def undo(number: Number, *, as_json: AsJson = False) -> int:
    """Undo a press.

    Args:
        number (int): the press.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 0 when all of it is undone, 2 when schools that worked since are kept.
    """
    with open_base():
        openings.request_undo(number=number, actor=actor(), at=now())
        return _run(number, as_json=as_json)


@app.command("list", help="Liste les ouvertures, la dernière d’abord.")
def list_(*, as_json: AsJson = False) -> None:
    """List presses.

    Args:
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        found = openings.list_openings()
    if as_json:
        print_json([_as_json(detail) for detail in found])
        return
    for detail in found:
        console().print(_sentence(detail))
    if not found:
        console().print("Aucune année n’a été ouverte : « bascule year open » en ouvre une.")


@app.command("show", help="Montre une ouverture, établissement par établissement.")
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Show a press.

    Args:
        number (int): the press.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        detail = openings.read_opening(number=number)
    _tell(detail, detail.lines, as_json=as_json)


@app.command("balance", help="Fait le bilan des élèves d’une année dans la suivante.")
def balance(
    year: YearGiven, uais: Uais = None, *, every: All = False, as_json: AsJson = False
) -> None:
    """Account for the pupils of a year.

    Args:
        year (int): the year whose pupils are accounted for.
        uais (list[str] | None): the schools.
        every (bool): all of them.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        found = balances(uais=_schools(uais, every=every), year=year)
    total = sum(found.values(), Balance())
    if as_json:
        print_json(
            {
                "year": year,
                "schools": [{"school": uai, **asdict(one)} for uai, one in found.items()],
                "total": asdict(total),
            }
        )
        return
    for uai, one in found.items():
        console().print(f"[bold]{uai}[/bold]  {_figures(one)}")
    console().print(f"[bold]Ensemble[/bold]  {_figures(total)}")


@app.command("close", help="Clôt une année : elle ne s’écrit plus, et la suivante est en cours.")
def close(
    year: YearGiven,
    uais: Uais = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Tous les établissements qui peuvent la clore.")
    ] = False,
    unknown: Annotated[
        int | None,
        typer.Option(
            metavar="NOMBRE",
            show_default=False,
            help="Nombre d’élèves dont rien n’est connu, tous établissements ensemble : clôt malgré eux.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Close a year.

    Args:
        year (int): the year under way, to close.
        uais (list[str] | None): the schools.
        every (bool): all that can.
        unknown (int | None): how many pupils nothing is known of.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 2 when schools were left out, else 0.
    """
    with open_base():
        wanted = _schools(uais, every=every)
        left_out: dict[str, str] = {}
        if every:
            plans = plan_closing(uais=wanted, year=year)
            left_out = {one.uai: one.hindrance for one in plans if not one.is_ready}
        closed = close_years(
            uais=[uai for uai in wanted if uai not in left_out],
            year=year,
            unknown=unknown,
            actor=actor(),
            at=now(),
        )
    if as_json:
        print_json(
            {
                "year": year,
                "closed": [{"school": uai, **asdict(one)} for uai, one in closed.items()],
                "left_out": [{"school": uai, "sentence": why} for uai, why in left_out.items()],
            }
        )
    else:
        screen = console()
        for uai, one in closed.items():
            screen.print(
                f"[bold]{uai}[/bold]  {school_year.label(year)} close,"
                f" {school_year.label(year + 1)} en cours. {_figures(one)}"
            )
        for uai, why in left_out.items():
            screen.print(f"[bold]{uai}[/bold]  laissé : {escape(why)}")
    return REFUSED if left_out else DONE


@app.command("reopen", help="Annule la clôture d’une année, tant que rien n’a bougé.")
def reopen(year: YearGiven, uais: Uais = None, *, as_json: AsJson = False) -> None:
    """Undo the closing of a year.

    Args:
        year (int): the year that was closed.
        uais (list[str] | None): the schools.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        wanted = _schools(uais, every=False)
        for uai in wanted:
            reopen_year(uai=uai, year=year, actor=actor(), at=now())
    tell(
        {"year": year, "reopened": wanted},
        f"{school_year.label(year)} de nouveau en cours pour {', '.join(wanted)}.",
        as_json=as_json,
    )


def _schools(uais: list[str] | None, *, every: bool) -> list[str]:
    if bool(uais) == every:
        raise WhichSchoolsError
    return list(school_numbers()) if every else [known_school(uai).uai for uai in uais or ()]


def _run(number: int, *, as_json: bool) -> int:
    seen: list[SchoolOpening] = []
    with _progress() as advance:

        def on_school(line: SchoolOpening, rank: int, total: int) -> None:
            seen.append(line)
            advance(rank, total)

        done = openings.run(number=number, clock=now, on_school=on_school)
    detail = openings.read_opening(number=number)
    _tell(detail, seen, as_json=as_json)
    if done.state == YearOpening.State.UNDONE:
        return REFUSED if detail.kept else DONE
    if detail.counts.get(Line.FAILED):
        return FAULT
    return REFUSED if detail.counts.get(Line.BLOCKED) or detail.counts.get(Line.TO_DO) else DONE


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    screen = Console(stderr=True)
    columns = (
        TextColumn("Établissements"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda rank, total: bar.update(task, completed=rank, total=total)


def _tell(detail: OpeningDetail, seen: list[SchoolOpening], *, as_json: bool) -> None:
    """Say what became of a press; of its schools, those whose line says something."""
    if as_json:
        print_json(_as_json(detail))
        return
    screen = console()
    for line in seen:
        if line.sentence:
            screen.print(
                f"[bold]{line.uai}[/bold]  {escape(detail.names.get(line.uai, ''))} :"
                f" {Line(line.state).label}. {escape(line.sentence)}"
            )
    screen.print(_sentence(detail))


def _sentence(detail: OpeningDetail) -> str:
    one = detail.opening
    counts = ", ".join(
        f"{Line(state).label} : {count}" for state, count in sorted(detail.counts.items())
    )
    sentence = (
        f"Ouverture n° {one.pk} de {school_year.label(one.year)}, {one.get_state_display()} :"
        f" {plural(len(detail.lines), 'établissement')} ({counts}) ;"
        f" élèves attendus : {detail.carried_count}."
    )
    if one.state == YearOpening.State.STOPPED:
        sentence += f" « bascule year resume {one.pk} » la reprend."
    return sentence


def _as_json(detail: OpeningDetail) -> dict[str, Any]:
    one = detail.opening
    return {
        "opening": one.pk,
        "year": one.year,
        "state": one.state,
        "keeps_going": one.keeps_going,
        "by": one.pressed_by,
        "at": one.pressed_at,
        "carried": detail.carried_count,
        "counts": detail.counts,
        "schools": [
            {
                "school": line.uai,
                "state": line.state,
                "sentence": line.sentence,
                "carried": line.carried_count,
                "left": line.left_count,
                "act": line.act_id,
            }
            for line in detail.lines
        ],
    }


def _figures(one: Balance) -> str:
    return (
        f"{plural(one.pupils, 'élève')} : {one.promoted} en montée, {one.repeating} en redoublement,"
        f" {plural(one.left, 'parti')}, {plural(one.unknown, 'inconnu')} ;"
        f" {plural(one.newcomers, 'arrivant')}"
    )
