"""A school's year: what it teaches, its divisions and groups, and the files that say so.

The files are the authority's side of the exchange (nomenclatures, structures, données communes): what
the school's software reads before it can send anything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from itertools import pairwise

from bascule.formats.record import Fields, Record
from bascule.generator.academy import Kind, School
from bascule.generator.courses import (
    COLLEGE_LEVELS,
    COURSES,
    LP_LEVELS,
    LYCEE_LEVELS,
    MNEMONICS,
    ORIGIN_ONLY,
    Course,
    Level,
)
from bascule.nomenclatures import entries, package
from bascule.values import school_year

_LEVELS = {
    Kind.COLLEGE: COLLEGE_LEVELS,
    Kind.LYCEE: LYCEE_LEVELS,
    Kind.LYCEE_PRO: LP_LEVELS,
    Kind.POLYVALENT: (*LYCEE_LEVELS, *LP_LEVELS),
}
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Divisions whose pupils are mixed in language groups.
_ALIGNED = 4
_OTHER_CONTRACT = {"1": "3", "3": "1"}


@dataclass(frozen=True, slots=True)
class Division:
    """A division.

    Attributes:
        code: eight characters at most.
        label: twenty characters at most.
        level: the level it belongs to.
        contract: `1` none, `3` association.
        seats: the course of each of its pupils.
    """

    code: str
    label: str
    level: Level
    contract: str
    seats: tuple[Course, ...]

    @property
    def mefs(self) -> tuple[str, ...]:
        """Return the MEF it serves, in the order of its seats."""
        return tuple(dict.fromkeys(course.mef for course in self.seats))


@dataclass(frozen=True, slots=True)
class Group:
    """A group drawn from divisions.

    Attributes:
        code: eight characters at most.
        label: twenty characters at most.
        subject: the option its pupils take.
        mefs: the MEF it serves.
        divisions: codes of the divisions its pupils come from.
    """

    code: str
    label: str
    subject: str
    mefs: tuple[str, ...]
    divisions: tuple[str, ...]


@dataclass(frozen=True)
class TeachingYear:
    """What a school teaches in a year.

    Attributes:
        school: the school.
        year: first calendar year.
        divisions: in the order of the levels.
        groups: in the order of the levels.
    """

    school: School
    year: int
    divisions: tuple[Division, ...]
    groups: tuple[Group, ...]

    @property
    def starts_on(self) -> date:
        """Return the first day of the year for pupils."""
        return school_year.starts_on(self.year)

    @property
    def ends_on(self) -> date:
        """Return the last day of the year for pupils, included."""
        return school_year.ends_on(self.year)

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """Return the courses taught, each once."""
        return tuple(
            {
                course.mef: course for division in self.divisions for course in division.seats
            }.values()
        )

    @cached_property
    def origin_mefs(self) -> tuple[str, ...]:
        """Return every MEF that last year's schooling may name."""
        known = (
            *(mef for course in self.courses for mef in (course.mef, *course.before)),
            *ORIGIN_ONLY,
        )
        return tuple(dict.fromkeys(known))

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """Return the code of every subject of the programmes, sorted."""
        return tuple(
            sorted({subject for course in self.courses for subject, _, _ in programme(course)})
        )


def programme(course: Course) -> Iterator[tuple[str, str, float]]:
    """List the programme of a course.

    Args:
        course (Course): a course.

    Yields:
        tuple[str, str, float]: subject, `S` core, `O` compulsory or `F` optional, weekly hours.
    """
    for subject, hours in course.core:
        yield subject, "S", hours
    for subject in dict.fromkeys(subject for rank in course.ranks for subject in rank):
        if all(subject != core for core, _ in course.core):
            yield subject, "O", course.hours
    for subject, _ in course.extras:
        yield subject, "F", 3.0


def national_programmes() -> bytes:
    """Write the programmes of every course taught as the file that an authority loads.

    Returns:
        bytes: CSV, in the columns of the national table `programme`.
    """
    lines = ["mef;matiere;modalite;horaire_hebdo;rang_option"]
    for mef, course in sorted(COURSES.items()):
        ranks: dict[str, list[str]] = {}
        for rank, subjects in enumerate(course.ranks, 1):
            for subject in subjects:
                ranks.setdefault(subject, []).append(str(rank))
        for subject, mode, hours in programme(course):
            at = "" if mode == "F" else " ".join(ranks.get(subject, ()))
            lines.append(f"{mef};{subject};{mode};{hours:.2f};{at}")
    return "\n".join(lines).encode() + b"\n"


