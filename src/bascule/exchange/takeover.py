"""Compare, pupil by pupil, what GEP held, what the school's software sent, and what the base holds.

GEP may be stopped when nobody is lost: each pupil is on all three sides, or the file itself says that he
or she left.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from bascule.errors import RefusedError
from bascule.exchange.dispositions import runs_in_force
from bascule.exchange.flows import gep
from bascule.exchange.flows.flow import Opened
from bascule.exchange.gate import reopen
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.exchange.records import NUMBER_TAGS, PupilRecord
from bascule.exchange.rules.identity import identity
from bascule.students import holdings
from bascule.values import school_year


class NothingToCompareError(RefusedError):
    """One of the sides was never deposited.

    Args:
        what (str): French, what is missing.
        year (int): the year.
    """

    code = "takeover.nothing"

    def __init__(self, what: str, year: int) -> None:
        super().__init__(
            f"La comparaison n’est pas encore possible : {what} pour l’année {school_year.label(year)}. Déposez-le, "
            "puis recommencez."
        )


class Side(StrEnum):
    """Where a pupil may be."""

    GEP = "gep"
    FILE = "file"
    BASE = "base"

    @property
    def label(self) -> str:
        """Return the French word."""
        return {Side.GEP: "GEP", Side.FILE: "logiciel", Side.BASE: "base"}[self]

    @property
    def out_of(self) -> str:
        """Return the French words for who is not there."""
        return {Side.GEP: "de GEP", Side.FILE: "du logiciel", Side.BASE: "de la base"}[self]


class Seen(NamedTuple):
    """A pupil, as one side has him or her.

    Attributes:
        label: NAME First name.
        identity_key: name, first name and birth date, without accents.
        numbers: national numbers.
        division: the division; blank when there is none.
        has_left: in school no more.
        pupil_id: ours, on the side of the base.
    """

    label: str
    identity_key: str
    numbers: frozenset[str]
    division: str
    has_left: bool
    pupil_id: int | None = None


@dataclass(slots=True)
class Compared:
    """A pupil on the three sides.

    Attributes:
        seen: as each side has him or her; several when a side has the pupil twice.
    """

    seen: dict[Side, list[Seen]] = field(default_factory=lambda: {side: [] for side in Side})

    @property
    def label(self) -> str:
        """Return NAME First name, as the first side that has the pupil says it."""
        return next(one.label for side in Side for one in self.seen[side])

    @property
    def key(self) -> str:
        """Return what names the pupil and what is not right, as long as both stay the same."""
        said = sorted({one.identity_key for seen in self.seen.values() for one in seen})
        return hashlib.sha256("|".join((*said, self.why)).encode()).hexdigest()[:16]

    @property
    def birth(self) -> str:
        """Return the birth date as papers write it."""
        key = next(one.identity_key for side in Side for one in self.seen[side])
        return "/".join(reversed(key.rpartition("|")[2].split("-")))

    @property
    def pupil_id(self) -> int | None:
        """Return our number of the pupil, when the base has the pupil."""
        return next((one.pupil_id for one in self.seen[Side.BASE]), None)

    @property
    def twice(self) -> tuple[Side, ...]:
        """Return the sides that have the pupil more than once."""
        return tuple(side for side in Side if len(self.seen[side]) > 1)

    @property
    def missing(self) -> tuple[Side, ...]:
        """Return the sides that do not have the pupil, who is not known to have left."""
        there = {side: self.is_there(side) for side in Side}
        if (
            not there[Side.FILE]
            and not there[Side.BASE]
            and (self.seen[Side.FILE] or not there[Side.GEP])
        ):
            # Left, and the software says so; or known to one side only as somebody who left.
            return ()
        return tuple(side for side in Side if not there[side])

    @property
    def is_lost(self) -> bool:
        """Tell whether GEP may not be stopped without a word about the pupil; a division may differ."""
        return bool(self.twice or self.missing)

    def division(self, side: Side) -> str:
        """Give the division on one side.

        Args:
            side (Side): which.

        Returns:
            str: blank when there is none.
        """
        return next((one.division for one in self.seen[side]), "")

    def is_there(self, side: Side) -> bool:
        """Tell whether a side has the pupil in school.

        Args:
            side (Side): which.

        Returns:
            bool: False for one who left, or whom it does not know.
        """
        return any(not one.has_left for one in self.seen[side])

    @property
    def why(self) -> str:
        """Say in French what is not right; blank when all is."""
        if self.twice:
            return f"deux fois dans {' et '.join(side.label for side in self.twice)}"
        if self.missing:
            return f"absent {' et '.join(side.out_of for side in self.missing)}"
        if not any(self.is_there(side) for side in Side) or not self.seen[Side.GEP]:
            return ""
        divisions = {self.division(side) for side in Side}
        return "division différente" if len(divisions) > 1 else ""


@dataclass(frozen=True, slots=True)
class Takeover:
    """The comparison.

    Attributes:
        gep_run: the deposit of GEP.
        file_runs: the imports of the school's software: the last whole one, and corrections since.
        counts: pupils in school on each side.
        digests: SHA-256, hexadecimal, of who is in school on each side.
        agreed_count: pupils about whom the three sides agree.
        apart: the others, by name.
    """

    gep_run: ImportRun = field(repr=False)
    file_runs: tuple[ImportRun, ...] = field(repr=False)
    counts: dict[Side, int]
    digests: dict[Side, str]
    agreed_count: int
    apart: tuple[Compared, ...]

    @property
    def lost(self) -> tuple[Compared, ...]:
        """Return who is missing somewhere, or there twice."""
        return tuple(one for one in self.apart if one.is_lost)


def compare_takeover(*, uai: str, year: int) -> Takeover:
    """Compare the last deposit of GEP, the imports of the school's software that followed, and the base.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Takeover: who is not on all three sides.
    """
    with reading(uai):
        return compared(uai=uai, year=year)


def compared(*, uai: str, year: int) -> Takeover:
    """Compare the three sides; the school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        Takeover: who is not on all three sides.

    Raises:
        NothingToCompareError: if GEP was not taken over, or no import followed.
    """
    applied = ImportRun.objects.filter(uai=uai, year=year, state=ImportRun.State.APPLIED)
    old = applied.filter(flow=gep.CODE).order_by("-applied_act_id").first()
    if old is None:
        raise NothingToCompareError("aucun dossier de GEP n’a été déposé et intégré", year)
    new = tuple(run for run in runs_in_force(uai=uai, year=year) if run.flow != gep.CODE)
    if not new or (new[0].applied_act_id or 0) < (old.applied_act_id or 0):
        raise NothingToCompareError(
            "aucun import du logiciel de l’établissement n’a été intégré après la reprise de GEP",
            year,
        )
    sides = {
        Side.GEP: list(_of_file(reopen(old).read())),
        Side.FILE: _of_files(new),
        Side.BASE: list(_of_base(uai, year)),
    }
    found = _together(sides)
    apart = [one for one in found if one.why]
    return Takeover(
        old,
        new,
        {side: sum(not one.has_left for one in seen) for side, seen in sides.items()},
        {side: _digest(seen) for side, seen in sides.items()},
        len(found) - len(apart),
        tuple(sorted(apart, key=lambda one: one.label)),
    )


def _of_files(runs: Sequence[ImportRun]) -> list[Seen]:
    """Read what the software says now: a later file of corrections says it again of its own pupils."""
    found: list[Seen] = []
    for run in runs:
        now = list(_of_file(reopen(run).read()))
        keys = {key for one in now for key in (*one.numbers, one.identity_key) if key}
        found = [one for one in found if keys.isdisjoint({*one.numbers, one.identity_key})] + now
    return found


def _digest(seen: Sequence[Seen]) -> str:
    lines = (
        f"{one.identity_key}|{'+'.join(sorted(one.numbers))}" for one in seen if not one.has_left
    )
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _of_file(opened: Opened) -> Iterator[Seen]:
    for raw in opened.records():
        if raw.tag != "ELEVE":
            continue
        record = PupilRecord(raw.line, raw.rank)
        identity(raw.fields, record)
        block = raw.fields.get("SCOLARITE_ACTIVE")
        division = block.get("CODE_DIVISION", "") if isinstance(block, dict) else ""
        numbers = (str(raw.fields.get(tag, "")).upper() for _, tag in NUMBER_TAGS)
        left = "CODE_MOTIF_SORTIE" in raw.fields or "DATE_SORTIE" in raw.fields
        yield Seen(
            record.label,
            record.student.identity_key,
            frozenset(filter(None, numbers)),
            str(division),
            left,
        )


def _of_base(uai: str, year: int) -> Iterator[Seen]:
    found = holdings.pupils_of_year(uai=uai, year=year)
    ids = [pupil.id for pupil in found]
    divisions = {
        pupil_id: period.division or ""
        for pupil_id, _, period in holdings.schoolings(uai=uai, year=year, student_ids=ids)
    }
    for pupil in found:
        row = pupil.student
        yield Seen(
            f"{row.family_name} {row.first_name}",
            row.identity_key,
            frozenset(filter(None, (row.ine, row.ine_bea, row.ine_rnie))),
            divisions.get(pupil.id, ""),
            pupil.enrolment.left_on is not None,
            pupil.id,
        )


def _together(sides: Mapping[Side, Sequence[Seen]]) -> list[Compared]:
    """Put together those who share a national number or a civil status."""
    found: list[Compared] = []
    by_key: dict[str, Compared] = {}
    for side, seen in sides.items():
        for one in seen:
            keys = [key for key in (*sorted(one.numbers), one.identity_key) if key]
            place = next((by_key[key] for key in keys if key in by_key), None)
            if place is None:
                found.append(place := Compared())
            place.seen[side].append(one)
            _point(by_key, keys, place)
    return found


def _point(by_key: dict[str, Compared], keys: Iterable[str], place: Compared) -> None:
    for key in keys:
        by_key.setdefault(key, place)
