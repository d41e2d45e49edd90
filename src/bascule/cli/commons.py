"""`bascule commons`: a school's address, head and calendar for a year."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from bascule.cli.asking import AsJson, actor, now
from bascule.cli.schools import Day, Uai, YearGiven, day_of
from bascule.cli.telling import tell
from bascule.schools import common_data as verbs, directory
from bascule.schools.common_data import TEXTS, CommonData
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)


@app.command("show", help="Montre l’adresse, le chef d’établissement et le calendrier.")
def show(uai: Uai, year: YearGiven, *, as_json: AsJson = False) -> None:
    """Show common data.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        found = verbs.read_common(uai=uai, year=year)
    _tell(uai, year, found, as_json=as_json)


@app.command("save", help="Modifie ce qui est dit, et garde le reste.")
def save(
    uai: Uai,
    year: YearGiven,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DONNÉE=VALEUR]…", help=f"Une donnée et sa valeur : {', '.join(TEXTS)}."
        ),
    ] = None,
    *,
    starts_on: Annotated[datetime | None, Day] = None,
    ends_on: Annotated[datetime | None, Day] = None,
    as_json: AsJson = False,
) -> None:
    """Change common data.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        texts (list[str] | None): what changes of the school, each as `NOM_RESP=MOREL`.
        starts_on (datetime | None): first day of pupils.
        ends_on (datetime | None): last day of pupils.
        as_json (bool): print an object instead of sentences.
    """
    given = dict(one.partition("=")[::2] for one in texts or ())
    with open_base():
        uai = directory.known_school(uai).uai
        found = verbs.read_common(uai=uai, year=year)
        typed = replace(
            found,
            texts={**found.texts, **given},
            starts_on=day_of(starts_on) or found.starts_on,
            ends_on=day_of(ends_on) or found.ends_on,
        )
        verbs.save_common(uai=uai, year=year, typed=typed, actor=actor(), at=now())
        found = verbs.read_common(uai=uai, year=year)
    _tell(uai, year, found, as_json=as_json)


@app.command("verify", help="Dit que les données communes sont vérifiées, même sans changement.")
def verify(uai: Uai, year: YearGiven, *, as_json: AsJson = False) -> None:
    """Verify common data.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        verbs.verify_common(uai=uai, year=year, actor=actor(), at=now())
    tell(
        {"school": uai, "year": year},
        f"[bold]{uai}[/bold], {school_year.label(year)} : données communes vérifiées.",
        as_json=as_json,
    )


def _tell(uai: str, year: int, found: CommonData, *, as_json: bool) -> None:
    texts = found.texts
    lines = [
        f"[bold]{uai}[/bold] {escape(texts['DENOM_PRINC'])}, {school_year.label(year)}",
        escape(f"  {texts['LIGNE1_ADRESSE']} {texts['CODE_POSTAL']} {texts['LIBELLE_POSTAL']}"),
        escape(f"  {texts['NOM_RESP']}, {texts['QUAL_RESP']}"),
        f"  Du {found.starts_on:%d/%m/%Y} au {found.ends_on:%d/%m/%Y}",
    ]
    lines += [
        escape(f"  {span.label} : du {span.starts_on:%d/%m/%Y} au {span.ends_on:%d/%m/%Y}")
        for span in (*found.periods, *found.closings)
    ]
    content = {
        "school": uai,
        "year": year,
        **texts,
        "starts_on": found.starts_on,
        "ends_on": found.ends_on,
        "periods": [[span.label, span.starts_on, span.ends_on] for span in found.periods],
        "closings": [[span.label, span.starts_on, span.ends_on] for span in found.closings],
        "missing": found.missing,
    }
    tell(content, "\n".join(lines), as_json=as_json)
