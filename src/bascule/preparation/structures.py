"""The structures of a school's year, with what else they touch: its pupils, its profile, the order of the steps."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bascule.errors import RefusedError
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import Milestone, leave, reach
from bascule.journal.models import Act as KeptAct
from bascule.journal.reverse import events_of, reverse_act
from bascule.preparation.order import Tried, refuse_too_early
from bascule.preparation.steps import what_structures_lack
from bascule.schools.load import taught_mefs
from bascule.schools.models import SchoolYear, Structure
from bascule.schools.open_year import writable_year
from bascule.schools.structures import (
    CARRY_ACT,
    StructureTyped,
    confirm_all,
    take_away,
    write,
)
from bascule.store.policies import open_schools
from bascule.students import holdings

Kind = Structure.Kind

SAVE_ACT, REMOVE_ACT = "structures.save", "structures.remove"
VALIDATE_ACT, UNDO_ACT = "structures.validate", "structures.undo"
#: What its author may undo.
_UNDOABLE = (CARRY_ACT, SAVE_ACT, REMOVE_ACT)
_TABLES = ("schools_schoolyear", "schools_structure")


class DivisionHasPupilsError(RefusedError):
    """Pupils are in the division.

    Args:
        division (str): its code.
        pupils (int): how many.
    """

    code = "structure.has-pupils"

    def __init__(self, division: str, pupils: int) -> None:
        who = "1 élève est" if pupils == 1 else f"{pupils} élèves sont"
        super().__init__(
            f"{who} dans la division {division} : elle garde son code, et ne peut pas être retirée."
            " Changez-les de division dans votre logiciel, importez son fichier, puis recommencez."
        )
        self.division, self.pupils = division, pupils


class StructuresIncompleteError(RefusedError):
    """Something is missing for structures to be validated."""

    code = "structures.incomplete"


class NothingToUndoError(RefusedError):
    """The last change of structures is somebody else's, or something followed it."""

    code = "structures.nothing-to-undo"

    def __init__(self) -> None:
        super().__init__(
            "Il n’y a rien à annuler : la dernière modification des divisions et des groupes n’est pas"
            " la vôtre, ou autre chose a été fait depuis. Corrigez-les une à une."
        )


@dataclass(frozen=True, slots=True)
class Validated:
    """What validating did.

    Attributes:
        act_id: the act.
        divisions: how many.
        groups: how many.
        confirmed: structures of the year before that were confirmed so.
    """

    act_id: int
    divisions: int
    groups: int
    confirmed: int


