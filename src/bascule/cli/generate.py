"""`bascule generate`: a fictional school, académie or nation, as the files that each school exchanges."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from django.conf import settings
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bascule.cli.asking import AsJson, now
from bascule.cli.counts import plural
from bascule.errors import RefusedError
from bascule.generator.academy import (
    LARGEST,
    MOST_SCHOOLS,
    SMALLEST,
    Academy,
    Kind,
    School,
    academy,
    nation,
)
from bascule.generator.broken_files import BROKEN_FILES
from bascule.generator.changes import next_day
from bascule.generator.faults import FAULTS
from bascule.generator.files import MadeFile, Written, private_file, write_academy, zipped
from bascule.generator.population import Population, populate
from bascule.generator.school import teaching_year
from bascule.values import school_year

app = typer.Typer(add_completion=False)

_MOST_PUPILS_IN_A_FILE = 20_000
_PUPILS_OF_ONE_SCHOOL = 600
_NOON = time(12)


class Size(StrEnum):
    """How much is made."""

    SCHOOL = "ecole"
    ACADEMY = "academie"
    NATION = "nation"


class Version(StrEnum):
    """Versions of the pupils' file."""

    V20 = "2.0"
    V30 = "3.0"
    V31 = "3.1"
    V40 = "4.0"


#: Schools made when no number is given, and pupils of each on the average.
_USUAL = {Size.ACADEMY: (130, 460), Size.NATION: (3_900, 282)}


class TooManyError(RefusedError):
    """The numbers asked for cannot be those of schools.

    Args:
        sentence (str): French, what is possible.
    """

    code = "generate.numbers"

    def __init__(self, sentence: str) -> None:
        super().__init__(f"{sentence} Changez --schools ou --pupils.")


class OneSchoolOnlyError(RefusedError):
    """An option is for one school, and many are asked for."""

    code = "generate.one-school-only"

    def __init__(self) -> None:
        super().__init__(
            "Les fautes ne se fabriquent que pour une école. Retirez --faults, ou demandez « ecole »."
        )


class DayOutsideYearError(RefusedError):
    """The day is not one of the school year.

    Args:
        day (date): the day.
        year (int): first calendar year.
    """

    code = "generate.day-outside-year"

    def __init__(self, day: date, year: int) -> None:
        super().__init__(
            f"Le {day:%d/%m/%Y} n’est pas dans l’année {school_year.label(year)}. Changez --on ou --year."
        )
        self.day, self.year = day, year


