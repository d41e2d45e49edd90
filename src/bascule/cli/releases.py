"""`bascule nomenclatures`, what the authority diffuses: decided, published, delivered, and what it changes."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape

from bascule.cli.asking import AsJson, actor, now
from bascule.cli.counts import counted, plural
from bascule.cli.schools import YearGiven
from bascule.cli.telling import console, print_json, tell
from bascule.errors import RefusedError
from bascule.nomenclatures import lookup, release
from bascule.preparation import descent
from bascule.preparation.usage import Usage
from bascule.schools.directory import known_school, school_numbers
from bascule.schools.open_year import State, years_of
from bascule.store.base import open_base
from bascule.values import school_year

#: How many lines a list shows before it says how many more there are.
_SHOWN = 20

Uai = Annotated[str, typer.Argument(metavar="UAI", help="Numéro de l’établissement.")]
_Codes = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help="Dispositif (trois chiffres) ou MEF ; répétable."),
]


class NoSchoolNamedError(RefusedError):
    """Neither a school nor all of them were named, or both."""

    code = "delivery.no-school"

    def __init__(self) -> None:
        super().__init__(
            "Nommez les établissements, ou demandez-les tous par --all ; pas les deux."
        )


class UnreadableSuccessorError(RefusedError):
    """A successor is not written as two codes.

    Args:
        text (str): as typed.
    """

    code = "release.successor-unreadable"

    def __init__(self, text: str) -> None:
        super().__init__(f"« {text} » ne se lit pas : écrivez ANCIEN=NOUVEAU, deux codes de MEF.")
        self.text = text


def diffuse(
    year: YearGiven,
    *,
    add: _Codes = None,
    remove: _Codes = None,
    by_dates: _Codes = None,
    successor: Annotated[
        list[str] | None,
        typer.Option(metavar="ANCIEN=NOUVEAU", help="MEF qui remplace un MEF fermé ; répétable."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide what a year diffuses, and show what would be published.

    Args:
        year (int): first calendar year.
        add (list[str] | None): codes to diffuse.
        remove (list[str] | None): codes not to diffuse.
        by_dates (list[str] | None): codes left to their dates again.
        successor (list[str] | None): `OLD=NEW`.
        as_json (bool): print an object instead of sentences.

    Raises:
        UnreadableSuccessorError: if a successor is not two codes.
    """
    heirs: dict[str, str] = {}
    for text in successor or ():
        old, equals, new = text.partition("=")
        if not equals:
            raise UnreadableSuccessorError(text)
        heirs[old.strip()] = new.strip()
    with open_base():
        if add or remove or by_dates or heirs:
            release.decide(
                year=year,
                included=add or (),
                excluded=remove or (),
                undecided=by_dates or (),
                successors=heirs,
                actor=actor(),
                at=now(),
            )
        diffused = release.diffusion(year=year)
        draft = release.draft(year=year)
        levels = dict(lookup.labels("dispositif_formation"))
    by_level: dict[str, list[bool]] = {}
    for one in diffused:
        by_level.setdefault(one.level, []).append(one.is_diffused)
    if as_json:
        print_json(
            {
                "year": year,
                "levels": {level: [sum(each), len(each)] for level, each in by_level.items()},
                "draft": _draft_as_json(draft),
            }
        )
        return
    screen = console()
    for level, each in sorted(by_level.items()):
        label = escape(levels.get(level, ""))
        screen.print(f"  {level}  {label} : {sum(each)} MEF diffusés sur {len(each)}")
    _show_draft(draft)


def publish(year: YearGiven, *, as_json: AsJson = False) -> None:
    """Publish what a year diffuses.

    Args:
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        made = release.publish(year=year, actor=actor(), at=now())
    tell(
        {"year": year, "number": made.number, "digest": made.digest, "counts": made.counts},
        f"Diffusion n° {made.number} de {school_year.label(year)} publiée :"
        f" {made.counts['MEF']} MEF, {made.counts.get('PROGRAMME', 0)} lignes de programme."
        " « bascule nomenclatures deliver » la remet aux établissements.",
        as_json=as_json,
    )


def deliver(
    year: YearGiven,
    schools: Annotated[
        list[str] | None, typer.Argument(metavar="[UAI…]", help="Établissements.")
    ] = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Tous ceux dont l’année est ouverte.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Deliver the last release of a year.

    Args:
        year (int): first calendar year.
        schools (list[str] | None): the schools.
        every (bool): all those that have the year open.
        as_json (bool): print objects instead of sentences.

    Raises:
        NoSchoolNamedError: if neither or both are asked.
    """
    if bool(schools) == every:
        raise NoSchoolNamedError
    screen = console()
    done = []
    with open_base():
        uais = _with_year(year) if every else [known_school(uai).uai for uai in schools or ()]
        shows = not as_json and sys.stderr.isatty()
        for rank, one in enumerate(
            descent.deliver(uais=uais, year=year, actor=actor(), at=now()), start=1
        ):
            done.append(one)
            if shows:
                print(f"\r{rank} / {len(uais)}", end="", file=sys.stderr, flush=True)
        if shows:
            print("\r", end="", file=sys.stderr)
    if as_json:
        print_json([asdict(one) for one in done])
        return
    refused = [one for one in done if one.refusal]
    new = sum(one.is_new for one in done)
    screen.print(
        f"{plural(len(done), 'établissement')} : {new} ont reçu la diffusion,"
        f" {len(done) - new - len(refused)} l’avaient déjà, {len(refused)} refusés."
    )
    for one in refused:
        screen.print(f"  {one.uai} : {escape(one.refusal)}")


