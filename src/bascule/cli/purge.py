"""`bascule purge`: what is past its time, said before, removed, told afterwards; and how long each kind is kept."""

from typing import Annotated, Any

import typer
from django.utils import timezone

from bascule.cli.asking import AsJson, actor, now
from bascule.cli.counts import plural
from bascule.cli.telling import console, print_json, tell
from bascule.journal import retention
from bascule.ops import purge
from bascule.ops.purge import Report
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

_WORDS = {
    "file": "fichiers déposés vidés",
    "report": "comptes rendus d’import supprimés",
    "pupil": "élèves supprimés",
    "rows": "lignes supprimées avec eux (scolarité, responsables, adresses, INE, base académique)",
    "history": "états antérieurs supprimés de l’historique",
    "person": "identités supprimées du répertoire",
    "access": "consultations supprimées",
    "campaign": "relances et états de campagnes passées supprimés",
}


@app.command("plan", help="Dit ce que la suppression ferait, durée par durée, sans rien supprimer.")
def plan(*, as_json: AsJson = False) -> None:
    """Tell what would go.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        days = retention.durations()
        report = purge.plan(actor=actor(), at=now())
    if as_json:
        print_json({**_as_json(report), "days": {kind.value: days[kind] for kind in days}})
        return
    screen = console()
    for kind, count in days.items():
        rule = kind.rule
        screen.print(
            f"[bold]{kind.value}[/bold]  {rule.label} : {count} jours {rule.counted} ; reste {rule.stays}."
        )
    _tell(report, "Seraient")


@app.command("run", help="Supprime ce dont la durée est passée.")
def run(*, as_json: AsJson = False) -> None:
    """Remove what is past its time.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        report = purge.run(actor=actor(), at=now())
    if as_json:
        print_json(_as_json(report))
    else:
        _tell(report, "Ont été")


@app.command("report", help="Montre ce que la dernière suppression a fait.")
def report_(*, as_json: AsJson = False) -> None:
    """Show the last report.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        report = purge.last_report()
    if as_json:
        print_json(_as_json(report) if report else None)
    elif report is None:
        console().print(
            "Rien n’a encore été supprimé : « bascule purge plan » dit ce qui le serait."
        )
    else:
        console().print(f"Le {timezone.localtime(report.at):%d/%m/%Y à %H:%M} :")
        _tell(report, "Ont été")


@app.command("set", help="Change une durée de conservation.")
def set_(
    kind: Annotated[str, typer.Argument(metavar="NOM", help="Le nom que « plan » donne.")],
    days: Annotated[int, typer.Argument(metavar="JOURS", help="Nombre de jours.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Change how long a kind is kept.

    Args:
        kind (str): its code.
        days (int): how many days.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        retention.set_duration(kind=kind, days=days, actor=actor(), at=now())
    tell({"kind": kind, "days": days}, f"{kind} est gardé {days} jours.", as_json=as_json)


def _tell(report: Report, verb: str) -> None:
    screen = console()
    for name, words in _WORDS.items():
        screen.print(f"{report.counts.get(name, 0):>9}  {words}")
    screen.print(f"{verb} touchés : {report.schools} établissement(s).")
    for year, pupils, until in report.holds:
        screen.print(
            f"Restent au-delà de leur durée : {plural(pupils, 'élève')} que compte le constat de rentrée"
            f" {school_year.label(year)}, qui peut être contesté jusqu’au {until:%d/%m/%Y}."
        )
    if report.busy:
        screen.print(f"Occupés, à la prochaine fois : {', '.join(report.busy)}.")


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "at": report.at.isoformat(),
        "counts": report.counts,
        "schools": report.schools,
        "busy": list(report.busy),
        "holds": [one._asdict() for one in report.holds],
    }
