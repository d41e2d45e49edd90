"""`bascule takeover`: GEP, the school's software and the base, pupil by pupil."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bascule.cli.asking import AsJson, School, Year
from bascule.exchange.takeover import Compared, Side, Takeover, compare_takeover
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)

#: What the command ends with while GEP may not be stopped without a word: somebody is missing, or there twice.
_SOMEBODY_IS_LOST = 1


@app.command(
    "takeover",
    help="Compare GEP, l’import du logiciel et la base, élève par élève ; finit par 1 tant que quelqu’un manque"
    " quelque part ou s’y trouve deux fois, par 0 quand GEP peut être arrêté.",
)
def takeover(
    *,
    school: School,
    year: Year,
    most: Annotated[
        int, typer.Option("--most", metavar="N", help="Élèves montrés au plus.", min=1)
    ] = 100,
    as_json: AsJson = False,
) -> int:
    """Compare the three sides.

    Args:
        school (str): the school.
        year (int): the year.
        most (int): pupils shown at most.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 1 while somebody is missing on a side, or there twice; 0 when GEP may be stopped, though divisions differ.
    """
    with open_base():
        found = compare_takeover(uai=school, year=year)
    if as_json:
        answer = {
            "gep_run": found.gep_run.pk,
            "file_runs": [run.pk for run in found.file_runs],
            "counts": found.counts,
            "agreed": found.agreed_count,
            "lost": len(found.lost),
            "apart": [_as_json(one) for one in found.apart],
        }
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return _ended(found)
    console = Console(highlight=False, soft_wrap=True)
    counts = " · ".join(f"{side.label} {count}" for side, count in found.counts.items())
    console.print(f"[bold]Élèves dans l’établissement[/bold] : {counts}.")
    console.print(f"D’accord partout : {found.agreed_count}. À expliquer : {len(found.apart)}.")
    if not found.lost:
        console.print("Personne n’est perdu : GEP peut être arrêté.")
    if not found.apart:
        return 0
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("Élève", *(f"Division, {side.label}" for side in Side), "À expliquer"):
        table.add_column(title, no_wrap=True)
    for one in found.apart[:most]:
        table.add_row(one.label, *(_where(one, side) for side in Side), one.why)
    console.print(table)
    return _ended(found)


def _ended(found: Takeover) -> int:
    return _SOMEBODY_IS_LOST if found.lost else 0


def _where(one: Compared, side: Side) -> str:
    if one.is_there(side):
        return one.division(side) or "oui"
    return "parti" if one.seen[side] else "absent"


def _as_json(one: Compared) -> dict[str, object]:
    return {
        "pupil": one.label,
        "why": one.why,
        **{side.value: _where(one, side) for side in Side},
    }
