"""The faults of a file of groups: for each of its rules, a file that meets it, and nothing else.

The base must hold the pupils of the population, one of them, the *bare* one, without a MEF.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from bascule.formats.record import Record
from bascule.generator.files import MadeFile, group_records, groups_file
from bascule.generator.population import Population
from bascule.generator.school import TeachingYear

_UNKNOWN_ID: Final = "99998"


class SpoiltGroups(NamedTuple):
    """A file of groups that meets one rule.

    Attributes:
        rank: rank of the pupil to be found out, from 1.
        file: the file.
    """

    rank: int
    file: MadeFile


def bare_pupil(population: Population, *, at: datetime) -> int:
    """Choose the pupil whom the base must know without a MEF: the last one of the file.

    Args:
        population (Population): a school's population.
        at (datetime): when the file is made.

    Returns:
        int: private id.
    """
    return int(_pupils(group_records(population, at=at))[-1]["ID_PRV_ELE"])


def spoil_groups(
    code: str, population: Population, *, at: datetime, software: str = ""
) -> SpoiltGroups:
    """Make a file of groups that meets one rule.

    Args:
        code (str): the rule, one of `GROUP_FAULTS`.
        population (Population): a school's population; twenty pupils are enough.
        at (datetime): when the file is made.
        software (str): name of the software; by default the school's own.

    Returns:
        SpoiltGroups: the file, and whom it blames.
    """
    fault = GROUP_FAULTS[code]
    records = group_records(population, at=at, software=software)
    pupils = _pupils(records)
    rank = len(pupils)
    if not fault.is_of_bare:
        # Who has no MEF would be found out too.
        records.pop()
        fault.spoil(pupils, population.teaching, _mef_of(pupils[0], population))
        rank = fault.rank
    return SpoiltGroups(rank, groups_file(population, at=at, records=records))


def _pupils(records: list[Record]) -> list[Any]:
    return [record.fields for record in records if record.tag == "ELEVE"]


def _mef_of(fields: Any, population: Population) -> str:
    return next(one.mef for one in population.pupils if str(one.id) == fields["ID_PRV_ELE"])


#: Spoils the first pupil of a file: all of them, the school's year, the first one's MEF.
_Spoil = Callable[[list[Any], TeachingYear, str], object]


class _Fault(NamedTuple):
    spoil: _Spoil
    rank: int = 1
    is_of_bare: bool = False


def _first_group(**texts: str) -> _Fault:
    return _Fault(lambda pupils, *_: pupils[0]["GROUPES"]["GROUPE"][0].update(texts))


def _dated(tag: str, day: str, years: int = 0, **others: str) -> _Fault:
    def spoil(pupils: list[Any], teaching: TeachingYear, _: str) -> None:
        days = {tag: day} | others
        pupils[0]["GROUPES"]["GROUPE"][0] |= {
            name: f"{teaching.year + years}{text}" for name, text in days.items()
        }

    return _Fault(spoil)


def _elsewhere(pupils: list[Any], teaching: TeachingYear, mef: str) -> None:
    code = next(group.code for group in teaching.groups if mef not in group.mefs)
    pupils[0]["GROUPES"]["GROUPE"][0]["CODE_GROUPE"] = code


def _twice(pupils: list[Any], *_: object) -> None:
    groups = pupils[0]["GROUPES"]["GROUPE"]
    groups.append(dict(groups[0]))


#: How to meet each rule of a file of groups.
GROUP_FAULTS: Final[Mapping[str, _Fault]] = {
    "REJELEGROUPE_01": _Fault(
        lambda pupils, *_: pupils[0].update(ID_PRV_ELE=_UNKNOWN_ID, NOM_DE_FAMILLE="PERSONNE")
    ),
    "REJELEGROUPE_02": _Fault(lambda pupils, *_: pupils[0].update(DATE_NAISS="2014-02-30")),
    "REJELEGROUPE_03": _Fault(lambda pupils, *_: pupils[0].update(pupils[1]), rank=2),
    "GROUPE_A_01": _first_group(CODE_GROUPE="INCONNU"),
    "GROUPE_B_01": _Fault(lambda *_: None, is_of_bare=True),
    "GROUPE_B_02": _Fault(_elsewhere),
    "INF_GROUPE_C_01": _Fault(_twice),
    "ELEGRP_A_01": _dated("DATE_DEBUT_GROUPE", "-11-02", DATE_FIN_GROUPE="-10-01"),
    "ELEGRP_A_02": _dated("DATE_DEBUT_GROUPE", "-02-01"),
    "ELEGRP_A_03": _dated("DATE_FIN_GROUPE", "-02-01", years=2),
}