@app.command(
    "generate", help="Fabrique une école, une académie ou une nation fictive, et tous ses fichiers."
)
def generate(
    size: Annotated[Size, typer.Argument(metavar="TAILLE", help="ecole, academie ou nation.")],
    folder: Annotated[
        Path, typer.Argument(metavar="DOSSIER", file_okay=False, help="Dossier où écrire.")
    ],
    *,
    schools: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Nombre d’établissements (académie, nation)."),
    ] = None,
    pupils: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Nombre d’élèves en tout.")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(metavar="AAAA", min=1990, max=2100, help="Année scolaire (2026 = 2026-2027)."),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Jour des fichiers."),
    ] = None,
    version: Annotated[
        Version, typer.Option(metavar="VERSION", help="2.0, 3.0, 3.1 ou 4.0.")
    ] = Version.V31,
    changes: Annotated[
        float,
        typer.Option(
            metavar="PART",
            min=0,
            max=1,
            help="Ajoute le fichier du lendemain : 0.02 en change 2 %.",
        ),
    ] = 0,
    faults: Annotated[
        bool, typer.Option("--faults", help="Ajoute un fichier par faute et par refus possible.")
    ] = False,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Autre graine, autres écoles et autres élèves.")
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Make fictional schools and their files; the same words make the same bytes.

    Args:
        size (Size): one school, an académie, a nation.
        folder (Path): where to write; one folder for each school.
        schools (int | None): how many.
        pupils (int | None): how many in all.
        year (int | None): first calendar year; by default the current one.
        on (datetime | None): day of the files.
        version (Version): of the pupils' files.
        changes (float): share of pupils whom the file of the next day changes, 0 for no such file.
        faults (bool): add the catalogue of faults.
        seed (int): what all is drawn from.
        as_json (bool): print an object instead of sentences.
    """
    if faults and size is not Size.SCHOOL:
        raise OneSchoolOnlyError
    at = _instant(on.date() if on else None, year)
    made = _academy(size, schools, pupils, seed)
    maker = _Maker(
        school_year.school_year_of(at.date()), at, version.value, changes, seed, with_faults=faults
    )
    with _progress(len(made)) as advance:
        for written in write_academy(made, maker.year, folder, at=at, version=version.value):
            maker.add(written)
            advance()
    _tell(made, maker, folder, as_json=as_json)


@dataclass
class _Maker:
    """Adds to each school what was asked for beyond its files of the day, and counts."""

    year: int
    at: datetime
    version: str
    changes: float
    seed: int
    with_faults: bool
    written: list[Written] = field(default_factory=list)
    act_count: int = 0
    fault_count: int = 0
    broken_count: int = 0

    def add(self, written: Written) -> None:
        self.written.append(written)
        if self.changes or self.with_faults:
            population = self._population(written.school)
            if self.changes:
                self._add_next_day(population, written.folder)
            if self.with_faults:
                self._add_faults(population, written.folder)

    def _population(self, school: School) -> Population:
        return populate(teaching_year(school, self.year), on=self.at.date())

    def _add_next_day(self, population: Population, folder: Path) -> None:
        at = self.at + timedelta(days=1)
        last_day = school_year.ends_on(self.year)
        changed = next_day(population, self.changes, self.seed, on=min(at.date(), last_day))
        file = private_file(changed.population, version=self.version, at=at, send_number=2)
        _write(folder / "lendemain", zipped(file, at))
        self.act_count += len(changed.acts)

    def _add_faults(self, population: Population, folder: Path) -> None:
        for code, fault in FAULTS.items():
            try:
                spoilt = fault.plant(population, at=self.at)
            except (LookupError, StopIteration):
                # Too small a school has no record that can meet this rule.
                continue
            if spoilt.base_person is not None:
                # This one needs a number that only a base can give.
                continue
            if spoilt.first is not None:
                _write(folder / "fautes" / code / "avant", spoilt.first)
            _write(folder / "fautes" / code, spoilt.file)
            self.fault_count += 1
        for name, broken in BROKEN_FILES.items():
            place = folder / "refus" / name.replace(" ", "-").replace("'", "-")
            _write(place, broken.make(population, at=self.at))
            self.broken_count += 1


def _write(folder: Path, file: MadeFile) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file.name).write_bytes(file.content)


def _academy(size: Size, schools: int | None, pupils: int | None, seed: int) -> Academy:
    if size is Size.SCHOOL:
        count = pupils or _PUPILS_OF_ONE_SCHOOL
        if (schools or 1) > 1 or count > _MOST_PUPILS_IN_A_FILE:
            raise TooManyError(
                f"Une école est seule, et son fichier contient {_MOST_PUPILS_IN_A_FILE} élèves au plus."
            )
        return Academy("École seule", seed, (count,), (Kind.COLLEGE,))
    usual, average = _USUAL[size]
    schools = schools or usual
    pupils = pupils or schools * average
    if schools > MOST_SCHOOLS or not SMALLEST * schools <= pupils <= LARGEST * schools:
        raise TooManyError(
            f"Il y a {MOST_SCHOOLS} établissements au plus, de {SMALLEST} à {LARGEST} élèves chacun."
        )
    make = academy if size is Size.ACADEMY else nation
    return make(schools, pupils, seed=seed)


def _instant(day: date | None, year: int | None) -> datetime:
    """Choose the day of the files: the one given, today, or a day of the year given."""
    zone = ZoneInfo(settings.TIME_ZONE)
    if day is None:
        today = now().astimezone(zone).date()
        is_current = year in (None, school_year.school_year_of(today))
        day = today if is_current else date(year or today.year, 11, 5)
    if year is not None and school_year.school_year_of(day) != year:
        raise DayOutsideYearError(day, year)
    return datetime.combine(day, _NOON, tzinfo=zone)


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    console = Console(stderr=True)
    columns = (
        TextColumn("Établissements"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _tell(made: Academy, maker: _Maker, folder: Path, *, as_json: bool) -> None:
    if as_json:
        content = {
            "academy": made.name,
            "seed": made.seed,
            "year": maker.year,
            "at": maker.at.astimezone(UTC).isoformat(),
            "version": maker.version,
            "pupils": sum(written.pupils for written in maker.written),
            "bytes": sum(written.size for written in maker.written),
            "changes": maker.act_count,
            "faults": maker.fault_count,
            "refused": maker.broken_count,
            "schools": [
                {
                    "school": written.school.uai,
                    "name": written.school.name,
                    "software": written.school.software,
                    "folder": str(written.folder),
                    "pupils": written.pupils,
                    "bytes": written.size,
                }
                for written in maker.written
            ],
        }
        print(json.dumps(content, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    pupils = sum(written.pupils for written in maker.written)
    console.print(
        f"[bold]{escape(str(folder))}[/bold] : {plural(len(maker.written), 'établissement')},"
        f" {plural(pupils, 'élève')}, année {school_year.label(maker.year)}."
    )
    console.print(
        "  Pour chacun : le fichier de ses élèves, ses nomenclatures, ses structures et ses communs."
    )
    if maker.changes:
        console.print(
            f"  Dans « lendemain », le fichier du jour d’après : {plural(maker.act_count, 'changement')}."
        )
    if maker.with_faults:
        console.print(
            f"  Dans « fautes », {plural(maker.fault_count, 'fichier')} d’une seule faute ; dans « refus »,"
            f" {plural(maker.broken_count, 'fichier')} que l’import refuse."
        )
