"""`bascule structures`: the divisions and groups that a school makes for its year."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from bascule.cli.asking import AsJson, actor, now
from bascule.cli.schools import Uai, YearGiven
from bascule.cli.telling import console, print_json, tell
from bascule.preparation import structures as verbs
from bascule.schools import directory, structures as own
from bascule.schools.models import Structure
from bascule.schools.structures import StructureTyped
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

Code = Annotated[str, typer.Argument(metavar="CODE", help="Code, 8 caractères au plus.")]
IsGroup = Annotated[bool, typer.Option("--groupe", help="C’est un groupe, non une division.")]
UsesSconet = Annotated[
    bool, typer.Option("--oui/--non", help="Réponse à « Utilisez-vous Sconet ? ».")
]


@app.command("carry", help="Fait la bascule STS : reprend les structures de l’année précédente.")
def carry(
    uai: Uai, year: YearGiven, *, uses_sconet: UsesSconet = True, as_json: AsJson = False
) -> None:
    """Take over the structures of the year before.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        uses_sconet (bool): the answer to the parameter.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        done = own.carry_structures(
            uai=uai, year=year, uses_sconet=uses_sconet, actor=actor(), at=now()
        )
    tell(
        {"school": uai, "year": year, "divisions": done.divisions, "groups": done.groups},
        f"[bold]{uai}[/bold], {school_year.label(year)} : bascule STS faite, {done.divisions}"
        f" division(s) et {done.groups} groupe(s) à confirmer.",
        as_json=as_json,
    )


@app.command("sconet", help="Répond à « Utilisez-vous Sconet ? ».")
def sconet(
    uai: Uai, year: YearGiven, *, uses_sconet: UsesSconet = True, as_json: AsJson = False
) -> None:
    """Answer the parameter again.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        uses_sconet (bool): the answer.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        own.say_sconet(uai=uai, year=year, uses_sconet=uses_sconet, actor=actor(), at=now())
    tell(
        {"school": uai, "year": year, "uses_sconet": uses_sconet},
        f"[bold]{uai}[/bold], {school_year.label(year)} : {'oui' if uses_sconet else 'non'}.",
        as_json=as_json,
    )


@app.command("list", help="Liste divisions et groupes, avec leurs effectifs.")
def list_structures(uai: Uai, year: YearGiven, *, as_json: AsJson = False) -> None:
    """List structures.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        rows = own.structures_of(uai=uai, year=year)
        pupils = verbs.pupils_by_division(uai=uai, year=year)
    if as_json:
        print_json([_as_json(row, pupils[row.code]) for row in rows])
        return
    screen = console()
    for row in rows:
        members = ", ".join(row.mefs or row.divisions) or "sans MEF"
        planned = "" if row.planned_count is None else f", {row.planned_count} prévus"
        counted = f", {pupils[row.code]} élèves" if row.kind == Structure.Kind.DIVISION else ""
        aside = ", à confirmer" if row.is_to_confirm else ""
        screen.print(
            f"{Structure.Kind(row.kind).label} [bold]{escape(row.code)}[/bold]"
            f" {escape(row.label)} : {escape(members)}{planned}{counted}{aside}"
        )


@app.command("save", help="Crée ou modifie une division ou un groupe.")
def save(
    uai: Uai,
    year: YearGiven,
    code: Code,
    *,
    is_group: IsGroup = False,
    new_code: Annotated[str, typer.Option("--code", help="Nouveau code.")] = "",
    label: Annotated[str, typer.Option(metavar="LIBELLÉ", help="Libellé.")] = "",
    mef: Annotated[
        list[str] | None, typer.Option(metavar="MEF", help="MEF d’une division ; se répète.")
    ] = None,
    division: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Division d’un groupe ; se répète.")
    ] = None,
    planned: Annotated[int | None, typer.Option(help="Effectif prévu.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add or change a structure; what is not said stays.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        code (str): its code.
        is_group (bool): a group, not a division.
        new_code (str): the code it gets.
        label (str): its name.
        mef (list[str] | None): MEF of a division.
        division (list[str] | None): divisions of a group.
        planned (int | None): pupils expected.
        as_json (bool): print an object instead of sentences.
    """
    kind = _kind(is_group=is_group)
    with open_base():
        uai = directory.known_school(uai).uai
        rows = own.structures_of(uai=uai, year=year)
        there = next((row for row in rows if (row.kind, row.code) == (kind, code)), Structure())
        typed = StructureTyped(
            code=new_code or code,
            label=label or there.label,
            mefs=there.mefs if mef is None else mef,
            divisions=there.divisions if division is None else division,
            planned_count=there.planned_count if planned is None else planned,
        )
        verbs.save_structure(
            uai=uai,
            year=year,
            kind=kind,
            typed=typed,
            code=code if there.pk else "",
            actor=actor(),
            at=now(),
        )
        row = own.structure_of(uai=uai, year=year, kind=kind, code=typed.code.strip())
    tell(
        {"school": uai, "year": year, **_as_json(row, None)},
        f"{kind.label.capitalize()} [bold]{escape(row.code)}[/bold], {school_year.label(year)} :"
        f" {escape(', '.join(row.mefs or row.divisions) or 'sans MEF')}.",
        as_json=as_json,
    )


@app.command("remove", help="Retire une division sans élève, ou un groupe.")
def remove(
    uai: Uai, year: YearGiven, code: Code, *, is_group: IsGroup = False, as_json: AsJson = False
) -> None:
    """Remove a structure.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        code (str): its code.
        is_group (bool): a group, not a division.
        as_json (bool): print an object instead of sentences.
    """
    kind = _kind(is_group=is_group)
    with open_base():
        uai = directory.known_school(uai).uai
        verbs.remove_structure(uai=uai, year=year, kind=kind, code=code, actor=actor(), at=now())
    tell(
        {"school": uai, "year": year, "code": code},
        f"{kind.label.capitalize()} [bold]{escape(code)}[/bold], {school_year.label(year)} : retrait fait.",
        as_json=as_json,
    )


@app.command("validate", help="Valide divisions et groupes, même sans changement.")
def validate(uai: Uai, year: YearGiven, *, as_json: AsJson = False) -> None:
    """Validate structures.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        done = verbs.validate_structures(uai=uai, year=year, actor=actor(), at=now())
    tell(
        {"school": uai, "year": year, "divisions": done.divisions, "groups": done.groups},
        f"[bold]{uai}[/bold], {school_year.label(year)} : {done.divisions} division(s) et"
        f" {done.groups} groupe(s) validés.",
        as_json=as_json,
    )


@app.command("undo", help="Annule votre dernière modification, si rien n’a suivi.")
def undo(uai: Uai, year: YearGiven, *, as_json: AsJson = False) -> None:
    """Undo one's own last change.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = directory.known_school(uai).uai
        verbs.undo_structures(uai=uai, year=year, actor=actor(), at=now())
    tell(
        {"school": uai, "year": year},
        f"[bold]{uai}[/bold], {school_year.label(year)} : votre dernière modification est annulée.",
        as_json=as_json,
    )


def _kind(*, is_group: bool) -> Structure.Kind:
    return Structure.Kind.GROUP if is_group else Structure.Kind.DIVISION


def _as_json(row: Structure, pupils: int | None) -> dict[str, Any]:
    counted = {} if pupils is None else {"pupils": pupils}
    return {
        "kind": row.kind,
        "code": row.code,
        "label": row.label,
        "mefs": row.mefs,
        "divisions": row.divisions,
        "planned": row.planned_count,
        "to_confirm": row.is_to_confirm,
    } | counted
