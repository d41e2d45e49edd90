"""Who and what has a MEF in a school's year: pupils and divisions."""

from collections.abc import Collection
from dataclasses import dataclass

from bascule.schools.models import Structure
from bascule.students import holdings
from bascule.students.lookup import names_of


@dataclass(frozen=True, slots=True)
class Usage:
    """What has a MEF in a year.

    Attributes:
        mef: the MEF.
        pupil_ids: our numbers of its pupils, each once.
        schooling_ids: their periods of schooling.
        divisions: codes of the divisions that lead to it.
        groups: codes of the groups that do.
    """

    mef: str
    pupil_ids: tuple[int, ...] = ()
    schooling_ids: tuple[int, ...] = ()
    divisions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing has it; groups follow their divisions."""
        return not (self.pupil_ids or self.divisions)


def usage_of(*, uai: str, year: int, mefs: Collection[str]) -> dict[str, Usage]:
    """Find what has some MEF; the school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        mefs (Collection[str]): the MEF.

    Returns:
        dict[str, Usage]: of each MEF.
    """
    schoolings = holdings.schoolings_by_mef(uai=uai, year=year, mefs=list(mefs))
    structures: dict[str, dict[str, list[str]]] = {}
    for row in Structure.objects.filter(uai=uai, year=year).order_by("kind", "rank"):
        for mef in row.mefs:
            structures.setdefault(mef, {}).setdefault(row.kind, []).append(row.code)
    return {
        mef: Usage(
            mef,
            tuple(dict.fromkeys(pupil for _, pupil in schoolings.get(mef, ()))),
            tuple(row_id for row_id, _ in schoolings.get(mef, ())),
            tuple(structures.get(mef, {}).get(Structure.Kind.DIVISION, ())),
            tuple(structures.get(mef, {}).get(Structure.Kind.GROUP, ())),
        )
        for mef in mefs
    }


def pupils_in(*, uai: str, usages: Collection[Usage]) -> list[str]:
    """Name the pupils of some MEF.

    Args:
        uai (str): the school; it is opened for reading.
        usages (Collection[Usage]): what has them.

    Returns:
        list[str]: sorted, as lists show them.
    """
    ids = {pupil for usage in usages for pupil in usage.pupil_ids}
    return sorted(names_of(uai=uai, pupil_ids=ids).values())
