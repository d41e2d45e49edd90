"""`bascule nightly` and `bascule bea`: the nights of the academic base, and what they did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bascule.bea import board, follow, nights, resend as resends
from bascule.bea.models import Night, Transfer
from bascule.bea.passing import read_night
from bascule.bea.rebuild import rebuild as rebuild_base
from bascule.bea.reconcile import Gap, reconcile as reconcile_school
from bascule.cli.asking import AsJson, School, Year, actor, now
from bascule.cli.counts import plural
from bascule.cli.telling import console, print_json, tell
from bascule.figures import cells
from bascule.schools.directory import known_school
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

DONE, FAULT, REFUSED = 0, 1, 2

#: The commands that mend what an alarm says; pages have no use for them.
_HINTS = {
    follow.Alarm.CUT: " « bascule nightly » la reprend tout de suite.",
    follow.Alarm.UNRECONCILED: " « bascule bea reconcile » les montre.",
}

Number = Annotated[
    int, typer.Option("--night", metavar="N", min=0, help="Numéro de la nuit ; 0 pour la dernière.")
]
Schools = Annotated[
    list[str] | None,
    typer.Option("--school", metavar="UAI", help="Cet établissement seulement ; répétable."),
]


def nightly(
    *,
    schools: Schools = None,
    year: Annotated[
        int | None, typer.Option("--year", metavar="AAAA", help="Cette année scolaire seulement.")
    ] = None,
    replay: Annotated[
        int | None,
        typer.Option(
            "--replay", metavar="N", min=0,
            help="Recommence les établissements de cette nuit ; 0 pour la dernière.",
        ),
    ] = None,
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough", help="Compare aussi les établissements où rien n’a été écrit depuis."
        ),
    ] = False,
    as_json: AsJson = False,
) -> int:  # fmt: skip
    """Pass a night, or end the one that was cut short.

    Args:
        schools (list[str] | None): these schools only.
        year (int | None): this year only.
        replay (int | None): the schools of this night again.
        thorough (bool): compare also the schools in which nothing was written.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 0 when all was acknowledged, 1 when a school failed or does not agree.
    """
    failed: list[Transfer] = []
    with open_base():
        at = now()
        replayed = None if replay is None else read_night(number=replay).pk
        with _progress() as advance:

            def on_school(line: Transfer, rank: int, total: int) -> None:
                if line.state == Transfer.State.FAILED:
                    failed.append(line)
                advance(rank, total)

            night = nights.run(
                origin=Night.Origin.ASKED if replay is None else Night.Origin.REPLAY,
                day=timezone.localdate(at),
                actor=actor(),
                clock=now,
                uais=schools,
                year=year,
                replays=replayed,
                is_thorough=thorough,
                on_school=on_school,
                on_wait=lambda: Console(stderr=True).print(
                    "Une autre nuit est en cours : celle-ci attend qu’elle finisse."
                ),
            )
        cells.keep_up(clock=now)
        shown = follow.show_night(number=night.pk)
    if as_json:
        print_json(_night(shown))
    else:
        for line in failed:
            console().print(f"[bold]{line.uai}[/bold] : {escape(line.sentence)}")
        console().print(_sentence(shown))
    totals = shown.totals
    return FAULT if totals.failed + totals.unreconciled or night.state != "done" else DONE


@app.command("status", help="Dit comment vont les nuits : les dernières, et les alarmes.")
def status(*, as_json: AsJson = False) -> int:
    """Tell how the nights go.

    Args:
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 1 when an alarm is raised.
    """
    with open_base():
        health = follow.health(at=now())
        last = follow.list_nights(most=7)
    if as_json:
        alarms = [
            {**one._asdict(), "alarm": one.alarm.value, "label": one.alarm.label}
            for one in health.alarms
        ]
        print_json(
            {"late": health.is_late, "alarms": alarms, "nights": [_night(one) for one in last]}
        )
    else:
        screen = console()
        for one in last:
            screen.print(_sentence(one))
        if not last:
            screen.print("Aucune nuit n’est encore passée : « bascule nightly » en passe une.")
        for raised in health.alarms:
            hint = _HINTS.get(raised.alarm, "")
            screen.print(f"[bold]{raised.alarm.label}[/bold]. {escape(raised.sentence)}{hint}")
    return FAULT if health.alarms else DONE


@app.command("show", help="Montre une nuit : ses établissements, ou les lignes de l’un d’eux.")
def show(
    *,
    night: Number = 0,
    school: Annotated[
        str | None,
        typer.Option("--school", metavar="UAI", help="Les lignes de cet établissement."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a night.

    Args:
        night (int): its number; 0 for the last one.
        school (str | None): the lines of this school.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        shown = follow.show_night(number=night)
        uais = None if school is None else [known_school(school).uai]
        lines = follow.schools_of(number=shown.night.pk, uais=uais)
        details = [] if school is None else [(one, _every_line(one.transfer)) for one in lines]
    if as_json:
        print_json(
            {
                **_night(shown),
                "schools": [_transfer(one) for one in lines],
                "lines": [asdict(line) for _, found in details for line in found],
            }
        )
        return
    screen = console()
    screen.print(_sentence(shown))
    for one in lines:
        screen.print(_school_sentence(one))
    for _, found in details:
        for line in found:
            reasons = ", ".join(one.words for one in line.reasons)
            number = f" INE : {line.given_ine}." if line.given_ine else ""
            screen.print(
                f"  {line.division or '–':8} {escape(line.name)} : {line.label} ({escape(reasons)}).{number}"
            )


@app.command(
    "rebuild", help="Réécrit la base telle qu’à la fin d’une nuit, et vérifie qu’elle est la même."
)
def rebuild(
    *,
    night: Number = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DOSSIER",
            help="Dossier vide où l’écrire ; sans lui, la base elle-même est réécrite, telle qu’elle est.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:  # fmt: skip
    """Write the base again.

    Args:
        night (int): as of this night; 0 for the last one.
        output (Path | None): where; None for the base itself.
        as_json (bool): print an object instead of a sentence.

    Returns:
        int: 1 when what was written is not what the base held.
    """
    with open_base():
        done = rebuild_base(
            number=night,
            into=output,
            on_wait=lambda: Console(stderr=True).print("Une nuit est en cours : on attend sa fin."),
        )
    unlike = [f"{one.uai} {school_year.label(one.year)}" for one in done.unlike]
    tell(
        {"night": done.night, "schools": done.school_count, "unlike": unlike},
        f"Nuit n° {done.night} : {plural(done.school_count, 'établissement')}. "
        + (f"Ne concordent pas : {', '.join(unlike)}." if unlike else "Tout concorde."),
        as_json=as_json,
    )
    return FAULT if unlike else DONE


@app.command(
    "resend",
    help="Demande que les élèves d’un établissement à une date repartent la nuit prochaine.",
)
def resend(
    school: School,
    year: Year,
    *,
    on: Annotated[
        datetime | None,
        typer.Option("--on", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Présents à cette date, ou venus après."),
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Annule le renvoi qui attend.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ask for a resend, or take it back.

    Args:
        school (str): the school.
        year (int): first calendar year.
        on (datetime | None): pupils of this day; None for 1 January of the year, which is all of them.
        cancel (bool): take back the one that waits.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        uai = known_school(school).uai
        if cancel:
            resends.cancel_resend(uai=uai, year=year, actor=actor(), at=now())
            tell({"school": uai, "year": year}, f"{uai} : le renvoi est annulé.", as_json=as_json)
            return
        day = on.date() if on else datetime(year, 1, 1).date()  # noqa: DTZ001 - a day
        asked = resends.ask_resend(uai=uai, year=year, day=day, actor=actor(), at=now())
    tell(
        {"school": uai, "year": year, "day": asked.day},
        f"{uai} : les élèves au {asked.day:%d/%m/%Y} repartent la nuit prochaine.",
        as_json=as_json,
    )


@app.command(
    "reconcile", help="Compare le dernier fichier, l’établissement et la base, élève par élève."
)
def reconcile(school: School, year: Year, *, as_json: AsJson = False) -> int:
    """Compare the three counts of a school.

    Args:
        school (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 1 when a difference has no reason.
    """
    with open_base():
        uai = known_school(school).uai
        found = reconcile_school(uai=uai, year=year)
    if as_json:
        print_json(
            {
                "school": uai,
                "year": year,
                "file": found.file_count,
                "records": found.school_count,
                "base": found.base_count,
                "left_before_file": found.left_count,
                "is_reconciled": found.is_reconciled,
                "divisions": [one._asdict() for one in found.divisions],
                "gaps": [_gap(one) for one in found.gaps],
            }
        )
        return DONE if found.is_reconciled else FAULT
    screen = console()
    file = "aucun" if found.file_count is None else str(found.file_count)
    screen.print(
        f"[bold]{uai}[/bold], {school_year.label(year)} : dernier fichier {file},"
        f" établissement {found.school_count}, base académique {found.base_count}."
    )
    for gap in found.gaps:
        reasons = ", ".join(one.words for one in gap.reasons)
        screen.print(f"  {gap.division or '–':8} {escape(gap.name)} : {escape(reasons)}.")
    if found.left_count:
        screen.print(f"  {plural(found.left_count, 'élève')} : sortis avant le dernier fichier.")
    screen.print(
        "Tout concorde." if found.is_reconciled else "Des différences n’ont pas de raison connue."
    )
    return DONE if found.is_reconciled else FAULT


def _every_line(transfer: Transfer) -> list[board.Shown]:
    page = 1
    found: list[board.Shown] = []
    while rows := board.read_lines(transfer=transfer, filters=board.Filters(page=page)).rows:
        found += rows
        page += 1
    return found


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    screen = Console(stderr=True)
    columns = (
        TextColumn("Établissements"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda rank, total: bar.update(task, completed=rank, total=total)


def _sentence(shown: follow.NightShown) -> str:
    night, totals = shown.night, shown.totals
    more = "".join(
        f", {count} {word}"
        for count, word in (
            (totals.failed, "en échec"), (totals.unreconciled, "sans concordance"),
        )
        if count
    )  # fmt: skip
    return (
        f"Nuit n° {night.pk} du {night.day:%d/%m/%Y}, {shown.label} :"
        f" {plural(totals.schools, 'établissement')}{more} ; envoyés {totals.sent}, inchangés {totals.unchanged},"
        f" retirés {totals.withdrawn}, bloqués {totals.blocked}, refusés {totals.refused},"
        f" INE reçus {totals.given} ; {totals.base} dans la base."
    )


def _school_sentence(one: follow.SchoolLine) -> str:
    line = one.transfer
    said = (
        f"[bold]{line.uai}[/bold] {escape(one.name)}, {school_year.label(line.year)} : {one.label} ;"
        f" envoyés {line.sent_count}, inchangés {line.unchanged_count}, retirés {line.withdrawn_count},"
        f" bloqués {line.blocked_count}, refusés {line.refused_count}."
    )
    if line.is_reconciled is False:
        said += " Ne concorde pas."
    return f"{said} {escape(line.sentence)}".rstrip()


def _night(shown: follow.NightShown) -> dict[str, Any]:
    night = shown.night
    return {
        "night": night.pk,
        "day": night.day,
        "origin": night.origin,
        "replays": night.replays_id,
        "state": night.state,
        "cut": shown.is_cut,
        "by": night.asked_by,
        "started_at": night.started_at,
        "ended_at": night.ended_at,
        "digest": bytes(night.digest).hex() if night.digest else None,
        "totals": shown.totals._asdict(),
    }


def _transfer(one: follow.SchoolLine) -> dict[str, Any]:
    line = one.transfer
    return {
        "school": line.uai,
        "year": line.year,
        "state": line.state,
        "sent": line.sent_count,
        "unchanged": line.unchanged_count,
        "withdrawn": line.withdrawn_count,
        "blocked": line.blocked_count,
        "refused": line.refused_count,
        "given": line.given_count,
        "file": line.file_count,
        "records": line.school_count,
        "base": line.base_count,
        "is_reconciled": line.is_reconciled,
        "digest": bytes(line.digest).hex() if line.digest else None,
        "divisions": line.divisions,
        "sentence": line.sentence,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "between": gap.between.value,
        "pupil": gap.pupil_id,
        "name": gap.name,
        "division": gap.division,
        "reasons": [one._asdict() for one in gap.reasons],
        "is_explained": gap.is_explained,
    }
