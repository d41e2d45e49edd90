"""`bascule constat`: open the constat of a year, see who signed, count again what was signed."""

from datetime import datetime
from typing import Annotated, Any

import typer
from django.utils import timezone

from bascule.cli.asking import AsJson, School, Year, actor, now
from bascule.cli.counts import plural
from bascule.cli.telling import console, print_json, tell
from bascule.constat import rounds, sign
from bascule.constat.counting import COLUMNS
from bascule.constat.rebuild import Rebuilt, rebuild as rebuild_constat
from bascule.constat.standing import Standing, rolled_up, standing
from bascule.schools.directory import known_school, school_numbers
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

DONE, FAULT = 0, 1


@app.command("open", help="Ouvre le constat de rentrée d’une année à tous les établissements.")
def open_constat(
    year: Year,
    *,
    observed: Annotated[
        datetime,
        typer.Option(
            "--observed", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Jour d’observation."
        ),
    ],
    opens: Annotated[
        datetime,
        typer.Option(
            "--from", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Signatures à partir de ce jour."
        ),
    ],
    closes: Annotated[
        datetime,
        typer.Option("--until", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Dernier jour."),
    ],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Open the constat of a year.

    Args:
        year (int): first calendar year.
        observed (datetime): day on which pupils are counted.
        opens (datetime): first day of signatures.
        closes (datetime): last day.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        made = rounds.open_round(
            year=year, observed_on=observed.date(), opens_on=opens.date(), closes_on=closes.date(),
            actor=actor(), at=now(),
        )  # fmt: skip
    days = {
        "observed_on": made.observed_on,
        "opens_on": made.opens_on,
        "closes_on": made.closes_on,
    }
    tell(
        {"year": year, **days},
        f"Le constat {school_year.label(year)} est ouvert, du {made.opens_on:%d/%m/%Y} au {made.closes_on:%d/%m/%Y},"
        f" pour les élèves présents au {made.observed_on:%d/%m/%Y}.",
        as_json=as_json,
    )


@app.command(
    "prolong",
    help="Change le dernier jour, rouvre s’il le faut ; les établissements nouveaux entrent.",
)
def prolong(
    year: Year,
    *,
    until: Annotated[
        datetime,
        typer.Option("--until", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Dernier jour."),
    ],
    as_json: AsJson = False,
) -> None:
    """Let the constat last until another day.

    Args:
        year (int): first calendar year.
        until (datetime): last day.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        made = rounds.change_days(year=year, closes_on=until.date(), actor=actor(), at=now())
    tell(
        {"year": year, "closes_on": made.closes_on},
        f"Le constat {school_year.label(year)} dure jusqu’au {made.closes_on:%d/%m/%Y}.",
        as_json=as_json,
    )


@app.command("close", help="Clôt le constat : plus personne ne le signe.")
def close(year: Year, *, as_json: AsJson = False) -> None:
    """Close the constat.

    Args:
        year (int): first calendar year.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        rounds.close_round(year=year, actor=actor(), at=now())
    tell({"year": year}, f"Le constat {school_year.label(year)} est clos.", as_json=as_json)


@app.command("reopen", help="Rouvre le constat d’un établissement ; sa signature est gardée.")
def reopen(
    school: School,
    year: Year,
    *,
    why: Annotated[str, typer.Option("--why", help="Raison, que l’établissement lira.")],
    as_json: AsJson = False,
) -> None:
    """Take the signature of a school back.

    Args:
        school (str): the school.
        year (int): first calendar year.
        why (str): what the school reads.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        uai = known_school(school).uai
        done = sign.reopen(uai=uai, year=year, why=why, until=None, actor=actor(), at=now())
    tell(
        {"school": uai, "year": year, "number": done.number},
        f"{uai} : le constat {done.shown_number} est rouvert.",
        as_json=as_json,
    )


@app.command("status", help="Dit qui a signé, qui est en retard, qui est bloqué.")
def status(year: Year, *, as_json: AsJson = False) -> None:
    """Tell where schools stand.

    Args:
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        found = standing(uais=school_numbers(), year=year, at=now())
    departments = rolled_up(found.values())
    if as_json:
        print_json({"schools": [_standing(one) for one in found.values()]})
        return
    screen = console()
    for one in found.values():
        late = f", en retard depuis le {one.late_since:%d/%m/%Y}" if one.late_since else ""
        screen.print(
            f"[bold]{one.uai}[/bold] : {one.state.label}{late} ; {plural(one.pupil_count, 'élève')}."
        )
    for rolled in departments if found else ():
        screen.print(
            f"{rolled.department or 'Ensemble'} : {rolled.signed} signés sur {rolled.schools} ({rolled.percent} %)."
        )
    if not found:
        screen.print(
            "Le constat de cette année n’est pas ouvert : « bascule constat open » l’ouvre."
        )


@app.command("rebuild", help="Recompte ce qui fut signé, depuis l’historique, à l’unité près.")
def rebuild(
    school: School,
    year: Year,
    *,
    number: Annotated[
        int | None,
        typer.Option("--number", metavar="N", min=1, help="Numéro de la signature ; sinon la dernière."),
    ] = None,
    as_json: AsJson = False,
) -> int:  # fmt: skip
    """Count again what was signed.

    Args:
        school (str): the school.
        year (int): first calendar year.
        number (int | None): which signature.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 1 when something is not the same.
    """
    with open_base():
        uai = known_school(school).uai
        found = rebuild_constat(uai=uai, year=year, number=number)
    if as_json:
        print_json(_rebuilt(found))
    else:
        screen = console()
        signature = found.signature
        screen.print(
            f"[bold]{signature.shown_number}[/bold] : {plural(signature.pupil_count, 'élève')} au"
            f" {signature.observed_on:%d/%m/%Y}."
        )
        for source, count in found.counts.items():
            screen.print(f"  {source.label} : {count}.")
        for one in found.differences:
            cell = " ".join(value or "–" for value in one.cell)
            screen.print(
                f"  {one.source.label} : {cell}, signé {one.signed}, recompté {one.found}."
            )
        if found.altered:
            screen.print("  Ce qui est gardé n’est plus ce que dit le journal.")
        if found.forgotten_at:
            screen.print(
                f"Il ne peut plus être recompté : depuis le {timezone.localtime(found.forgotten_at):%d/%m/%Y}, des"
                " élèves de cette année sont supprimés, le temps de contester étant passé. Le document signé, ses"
                " nombres et leur empreinte restent."
            )
        elif found.is_same:
            screen.print("Égal à l’unité près.")
        else:
            screen.print("Ce n’est pas égal.")
    return DONE if found.is_same else FAULT


def _standing(one: Standing) -> dict[str, Any]:
    return {**one._asdict(), "state": one.state.value, "label": one.state.label}


def _rebuilt(found: Rebuilt) -> dict[str, Any]:
    signature = found.signature
    return {
        "school": signature.uai,
        "year": signature.year,
        "number": signature.number,
        "signed_at": signature.signed_at,
        "observed_on": signature.observed_on,
        "act": signature.act_id,
        "night": signature.night_id,
        "pupils": signature.pupil_count,
        "digest": signature.digest,
        "counts": {source.value: count for source, count in found.counts.items()},
        "columns": list(COLUMNS),
        "differences": [
            {**one._asdict(), "source": one.source.value, "cell": list(one.cell)}
            for one in found.differences
        ],
        "altered": found.altered,
        "forgotten_at": found.forgotten_at,
        "is_same": found.is_same,
    }