def teaching_year(school: School, year: int) -> TeachingYear:
    """Decide what a school teaches in a year, and share its pupils out among divisions.

    Args:
        school (School): the school.
        year (int): first calendar year.

    Returns:
        TeachingYear: its divisions have as many seats as the school has pupils.
    """
    random = school.random(year, "structure")
    levels = _LEVELS[school.kind]
    style = school.random("style").randrange(5)
    divisions: list[Division] = []
    groups: list[Group] = []
    for level, count in zip(levels, _shares(school.pupils, levels), strict=True):
        order = {course.mef: rank for rank, course in enumerate(level.courses)}
        seats = [random.choice(level.courses) for _ in range(count)]
        seats.sort(key=lambda course: order[course.mef])
        cuts = -(-count // level.division_size)
        of_level = []
        for rank in range(cuts):
            suffix = _suffix(rank, style)
            is_other = school.has_other_contract and rank == cuts - 1
            of_level.append(
                Division(
                    f"{level.short}{suffix}",
                    f"{level.label} {rank + 1}",
                    level,
                    _OTHER_CONTRACT[school.contract] if is_other else school.contract,
                    tuple(seats[count * rank // cuts : count * (rank + 1) // cuts]),
                )
            )
        divisions += of_level
        groups += _groups(level, of_level)
    return TeachingYear(school, year, tuple(divisions), tuple(groups))


def _shares(pupils: int, levels: tuple[Level, ...]) -> list[int]:
    """Share pupils out by the weights of the levels; the first ones take the remainder."""
    total = sum(level.weight for level in levels)
    counts = [int(pupils * level.weight / total) for level in levels]
    for rank in range(pupils - sum(counts)):
        counts[rank] += 1
    return counts


def _suffix(rank: int, style: int) -> str:
    letter = _ALPHABET[rank] if rank < len(_ALPHABET) else str(rank + 1)
    return (f" {letter}", letter, f"{rank + 1:02d}", f"-{rank + 1}", f"{rank + 1:02d}P1")[style]


def _groups(level: Level, divisions: list[Division]) -> Iterator[Group]:
    """Make a group of each language for each few divisions."""
    for number, start in enumerate(range(0, len(divisions), _ALIGNED), 1):
        aligned = divisions[start : start + _ALIGNED]
        mefs = dict.fromkeys(mef for division in aligned for mef in division.mefs)
        subjects = {
            subject
            for course in dict.fromkeys(level.courses)
            if course.mef in mefs
            for rank in course.ranks[:2]
            for subject in rank
            if subject.startswith("03")
        }
        for subject in sorted(subjects):
            mnemonic = MNEMONICS[subject]
            yield Group(
                f"{level.short}{mnemonic[:2]}{mnemonic[-1]}{number}",
                f"{mnemonic} GROUPE {number}",
                subject,
                tuple(mefs),
                tuple(division.code for division in aligned),
            )


# The files


def nomenclature_records(teaching: TeachingYear, at: datetime) -> Iterator[Record]:
    """Write a school's profile: its MEF and subjects, and the national tables it works with.

    Args:
        teaching (TeachingYear): the school's year.
        at (datetime): when the file is made.

    Yields:
        Record: in the words of `BEE_NOMENCLATURES`, header first.
    """
    yield _header(teaching, at, "3.1")
    yield from _ranked("MEF", _mefs(teaching))
    subjects = _rows_of("matiere")
    yield from _ranked("MATIERE", (entries.subject(subjects[code]) for code in teaching.subjects))
    yield from _ranked(
        "PROGRAMME",
        (
            entries.programme(course.mef, subject, mode, str(hours))
            for course in teaching.courses
            for subject, mode, hours in programme(course)
        ),
    )
    yield from _ranked(
        "OPTION_OBLIGATOIRE",
        (
            entries.option(course.mef, subject, str(rank))
            for course in teaching.courses
            for rank, subjects in enumerate(course.ranks, 1)
            for subject in subjects
        ),
    )
    for tag, codes in _national_tables():
        yield from _ranked(tag, (dict(fields) for fields in codes))


def structure_records(teaching: TeachingYear, at: datetime) -> Iterator[Record]:
    """Write a school's divisions and groups.

    Args:
        teaching (TeachingYear): the school's year.
        at (datetime): when the file is made.

    Yields:
        Record: in the words of `BEE_STRUCTURES`, header first.
    """
    yield _header(teaching, at, "2.0")
    yield from _ranked(
        "DIVISION",
        (
            {
                "@CODE_STRUCTURE": division.code,
                "LIBELLE_LONG": division.label,
                "CODE_CONTRAT": division.contract,
                "MEFS_APPARTENANCE": _served(division.mefs),
            }
            for division in teaching.divisions
        ),
    )
    yield from _ranked(
        "GROUPE",
        (
            {
                "@CODE_STRUCTURE": group.code,
                "LIBELLE_LONG": group.label,
                "MEFS_APPARTENANCE": _served(group.mefs),
                "DIVISIONS_APPARTENANCE": _sources(group.divisions),
            }
            for group in teaching.groups
        ),
    )


def commun_records(teaching: TeachingYear, at: datetime) -> Iterator[Record]:
    """Write a school's address, head and calendar.

    Args:
        teaching (TeachingYear): the school's year.
        at (datetime): when the file is made.

    Yields:
        Record: in the words of `BEE_COMMUN`, header first.
    """
    school, year = teaching.school, teaching.year
    yield _header(teaching, at, "1.0")
    yield Record(
        "UAJ",
        0,
        1,
        {
            "ETAB_UAJ_ID": str(school.number),
            "DENOM_PRINC": school.kind.official_name,
            "DENOM_COMPL": school.name[:30],
            "NOM_RESP": school.head,
            "QUAL_RESP": school.head_title,
            "LIGNE1_ADRESSE": school.address.line1,
            "TELEPHONE": f"019900{school.number:04d}",
            "MEL_1": school.email,
            "CODE_TYPE_ETAB": school.kind.type_code,
            "SECTEUR_CODE": "PR",
            "CODE_POSTAL": school.town.postcode,
            "CODE_COMMUNE_INSEE": school.town.commune,
            "CODE_PAYS": "100",
            "LIBELLE_POSTAL": school.town.name,
        },
    )
    for tag, first in (("ANNEE_SCOLAIRE", year), ("ANNEE_SCOLAIRE_AD", year - 1)):
        starts_on = french_day(school_year.starts_on(first))
        ends_on = french_day(school_year.ends_on(first))
        fields: Fields = {
            "DATE_DEBUT_ELEVE": starts_on,
            "DATE_FIN_ELEVE": ends_on,
            "DATE_DEBUT_PROF": starts_on,
            "DATE_FIN_PROF": ends_on,
        }
        yield Record(tag, 0, 1, fields)
    yield from _ranked("PERIODE", _terms(year))
    yield from _ranked("FERMETURE", _closures(year))


def _terms(year: int) -> Iterator[Fields]:
    bounds = (date(year, 9, 1), date(year, 12, 1), date(year + 1, 3, 1), date(year + 1, 7, 8))
    for rank, (starts_on, next_starts_on) in enumerate(pairwise(bounds), 1):
        yield {
            "CODE_PERIODE": f"T{rank}",
            "DATE_DEBUT": french_day(starts_on),
            "DATE_FIN": french_day(next_starts_on - timedelta(days=1)),
            "LL_PERIODE": f"TRIMESTRE {rank}",
            "INDICE": str(rank),
            "CODE_TYPE_PERIODE": "T",
        }


def _closures(year: int) -> Iterator[Fields]:
    for code, starts_on, ends_on in (
        ("TOUSSAINT", date(year, 10, 17), date(year, 11, 1)),
        ("NOEL", date(year, 12, 19), date(year + 1, 1, 3)),
        ("HIVER", date(year + 1, 2, 13), date(year + 1, 2, 28)),
        ("PRINTEMPS", date(year + 1, 4, 10), date(year + 1, 4, 25)),
        ("ETE", date(year + 1, 7, 8), date(year + 1, 8, 31)),
    ):
        yield {
            "LC_MOTIF": code,
            "LL_MOTIF": f"VACANCES {code}",
            "DATE_DEBUT": french_day(starts_on),
            "DATE_FIN": french_day(ends_on),
        }


def french_day(day: date) -> str:
    """Write a day as exports do.

    Args:
        day (date): a day.

    Returns:
        str: `JJ/MM/AAAA`.
    """
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def _header(teaching: TeachingYear, at: datetime, version: str) -> Record:
    day = french_day(at)
    fields: Fields = {
        "@VERSION": version,
        "UAJ": teaching.school.uai,
        "ANNEE_SCOLAIRE": str(teaching.year),
        "DATE_EXPORT": day,
        "HORODATAGE": f"{day} {at:%H:%M:%S}",
    }
    return Record("PARAMETRES", 0, 1, fields)


def _ranked(tag: str, given: Iterable[Fields]) -> Iterator[Record]:
    for rank, fields in enumerate(given, 1):
        yield Record(tag, 0, rank, fields)


def _served(mefs: tuple[str, ...]) -> Fields:
    served: list[Fields] = [{"CODE_MEF": mef} for mef in mefs]
    return {"MEF_APPARTENANCE": served}


def _sources(divisions: tuple[str, ...]) -> Fields:
    sources: list[Fields] = [{"CODE_STRUCTURE": code} for code in divisions]
    return {"DIVISION_APPARTENANCE": sources}


def _mefs(teaching: TeachingYear) -> Iterator[Fields]:
    taught = {course.mef: course for course in teaching.courses}
    for mef in sorted({*taught, *teaching.origin_mefs}):
        course = taught.get(mef)
        fields = entries.mef(
            _rows_of("mef")[mef],
            option_count=course.option_count if course else 0,
            takes_pupils=course is not None,
        )
        if course:
            fields["FORMATION"] = course.formation
        yield fields | {
            "MEF_ORIGINE": "1",
            "MEF_SELECTIONNE": "1" if course else "0",
            "MEF_SELORIG": "1",
        }


@cache
def _rows_of(table: str) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in package.rows(table)}


@cache
def _national_tables() -> tuple[tuple[str, list[Fields]], ...]:
    return tuple(entries.small_tables(package.rows))


def headcounts(teaching: TeachingYear) -> Counter[str]:
    """Count the seats of each MEF.

    Args:
        teaching (TeachingYear): the school's year.

    Returns:
        Counter[str]: seats by MEF; they add up to the pupils of the school.
    """
    return Counter(course.mef for division in teaching.divisions for course in division.seats)