def releases(year: YearGiven, *, as_json: AsJson = False) -> None:
    """List the releases of a year, and how many schools received each.

    Args:
        year (int): first calendar year.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        made = release.releases(year=year)
        standings = descent.standings(*_with_year(year), year=year)
    held: dict[int, int] = {}
    for standing in standings.values():
        held[standing.number] = held.get(standing.number, 0) + 1
    if as_json:
        print_json(
            [
                {
                    "number": one.number,
                    "published_at": one.published_at,
                    "by": one.published_by,
                    "digest": one.digest,
                    "counts": one.counts,
                    "schools": held.get(one.number, 0),
                }
                for one in made
            ]
        )
        return
    screen = console()
    for one in made:
        screen.print(
            f"[bold]n° {one.number}[/bold]  {one.published_at:%d/%m/%Y}  {escape(one.published_by)}"
            f"  {one.counts['MEF']} MEF  ({plural(held.get(one.number, 0), 'établissement')})"
        )
    if not made:
        screen.print(f"Rien n’a été diffusé pour {school_year.label(year)}.")
    if held.get(0):
        screen.print(f"{plural(held[0], 'établissement')} sans diffusion reçue.")


def changes(uai: Uai, year: YearGiven, *, as_json: AsJson = False) -> None:
    """Show what the last release received changes for a school.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        found = descent.changes(uai=known_school(uai).uai, year=year)
    if as_json:
        print_json(
            {
                "number": found.receipt.release.number if found.receipt else None,
                "added": dict(found.added),
                "changed": [asdict(one) for one in found.changed],
                "closed": [
                    {
                        "mef": one.code,
                        "label": one.label,
                        "pupils": len(one.usage.pupil_ids),
                        "divisions": one.usage.divisions,
                        "successor": one.successor,
                    }
                    for one in found.closed
                ],
            }
        )
        return
    screen = console()
    if found.receipt is None:
        screen.print(f"Aucune diffusion reçue pour {school_year.label(year)}.")
        return
    screen.print(
        f"Diffusion n° {found.receipt.release.number}, reçue le {found.receipt.received_at:%d/%m/%Y}"
    )
    screen.print(f"  {plural(len(found.added), 'MEF nouveau')}".replace("nouveaus", "nouveaux"))
    for one in found.changed:
        what = "programme modifié" if one.is_programme else "modifié"
        screen.print(
            f"  {one.code} {escape(one.label)} : {what}, {plural(one.pupil_count, 'élève')}"
        )
    for closed in found.closed:
        heir = (
            f"remplaçant proposé {closed.successor} {escape(closed.successor_label)}"
            if closed.successor
            else "sans remplaçant proposé"
        )
        screen.print(
            f"  {closed.code} {escape(closed.label)} : fermé, {_in_words(closed.usage)} ; {heir}"
        )


def _in_words(usage: Usage) -> str:
    return f"{plural(len(usage.pupil_ids), 'élève')}, {plural(len(usage.divisions), 'division')}"


def _with_year(year: int) -> list[str]:
    """Give the schools that have a year open."""
    rows = years_of(*school_numbers())
    return [row.uai for row in rows if row.year == year and row.state != State.CLOSED]


def _draft_as_json(draft: release.Draft) -> dict[str, Any]:
    return {
        "before": draft.before.number if draft.before else None,
        "counts": {block: asdict(count) for block, count in draft.counts.items()},
        "added": dict(draft.added),
        "closed": dict(draft.closed),
        "successors": dict(draft.successors),
        "without_programme": draft.without_programme,
        "illustrative": draft.is_illustrative,
        "new": draft.is_new,
    }


def _show_draft(draft: release.Draft) -> None:
    screen = console()
    screen.print("À publier :" if draft.is_new else "Rien de nouveau à publier.")
    for block, count in draft.counts.items():
        if count.added or count.changed or count.removed:
            screen.print(f"  {escape(block)} : {counted(asdict(count), is_feminine=True)}")
    for number, (code, label) in enumerate(draft.closed.items()):
        if number == _SHOWN:
            screen.print(f"  … et {len(draft.closed) - _SHOWN} autres MEF fermés")
            break
        heir = draft.successors.get(code)
        screen.print(
            f"  {code} {escape(label)} : fermé, {f'remplacé par {heir}' if heir else 'sans remplaçant'}"
        )
    if draft.without_programme:
        screen.print(f"  {draft.without_programme} MEF diffusés n’ont pas de programme.")
    if draft.is_illustrative:
        screen.print(
            "  Les programmes sont ceux de l’exemple fourni : chargez le fichier officiel."
        )
