"""Move the pupils and divisions of a MEF that takes no pupils any more to another, in one act; and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bascule.errors import RefusedError
from bascule.journal.access import Criteria
from bascule.journal.act import OpenAct, act
from bascule.journal.acts import facts_of, find_acts
from bascule.journal.milestones import Milestone, reach
from bascule.journal.reverse import Event, events_of, reverse_act, rows_touched_since
from bascule.nomenclatures.profile import (
    CHOICES_TABLE,
    PROFILE_TABLE,
    Entries,
    has_changed,
    read_choices,
    read_entries,
    rewrite,
)
from bascule.nomenclatures.release import entries_of, taking_pupils
from bascule.preparation.computing import computed_from, in_place, with_mefs
from bascule.preparation.descent import receipts_of, selected
from bascule.preparation.profiling import NotDiffusedError
from bascule.preparation.usage import usage_of
from bascule.schools.models import Structure
from bascule.schools.open_year import writable_year
from bascule.store import staging
from bascule.students import holdings
from bascule.students.lookup import names_of
from bascule.students.register import SCHOOLINGS, Register

MOVE_ACT, UNDO_ACT = "profile.move", "profile.undo-move"

_STRUCTURES = "schools_structure"
_TABLES = (PROFILE_TABLE, CHOICES_TABLE, _STRUCTURES, SCHOOLINGS)


class NothingToMoveError(RefusedError):
    """The school neither retains a MEF nor has anything in it.

    Args:
        mef (str): its code.
    """

    code = "move.nothing"

    def __init__(self, mef: str) -> None:
        super().__init__(
            f"Rien n’est à déplacer : le MEF {mef} n’est ni retenu, ni porté par un élève ou une"
            " division de cette année."
        )
        self.mef = mef


class SameMefError(RefusedError):
    """A MEF would be moved to itself.

    Args:
        mef (str): its code.
    """

    code = "move.same"

    def __init__(self, mef: str) -> None:
        super().__init__(f"Le MEF {mef} est déjà celui de ces élèves : choisissez-en un autre.")
        self.mef = mef


class UnknownMoveError(RefusedError):
    """There is no such move in the year, or it was undone.

    Args:
        act_id (int): its act.
    """

    code = "move.unknown"

    def __init__(self, act_id: int) -> None:
        super().__init__(
            "Ce déplacement n’existe pas, ou il a déjà été annulé : il n’y a rien à annuler."
        )
        self.act_id = act_id


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did.

    Attributes:
        act_id: the act.
        old: the MEF before.
        new: the MEF after.
        pupil_count: pupils moved.
        divisions: divisions and groups that lead to the new MEF instead of the old one.
    """

    act_id: int
    old: str
    new: str
    pupil_count: int
    divisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A move that was made, and may be taken back.

    Attributes:
        act_id: the act.
        at: when.
        actor: who made it.
        old: the MEF before.
        new: the MEF after.
        pupil_count: pupils moved.
        divisions: divisions and groups that went along.
    """

    act_id: int
    at: datetime
    actor: str
    old: str
    new: str
    pupil_count: int
    divisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmoved:
    """What taking a move back did.

    Attributes:
        act_id: the act.
        restored_count: rows given back their state before.
        kept_pupils: pupils left as they are, since somebody changed their schooling meanwhile: names.
        kept_structures: divisions and groups left as they are, likewise: codes.
        keeps_new: whether the new MEF stays retained, because something has it.
    """

    act_id: int
    restored_count: int
    kept_pupils: tuple[str, ...]
    kept_structures: tuple[str, ...]
    keeps_new: bool


def move_to_successor(
    *, uai: str, year: int, old: str, new: str, actor: str, at: datetime
) -> Moved:
    """Move all that has a MEF in a year to another one: pupils, divisions, and the profile.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        old (str): the MEF before.
        new (str): the MEF after: one that takes pupils, or that the school retains.
        actor (str): who decides it.
        at (datetime): when, with its time zone.

    Returns:
        Moved: what was done.

    Raises:
        SameMefError: if both are the same.
        NotDiffusedError: if the new MEF is not among those diffused.
        NothingToMoveError: if nothing has the old MEF, and the school does not retain it.
    """
    if old == new:
        raise SameMefError(old)
    receipts = receipts_of(uai=uai, year=year)
    with act(uai=uai, kind=MOVE_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        profile = read_entries(uai=uai, year=year)
        retained = selected(profile)
        content = entries_of(release=receipts[0].release, mefs=[new]) if receipts else {}
        if new not in retained and new not in taking_pupils(content):
            raise NotDiffusedError((new,))
        usage = usage_of(uai=uai, year=year, mefs=[old])[old]
        if usage.is_empty and not usage.groups and old not in retained:
            raise NothingToMoveError(old)
        changed = _move_profile(opened, year, profile, content, old=old, new=new)
        structures = _move_structures(opened, year, old=old, new=new)
        Register(uai=uai, act_id=opened.id).move_schoolings(usage.schooling_ids, mef=new)
        opened.facts |= {
            "year": year,
            "old": old,
            "new": new,
            "pupils": len(usage.pupil_ids),
            "structures": list(structures),
        }
        if changed:
            reach(opened, Milestone.PROFILE_CHANGED, year=year)
        if structures:
            reach(opened, Milestone.STRUCTURES_CHANGED, year=year)
    return Moved(opened.id, old, new, len(usage.pupil_ids), structures)


def moves(*, uai: str, year: int) -> list[Move]:
    """List the moves of a year that were not taken back.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[Move]: the last one first.
    """
    found = find_acts(uais=[uai], criteria=Criteria(kinds=(MOVE_ACT, UNDO_ACT)))
    facts = {one.pk: facts_of(one) for one in found}
    undone = {facts[one.pk]["move"] for one in found if one.kind == UNDO_ACT}
    return [
        Move(
            one.pk,
            one.at,
            one.actor,
            said["old"],
            said["new"],
            said["pupils"],
            tuple(said["structures"]),
        )
        for one in found
        if one.kind == MOVE_ACT and one.pk not in undone and (said := facts[one.pk])["year"] == year
    ]


def undo_move(*, uai: str, year: int, act_id: int, actor: str, at: datetime) -> Unmoved:
    """Take a move back: all it wrote is as before, but for what somebody wrote since.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        act_id (int): the act of the move.
        actor (str): who takes it back.
        at (datetime): when, with its time zone.

    Returns:
        Unmoved: what was done, and what stays.

    Raises:
        UnknownMoveError: if the year has no such move, or it was taken back.
    """
    with act(uai=uai, kind=UNDO_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        move = next((one for one in moves(uai=uai, year=year) if one.act_id == act_id), None)
        if move is None:
            raise UnknownMoveError(act_id)
        events = events_of(uai=uai, act_id=act_id)
        kept = _Kept(opened, year, move, events)
        done = reverse_act(
            opened,
            reversed_act_id=act_id,
            events=events,
            tables=_TABLES,
            values=(),
            is_kept=kept.is_kept,
            own_columns={},
        )
        opened.facts |= {
            "year": year,
            "move": act_id,
            "restored": done.restored_count,
            "removed": done.removed_count,
            "returned": done.returned_count,
            "kept": len(done.kept),
        }
        reach(opened, Milestone.PROFILE_CHANGED, year=year)
        if move.divisions:
            reach(opened, Milestone.STRUCTURES_CHANGED, year=year)
    names = names_of(uai=uai, pupil_ids=kept.pupils)
    return Unmoved(
        opened.id,
        done.restored_count + done.removed_count + done.returned_count,
        tuple(sorted(names.values())),
        tuple(sorted(kept.structures)),
        kept.keeps_new,
    )


class _Kept:
    """Tells which rows the reversal of a move leaves as they are."""

    def __init__(self, opened: OpenAct, year: int, move: Move, events: Sequence[Event]) -> None:
        with staging.raw_cursor() as cursor:
            self._touched = set(
                rows_touched_since(
                    cursor,
                    uai=opened.uai,
                    act_id=move.act_id,
                    tables=_TABLES,
                    kinds_not_counted=(UNDO_ACT,),
                )
            )
        self._new = move.new
        held = read_entries(uai=opened.uai, year=year)
        #: Entries that the move removed, and that somebody wrote again.
        self._again = {
            event.row_id
            for event in events
            if event.table == PROFILE_TABLE
            and event.operation == "D"
            and event.before["key"] in held.get(event.before["block"], {})
        }
        moved = [event for event in events if (event.table, event.row_id) in self._touched]
        self.pupils = {e.before["student_id"] for e in moved if e.table == SCHOOLINGS}
        self.structures = {e.before["code"] for e in moved if e.table == _STRUCTURES}
        self.keeps_new = bool(self.pupils or self.structures) or self._is_new_used(
            opened.uai, year, events
        )

    def is_kept(self, table: str, row_id: int, content: dict[str, Any]) -> bool:
        """Tell whether a row stays as it is."""
        if (table, row_id) in self._touched:
            return True
        if table != PROFILE_TABLE:
            return False
        if row_id in self._again:
            return True
        if not self.keeps_new:
            return False
        # What still has the new MEF needs it, its programme and its subjects.
        of_new = content["key"].partition("|")[0] == self._new
        return bool(of_new or content["block"] == "MATIERE")

    def _is_new_used(self, uai: str, year: int, events: Sequence[Event]) -> bool:
        """Tell whether anything that the move did not touch has the new MEF."""
        moved = {(event.table, event.row_id) for event in events}
        schoolings = holdings.schoolings_by_mef(uai=uai, year=year, mefs=[self._new])
        if any((SCHOOLINGS, row_id) not in moved for row_id, _ in schoolings.get(self._new, ())):
            return True
        rows = Structure.objects.filter(uai=uai, year=year)
        return any(self._new in row.mefs and (_STRUCTURES, row.pk) not in moved for row in rows)


def _move_profile(
    opened: OpenAct, year: int, profile: Entries, content: Entries, *, old: str, new: str
) -> bool:
    """Retain the new MEF with its programme, and take the old one out; True when anything differs."""
    retained = selected(profile)
    is_new = new not in retained
    after = with_mefs(
        profile, content, added=[new] if is_new else [], removed=[old] if old in retained else []
    )
    if is_new:
        choices = read_choices(uai=opened.uai, year=year)
        of_new = {"MEF": {new: after["MEF"][new]}, "MATIERE": profile.get("MATIERE", {})}
        computed = computed_from(of_new, content, choices)
        for block in ("PROGRAMME", "OPTION_OBLIGATOIRE"):
            after[block] |= computed[block]
        subjects = {**profile.get("MATIERE", {}), **computed["MATIERE"]}
        after["MATIERE"] = in_place(profile.get("MATIERE", {}), dict(sorted(subjects.items())))
    return has_changed(rewrite(opened, year, after))


def _move_structures(opened: OpenAct, year: int, *, old: str, new: str) -> tuple[str, ...]:
    """Make divisions and groups lead to the new MEF instead of the old one."""
    moved = []
    for row in Structure.objects.filter(uai=opened.uai, year=year).order_by("kind", "rank"):
        if old in row.mefs:
            row.mefs = list(dict.fromkeys(new if mef == old else mef for mef in row.mefs))
            row.act_id = opened.id
            row.save(update_fields=["mefs", "act_id"])
            moved.append(row.code)
    return tuple(moved)
