"""`bascule campaign`: how far schools are, and who is stuck."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bascule.campaign import reading
from bascule.campaign.board import Filters, page_of, read_board
from bascule.campaign.campaigns import campaign_of
from bascule.campaign.letters import letter_of
from bascule.campaign.looks import Row, Tally
from bascule.campaign.reminders import Message, preview, send
from bascule.campaign.sheets import write_sheet
from bascule.campaign.states import State
from bascule.cli.asking import AsJson, actor, now
from bascule.cli.counts import plural
from bascule.cli.schools import YearGiven
from bascule.cli.telling import console, print_json, tell
from bascule.exchange.papers.table import TableForm
from bascule.schools.directory import school_numbers
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

Code = Annotated[
    str,
    typer.Argument(metavar="CAMPAGNE", help="La campagne : rentree, gep, ine, constat ou cles."),
]

Department = Annotated[
    str, typer.Option(help="Un département seulement, en trois caractères : 077.")
]
StepGiven = Annotated[str, typer.Option(help="Ceux qui n’ont pas passé cette étape.")]
Late = Annotated[bool, typer.Option("--late", help="Ceux qui sont en retard.")]


@app.command("show", help="Montre où en sont les établissements dans une campagne.")
def show(
    code: Code,
    year: YearGiven,
    *,
    department: Department = "",
    step: StepGiven = "",
    blocked: Annotated[bool, typer.Option("--blocked", help="Ceux qui sont bloqués.")] = False,
    late: Late = False,
    page: Annotated[int, typer.Option(help="Page de la liste.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Show a campaign.

    Args:
        code (str): the campaign.
        year (int): first calendar year.
        department (str): one département only.
        step (str): those that have not passed this step.
        blocked (bool): those that are blocked.
        late (bool): those that are late.
        page (int): which page of schools.
        as_json (bool): print an object instead of sentences.
    """
    filters = Filters(
        department=department, step=step, state=State.BLOCKED if blocked else None, is_late=late
    )
    at = now()
    with open_base():
        board = read_board(
            campaign=campaign_of(code), year=year, uais=school_numbers(), filters=filters, at=at
        )
        rows = list(page_of(board, number=page).object_list)
    if as_json:
        print_json(
            {
                "campaign": code,
                "year": year,
                "schools": len(board.rows),
                "steps": [_tally(one) for one in board.tallies],
                "rows": [_row(one) for one in rows],
            }
        )
        return
    screen = console()
    screen.print(
        f"[bold]{board.campaign.label}[/bold], {school_year.label(year)} :"
        f" {plural(len(board.rows), 'établissement')}"
    )
    for one in board.tallies:
        screen.print(
            f"  {one.step.label} : {one.over} sur {board.school_count}, {one.counts[State.BLOCKED]} bloqués,"
            f" {one.late} en retard ({_due(one)})"
        )
    for row in rows:
        marks = " ".join(cell.state.mark for cell in row.cells)
        why = f" {row.waiting.step.label} : {row.cause or ''}" if row.waiting else ""
        screen.print(f"[bold]{row.uai}[/bold]  {marks}  {escape(row.name)}.{escape(why)}")


@app.command("export", help="Écrit le tableau d’une campagne dans un fichier.")
def export(
    code: Code,
    year: YearGiven,
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Fichier .xlsx ou .csv.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Write the board of a campaign.

    Args:
        code (str): the campaign.
        year (int): first calendar year.
        file (Path): where, a workbook or CSV by its end.
        as_json (bool): print an object instead of sentences.
    """
    at = now()
    form = TableForm.XLSX if file.suffix.lower() == ".xlsx" else TableForm.CSV
    with open_base():
        board = read_board(
            campaign=campaign_of(code), year=year, uais=school_numbers(), filters=Filters(), at=at
        )
        file.write_bytes(write_sheet(board, form=form, author=actor(), at=at))
    tell(
        {"schools": len(board.rows), "file": str(file)},
        f"{plural(len(board.rows), 'établissement')} dans {escape(str(file))}.",
        as_json=as_json,
    )


@app.command("remind", help="Montre ce que recevraient les établissements en retard, ou l’envoie.")
def remind(
    code: Code,
    year: YearGiven,
    *,
    department: Department = "",
    step: StepGiven = "",
    late: Late = False,
    leaves: Annotated[
        bool, typer.Option("--send", help="Envoie les messages, au lieu de les montrer.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what schools would be written, or write to them.

    Args:
        code (str): the campaign.
        year (int): first calendar year.
        department (str): one département only.
        step (str): those that have not passed this step, and are written to about it.
        late (bool): those that are late.
        leaves (bool): send the messages.
        as_json (bool): print an object instead of sentences.
    """
    at = now()
    with open_base():
        campaign = campaign_of(code)
        board = read_board(
            campaign=campaign,
            year=year,
            uais=school_numbers(),
            filters=Filters(department=department, step=step, is_late=late),
            at=at,
        )
        found = preview(board=board, letter=letter_of(campaign), step=step)
        count = send(board=board, messages=found, actor=actor(), at=at) if leaves else 0
    if as_json:
        print_json(
            {
                "sent": count,
                "messages": [
                    {"school": one.uai, "step": one.cell.step.code, "ready": one.is_ready}
                    for one in found
                ],
            }
        )
        return
    screen = console()
    for one in found:
        screen.print(f"[bold]{one.uai}[/bold]  {escape(one.subject)}{_why_not(one)}")
    if leaves:
        screen.print(
            f"{plural(count, 'établissement')} à qui écrire : le worker envoie les messages."
        )


@app.command("read", help="Relit où en sont tous les établissements d’une année.")
def read(year: YearGiven, *, as_json: AsJson = False) -> None:
    """Read all schools again.

    Args:
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uais = school_numbers()
        changed = reading.refresh(uais=uais, year=year, at=now())
    tell(
        {"schools": len(uais), "changed": changed},
        f"{plural(len(uais), 'établissement')} ; étapes qui ont changé : {changed}.",
        as_json=as_json,
    )


def _why_not(one: Message) -> str:
    if one.is_ready:
        return ""
    if one.is_of_authority:
        return " (au rectorat d’agir)"
    return " (déjà relancé)" if one.is_sent else " (pas d’adresse)"


def _due(one: Tally) -> str:
    return f"attendue le {one.due_on:%d/%m/%Y}" if one.due_on else "pas encore ouverte"


def _tally(one: Tally) -> dict[str, object]:
    return {
        "step": one.step.code,
        "due": one.due_on,
        "late": one.late,
        "foreseen": one.foreseen_on,
        **{state.name.lower(): count for state, count in one.counts.items()},
    }


def _row(row: Row) -> dict[str, object]:
    return {
        "school": row.uai,
        "late": row.shape.late,
        "step": row.waiting.step.code if row.waiting else None,
        "cause": str(row.cause) if row.cause else None,
        "steps": {cell.step.code: cell.state.value for cell in row.cells},
    }
