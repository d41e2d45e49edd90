"""`bascule schools`: the directory, the years, and what is sent down to a school."""

from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from bascule.cli.asking import AsJson, actor, now
from bascule.cli.counts import counted
from bascule.cli.telling import console, print_json, tell
from bascule.nomenclatures.deposit import Sort, open_sent
from bascule.schools import directory, load, open_year as years
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import State
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

Uai = Annotated[
    str, typer.Argument(metavar="UAI", help="Numéro de l’établissement, sept chiffres et sa clé.")
]
YearGiven = Annotated[
    int,
    typer.Argument(
        metavar="YEAR",
        min=1990,
        max=2100,
        help="Année scolaire, par sa première année civile (2026 = 2026-2027).",
    ),
]
SentFile = Annotated[
    Path,
    typer.Argument(
        metavar="FICHIER",
        exists=True,
        dir_okay=False,
        help="XML ou ZIP ; il dit de quel établissement il est.",
    ),
]
_COMMON_BLOCKS = {
    "UAJ": "établissement",
    "ANNEE_SCOLAIRE": "année scolaire",
    "ANNEE_SCOLAIRE_AD": "année précédente",
    "PERIODES": "périodes",
    "FERMETURES": "fermetures",
}
Day = typer.Option(
    metavar="AAAA-MM-JJ",
    formats=["%Y-%m-%d"],
    show_default=False,
    help="Premier ou dernier jour des élèves ; sinon 1er septembre et 31 août.",
)


class Wanted(StrEnum):
    """States into which a year is brought by hand; a year is closed with its balance, by `bascule year`."""

    PREPARATION = "preparation"
    CURRENT = "current"


