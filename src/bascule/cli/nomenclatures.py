"""`bascule nomenclatures`: loads the national tables and the profiles of schools, shows and diffuses them."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from bascule.cli import releases
from bascule.cli.asking import AsJson, School, Year, actor, now
from bascule.cli.counts import counted, plural
from bascule.cli.telling import console, print_json
from bascule.errors import RefusedError
from bascule.nomenclatures import load, lookup, profile
from bascule.nomenclatures.deposit import Sort, open_sent
from bascule.nomenclatures.heading import OtherSchoolError, OtherYearError
from bascule.schools.directory import known_school
from bascule.schools.open_year import refuse_closed_year
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)
app.command(
    "diffuse", help="Choisit les MEF diffusés pour une année, et montre ce qui serait publié."
)(releases.diffuse)
app.command("publish", help="Publie ce qui est diffusé pour une année.")(releases.publish)
app.command("deliver", help="Remet la dernière diffusion aux établissements.")(releases.deliver)
app.command("releases", help="Liste les diffusions d’une année.")(releases.releases)
app.command("changes", help="Montre ce que la dernière diffusion change pour un établissement.")(
    releases.changes
)


class NoFileForSchoolError(RefusedError):
    """A school was named, but no file of its own was given."""

    code = "nomenclatures.no-file"

    def __init__(self) -> None:
        super().__init__(
            "Donnez le fichier Nomenclature.xml de l’établissement (ou son ZIP), ou retirez"
            " --school et --year pour charger les tables nationales."
        )


class UnnamedTableError(RefusedError):
    """Nothing says which national table a file holds.

    Args:
        file_name (str): the file.
    """

    code = "nomenclatures.unnamed-table"

    def __init__(self, file_name: str) -> None:
        super().__init__(
            f"Dites par --table quelle table nationale contient {file_name} :"
            " « bascule nomenclatures tables » les liste."
        )
        self.file_name = file_name


class EmptyProfileError(RefusedError):
    """The school has no profile for the year.

    Args:
        uai (str): the school.
        year (int): first calendar year.
    """

    code = "profile.none"

    def __init__(self, uai: str, year: int) -> None:
        super().__init__(
            f"L’établissement {uai} n’a pas encore de nomenclatures pour"
            f" {school_year.label(year)} : chargez son fichier Nomenclature.xml."
        )
        self.uai, self.year = uai, year


@app.command(
    "load",
    help="Charge les tables nationales (sans fichier), une table (CSV) ou le profil d’un"
    " établissement (Nomenclature.xml ou son ZIP).",
)
def load_files(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FICHIER…]",
            exists=True,
            dir_okay=False,
            show_default=False,
            help="CSV d’une table, ou Nomenclature.xml d’un établissement ; rien : tables fournies.",
        ),
    ] = None,
    *,
    school: Annotated[
        str | None,
        typer.Option(metavar="UAI", help="Établissement attendu ; sinon, celui du fichier."),
    ] = None,
    year: Annotated[
        int | None, typer.Option(metavar="AAAA", help="Année attendue ; sinon, celle du fichier.")
    ] = None,
    table: Annotated[
        str | None, typer.Option(metavar="NOM", help="Table nationale à charger ou à remplacer.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load tables or profiles.

    Args:
        files (list[Path] | None): CSV of national tables, profiles of schools; none for the package.
        school (str | None): the school expected.
        year (int | None): the year expected.
        table (str | None): the national table meant.
        as_json (bool): print objects instead of sentences.

    Raises:
        NoFileForSchoolError: if a school or a year is named without a file.
    """
    if not files and (school or year):
        raise NoFileForSchoolError
    with open_base():
        if files:
            done = [
                _load_table(path, table)
                if path.suffix.lower() == ".csv"
                else _load_profile(path, school, year)
                for path in files
            ]
        else:
            names = [table] if table else None
            done = [*map(_said, load.load_package(actor=actor(), at=now(), names=names))]
    if as_json:
        print_json(done)
        return
    screen = console()
    for item in done:
        _show_load(screen, item)