def save_structure(
    *,
    uai: str,
    year: int,
    kind: Structure.Kind,
    typed: StructureTyped,
    actor: str,
    at: datetime,
    code: str = "",
) -> None:
    """Add or change a division or a group; one without any change writes nothing.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        kind (Structure.Kind): division or group.
        typed (StructureTyped): what it is to be.
        actor (str): who does it.
        at (datetime): when, with its time zone.
        code (str): the code it has so far; blank for a new one.

    Raises:
        DivisionHasPupilsError: if a division that has pupils would get another code.
    """
    with act(uai=uai, kind=SAVE_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        if code and typed.code.strip() != code and kind is Kind.DIVISION:
            _refuse_pupils(uai, year, code)
        taught = taught_mefs(uai=uai, year=year)
        changed = write(opened, year=year, kind=kind, typed=typed, taught=taught, code=code)
        _say(opened, year, kind, typed.code.strip(), was=code)
        if changed:
            reach(opened, Milestone.STRUCTURES_CHANGED, year=year)


def remove_structure(
    *, uai: str, year: int, kind: Structure.Kind, code: str, actor: str, at: datetime
) -> None:
    """Remove a division or a group.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        kind (Structure.Kind): division or group.
        code (str): its code.
        actor (str): who does it.
        at (datetime): when, with its time zone.
    """
    with act(uai=uai, kind=REMOVE_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        if kind is Kind.DIVISION:
            _refuse_pupils(uai, year, code)
        take_away(opened, year=year, kind=kind, code=code)
        _say(opened, year, kind, code)
        reach(opened, Milestone.STRUCTURES_CHANGED, year=year)


def validate_structures(*, uai: str, year: int, actor: str, at: datetime) -> Validated:
    """Validate the structures of a year as they are, even when nothing changed.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who answers for them.
        at (datetime): when, with its time zone.

    Returns:
        Validated: what was validated.

    Raises:
        StructuresIncompleteError: if a MEF retained has no division, or a division no MEF retained.
    """
    with act(uai=uai, kind=VALIDATE_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        facts = refuse_too_early(uai=uai, year=year, tried=Tried.STRUCTURES, at=at)
        lacking = what_structures_lack(facts)
        if lacking is not None:
            raise StructuresIncompleteError(str(lacking))
        confirmed = confirm_all(opened, year=year)
        opened.facts |= {
            "year": year,
            "divisions": facts.divisions,
            "groups": facts.groups,
            "confirmed": confirmed,
        }
        reach(opened, Milestone.STRUCTURES_VALIDATED, year=year)
    return Validated(opened.id, facts.divisions, facts.groups, confirmed)


def undo_structures(*, uai: str, year: int, actor: str, at: datetime) -> None:
    """Undo one's own last change of the structures of a year, while nothing else was done in the school.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who did it, and undoes it.
        at (datetime): when, with its time zone.

    Raises:
        NothingToUndoError: if the school's last act is not such a change of this person.
    """
    with act(uai=uai, kind=UNDO_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        last = _undoable(uai, year, actor)
        if last is None:
            raise NothingToUndoError
        reverse_act(
            opened,
            reversed_act_id=last.pk,
            events=events_of(uai=uai, act_id=last.pk),
            tables=_TABLES,
            values=(),
            is_kept=lambda _table, _row_id, _content: False,
            own_columns={},
        )
        opened.facts |= {"year": year, "undone": last.kind}
        reach(opened, Milestone.STRUCTURES_CHANGED, year=year)
        if last.kind == CARRY_ACT:
            leave(opened, Milestone.STRUCTURES_CARRIED, year=year)


def may_undo(*, uai: str, year: int, actor: str) -> bool:
    """Tell whether somebody may undo her last change of structures.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        actor (str): who asks.

    Returns:
        bool: True while nothing followed it.
    """
    with transaction.atomic():
        open_schools(uai)
        return _undoable(uai, year, actor) is not None


def pupils_by_division(*, uai: str, year: int) -> Counter[str]:
    """Count the pupils present in each division.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Counter[str]: by code.
    """
    with transaction.atomic():
        open_schools(uai)
        return _counts(uai, year)


def has_year_before(*, uai: str, year: int) -> bool:
    """Tell whether there is a year before, from which structures may be taken over.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        bool: True when the school has it.
    """
    with transaction.atomic():
        open_schools(uai)
        return SchoolYear.objects.filter(uai=uai, year=year - 1).exists()


def _refuse_pupils(uai: str, year: int, division: str) -> None:
    pupils = _counts(uai, year)[division]
    if pupils:
        raise DivisionHasPupilsError(division, pupils)


def _counts(uai: str, year: int) -> Counter[str]:
    return holdings.headcounts(uai=uai, year=year, of=holdings.present_ids(uai=uai, year=year))


def _say(opened: OpenAct, year: int, kind: Structure.Kind, code: str, *, was: str = "") -> None:
    opened.facts |= {"year": year, "kind": kind.value, "code": code}
    if was and was != code:
        opened.facts["was"] = was


def _undoable(uai: str, year: int, actor: str) -> Any:
    """Give the school's last act, when it changed structures of the year and is this person's."""
    last = KeptAct.objects.filter(uai=uai).order_by("-sequence").first()
    if last is None or last.kind not in _UNDOABLE or last.actor != actor:
        return None
    return last if _year_of(last) == year else None


def _year_of(kept: KeptAct) -> int | None:
    said = json.loads(kept.payload)["facts"].get("year")
    return said if isinstance(said, int) else None