@app.command("add", help="Inscrit un établissement dans l’annuaire.")
def add(
    uai: Uai,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Son nom.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Enter a school into the directory.

    Args:
        uai (str): its number.
        name (str): its name.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        school = directory.register_school(uai=uai, name=name, actor=actor(), at=now())
    tell(
        {"school": school.uai, "name": school.name},
        f"[bold]{school.uai}[/bold] {escape(school.name)} : inscrit dans l’annuaire.",
        as_json=as_json,
    )


@app.command("list", help="Liste les établissements et leurs années.")
def list_schools(*, as_json: AsJson = False) -> None:
    """List the directory.

    Args:
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        schools = directory.list_schools()
        opened: dict[str, list[SchoolYear]] = {school.uai: [] for school in schools}
        for row in years.years_of(*opened):
            opened[row.uai].append(row)
    if as_json:
        print_json(
            [
                {
                    "school": school.uai,
                    "name": school.name,
                    "private": school.is_private,
                    "years": [_year_as_json(row) for row in opened[school.uai]],
                }
                for school in schools
            ]
        )
        return
    screen = console()
    for school in schools:
        held = ", ".join(_year_label(row) for row in opened[school.uai])
        screen.print(
            f"[bold]{school.uai}[/bold]  {escape(school.name)}  ({held or 'aucune année'})"
        )
    if not schools:
        screen.print("L’annuaire est vide : « bascule schools add » inscrit un établissement.")


@app.command("open", help="Ouvre une année pour un établissement, ou change son état.")
def open_year(
    uai: Uai,
    year: YearGiven,
    *,
    state: Annotated[
        Wanted | None, typer.Option(help="En préparation (par défaut à l’ouverture) ou en cours.")
    ] = None,
    starts_on: Annotated[datetime | None, Day] = None,
    ends_on: Annotated[datetime | None, Day] = None,
    as_json: AsJson = False,
) -> None:
    """Open a year, or bring one that exists into another state.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        state (Wanted | None): the state wanted.
        starts_on (datetime | None): first day.
        ends_on (datetime | None): last day, included.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        exists = any(row.year == year for row in years.years_of(uai))
        if exists and state and not starts_on and not ends_on:
            row = years.change_state(
                uai=uai, year=year, state=State(state), actor=actor(), at=now()
            )
        else:
            row = years.open_year(
                uai=uai,
                year=year,
                state=State(state or Wanted.PREPARATION),
                starts_on=day_of(starts_on),
                ends_on=day_of(ends_on),
                actor=actor(),
                at=now(),
            )
    _tell_year(row, as_json=as_json)


@app.command("structures", help="Charge les divisions et les groupes (Structures.xml ou son ZIP).")
def structures(file: SentFile, *, as_json: AsJson = False) -> None:
    """Load structures.

    Args:
        file (Path): the file; it says whose it is.
        as_json (bool): print an object instead of sentences.
    """
    deposit = open_sent(file.name, file.read_bytes(), sort=Sort.STRUCTURES)
    uai, year = deposit.heading.uai, deposit.heading.year
    with open_base():
        loaded = load.load_structures(
            uai=uai, year=year, records=deposit.records, actor=actor(), at=now()
        )
    counts = {
        "divisions": asdict(loaded.counts["D"]),
        "groups": asdict(loaded.counts["G"]),
    }
    lines = [f"[bold]{uai}[/bold], {school_year.label(year)}"]
    lines.append(f"  Divisions : {counted(counts['divisions'], is_feminine=True)}")
    lines.append(f"  Groupes : {counted(counts['groups'])}")
    lines += (f"  Non gardé, {escape(aside)}." for aside in loaded.set_aside)
    if loaded.unknown_mefs:
        lines.append(
            "  Des divisions mènent à des MEF que le profilage ne retient pas : "
            + escape(", ".join(loaded.unknown_mefs))
            + ". Complétez le profilage, ou corrigez les structures."
        )
    content = {
        "school": uai,
        "year": year,
        "act": loaded.act_id,
        **counts,
        "set_aside": loaded.set_aside,
        "unknown_mefs": loaded.unknown_mefs,
    }
    tell(content, "\n".join(lines), as_json=as_json)


@app.command("commons", help="Charge les données communes (Communs.xml ou son ZIP).")
def commons(file: SentFile, *, as_json: AsJson = False) -> None:
    """Load common data.

    Args:
        file (Path): the file; it says whose it is.
        as_json (bool): print an object instead of sentences.
    """
    deposit = open_sent(file.name, file.read_bytes(), sort=Sort.COMMON)
    uai, year = deposit.heading.uai, deposit.heading.year
    with open_base():
        loaded = load.load_common(
            uai=uai, year=year, records=deposit.records, actor=actor(), at=now()
        )
    changed = ", ".join(_COMMON_BLOCKS[block] for block in loaded.changed)
    tell(
        {"school": uai, "year": year, **asdict(loaded)},
        f"[bold]{uai}[/bold] {escape(loaded.name)}, {school_year.label(year)} :"
        f" du {loaded.starts_on:%d/%m/%Y} au {loaded.ends_on:%d/%m/%Y} ({changed or 'rien n’a changé'}).",
        as_json=as_json,
    )


@app.command("division", help="Ajoute une division, ou la rattache à d’autres MEF.")
def division(
    uai: Uai,
    year: YearGiven,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code, 8 caractères au plus.")],
    *,
    mef: Annotated[
        list[str],
        typer.Option(metavar="MEF", help="MEF de la division, 11 caractères ; se répète."),
    ],
    label: Annotated[str, typer.Option(metavar="LIBELLÉ", help="Libellé.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add or attach a division.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        code (str): the division.
        mef (list[str]): MEF it leads to.
        label (str): its name.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        row = load.add_division(
            uai=uai, year=year, code=code, label=label, mefs=mef, actor=actor(), at=now()
        )
    tell(
        {"school": uai, "year": year, "code": row.code, "label": row.label, "mefs": row.mefs},
        f"Division [bold]{escape(row.code)}[/bold], {school_year.label(year)} :"
        f" MEF {escape(', '.join(row.mefs))}.",
        as_json=as_json,
    )


def day_of(given: datetime | None) -> date | None:
    """Read a day typed as an option.

    Args:
        given (datetime | None): what typer read; None for nothing typed.

    Returns:
        date | None: the day.
    """
    return given.date() if given else None


def _tell_year(row: SchoolYear, *, as_json: bool) -> None:
    named = f", logiciel {escape(row.software)}" if row.software else ""
    tell(
        {"school": row.uai, **_year_as_json(row)},
        f"[bold]{row.uai}[/bold], année {_year_label(row)} :"
        f" du {row.starts_on:%d/%m/%Y} au {row.ends_on:%d/%m/%Y}{named}.",
        as_json=as_json,
    )


def _year_label(row: SchoolYear) -> str:
    return f"{school_year.label(row.year)} {State(row.state).label}"


def _year_as_json(row: SchoolYear) -> dict[str, Any]:
    return {
        "year": row.year,
        "state": State(row.state).value,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "software": row.software,
    }