@app.command("tables", help="Liste les tables nationales et leur origine.")
def list_tables(*, as_json: AsJson = False) -> None:
    """List the national tables.

    Args:
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        states = lookup.tables()
    if as_json:
        print_json([asdict(state) for state in states])
        return
    screen = console()
    for state in states:
        origin = "base" if state.is_loaded else "fournie, non chargée"
        screen.print(
            f"[bold]{state.name}[/bold] : {escape(state.title)}, {state.code_count} codes,"
            f" {state.nature}, {origin}"
        )
        screen.print(f"    {escape(state.source)} ({escape(state.as_of)})")


@app.command("show", help="Compte les fiches du profil d’un établissement, bloc par bloc.")
def show(*, school: School, year: Year, as_json: AsJson = False) -> None:
    """Show what a school's profile holds.

    Args:
        school (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.

    Raises:
        EmptyProfileError: if nothing was loaded for that year.
    """
    with open_base():
        uai = known_school(school).uai
        counts = profile.profile_counts(uai=uai, year=year)
    if not counts:
        raise EmptyProfileError(uai, year)
    if as_json:
        print_json({"school": uai, "year": year, "blocks": counts})
        return
    screen = console()
    screen.print(f"[bold]{uai}[/bold], {school_year.label(year)}")
    for block, count in counts.items():
        screen.print(f"  {count:6}  {escape(block)}")


def _load_table(path: Path, table: str | None) -> dict[str, Any]:
    name = table or path.stem
    if not table and name not in {state.name for state in lookup.tables()}:
        raise UnnamedTableError(path.name)
    return _said(
        load.load_table(
            name=name, file_name=path.name, content=path.read_bytes(), actor=actor(), at=now()
        )
    )


def _load_profile(path: Path, school: str | None, year: int | None) -> dict[str, Any]:
    deposit = open_sent(path.name, path.read_bytes(), sort=Sort.NOMENCLATURE)
    heading = deposit.heading
    uai = known_school(school or heading.uai).uai
    if heading.uai != uai:
        raise OtherSchoolError(heading.uai, uai)
    if year is not None and heading.year != year:
        raise OtherYearError(heading.year, year)
    refuse_closed_year(uai=uai, year=heading.year)
    loaded = profile.load_profile(
        uai=uai, year=heading.year, records=deposit.records, actor=actor(), at=now()
    )
    return {
        "file": path.name,
        "school": uai,
        "year": heading.year,
        "act": loaded.act_id,
        "blocks": {block: asdict(count) for block, count in loaded.counts.items()},
        "set_aside": [asdict(aside) for aside in loaded.set_aside],
    }


def _said(loaded: load.TableLoad) -> dict[str, Any]:
    return {"table": loaded.name, "kept": loaded.is_kept, **asdict(loaded.count)}


def _show_load(screen: Console, item: Mapping[str, Any]) -> None:
    if "table" in item:
        kept = "  (fichier déposé gardé ; --table la remplace)" if item["kept"] else ""
        screen.print(
            f"[bold]{item['table']}[/bold] : {_counted(item, 'code', is_feminine=False)}{kept}"
        )
        return
    label = school_year.label(item["year"])
    screen.print(f"[bold]{escape(item['file'])}[/bold] : {item['school']}, {label}")
    for block, counts in item["blocks"].items():
        screen.print(f"  {escape(block)} : {_counted(counts, 'fiche', is_feminine=True)}")
    for aside in item["set_aside"]:
        screen.print(
            f"  Ligne {aside['line']}, {escape(aside['block'])} : fiche non gardée,"
            f" {escape(aside['reason'])}."
        )


def _counted(counts: Mapping[str, Any], word: str, *, is_feminine: bool) -> str:
    total = sum(counts[name] for name in ("added", "changed", "unchanged"))
    return f"{plural(total, word)} ({counted(counts, is_feminine=is_feminine)})"
