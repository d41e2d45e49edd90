"""Stage plan: the exact effects of a file on the base, before and after, field by field. Pure.

A blank or missing element keeps the stored value. A block that is present replaces the stored set. A
pupil absent from the file is shown and never removed.
"""

import marshal
from collections.abc import Container, Iterable, Mapping
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bascule.exchange.import_pipeline.effects import Base, Line, Plan, StoredPupil
from bascule.exchange.import_pipeline.merge import Merger
from bascule.exchange.import_pipeline.spared import WHOLE, Spared, leave, split
from bascule.exchange.records import NUMBER_TAGS, PersonRecord, PupilRecord
from bascule.exchange.rules.base import IDNAT_D_01, INF_ELNOM_A_01, INF_SCOAC_F_01
from bascule.exchange.rules.guardians import PAREN_B_01
from bascule.exchange.rules.schooling import SCOAC_B_01
from bascule.students.rows import SchoolingRow, StudentRow

_NAMES = ("family_name", "first_name")


class Planner:
    """Builds one plan, record by record.

    Args:
        base (Base): the stored state.
        guardian_ids (dict[int | str, int]): guardian of each person already known, by `ref`.
        pupil_ids (Mapping[int, int]): pupil of each record already known, by rank.
        erase (bool): whether values that the file no longer gives are erased.
        spared (Spared): what a person leaves as it is.
    """

    def __init__(
        self,
        base: Base,
        guardian_ids: dict[int | str, int],
        pupil_ids: Mapping[int, int],
        *,
        erase: bool = False,
        spared: Spared = Spared(),  # noqa: B008 - it never changes
    ) -> None:
        self.base = base
        self.guardian_ids = guardian_ids
        self.pupil_ids = pupil_ids
        self.erase = erase
        self.spared = spared
        self.plan = Plan()
        self._removals: list[Line] = []
        self._merger = Merger(base, self.plan, erase=erase)
        self._new_persons: list[tuple[int, int, int | None, bytes | None]] = []

    def persons(
        self,
        persons: Iterable[PersonRecord],
        left: Container[int | str] = (),
    ) -> None:
        """Plan the persons.

        Args:
            persons (Iterable[PersonRecord]): validated records.
            left (Container[int | str]): `ref` of the new ones that only spared records need.
        """
        counts = self.plan.counts
        for person in persons:
            if person.is_rejected:
                counts["persons_rejected"] += 1
            elif person.ref not in self.guardian_ids:
                if person.ref in left:
                    counts["persons_spared"] += 1
                else:
                    self._new_person(person)
            elif not self._spare_person(person):
                kept = counts["values_kept"]
                self._known_person(person, self.guardian_ids[person.ref])
                person.kept_count = counts["values_kept"] - kept

    def pupils(self, pupils: Iterable[PupilRecord]) -> None:
        """Plan the pupils; call after the persons.

        Args:
            pupils (Iterable[PupilRecord]): validated and matched records.
        """
        counts = self.plan.counts
        for pupil in pupils:
            if pupil.is_rejected:
                counts["pupils_rejected"] += 1
            elif pupil.rank not in self.pupil_ids:
                if pupil.rank in self.spared.pupils:
                    counts["pupils_spared"] += 1
                    self._spared_line("pupil", pupil, None, None)
                else:
                    self._new_pupil(pupil)
            elif not self._spare_pupil(pupil):
                kept = counts["values_kept"]
                self._known_pupil(pupil, self.base.pupils[self.pupil_ids[pupil.rank]])
                pupil.kept_count = counts["values_kept"] - kept

    def absent(self, pupils: Iterable[tuple[int, int | None, str, str]]) -> None:
        """Show the pupils that the file does not hold.

        Args:
            pupils (Iterable[tuple[int, int | None, str, str]]): id, private id, name, division.
        """
        for pupil_id, private_id, label, division in pupils:
            self.plan.counts["pupils_absent"] += 1
            self.plan.lines.append(
                Line(
                    "pupil", "absent", None, None, private_id, pupil_id, label, division, None, None
                )
            )

    def finish(self) -> Plan:
        """Close the plan: removals come first.

        Returns:
            Plan: the plan.
        """
        self._forget_freed_ids()
        lines = self.plan.lines
        lines[:0] = self._removals
        if self._new_persons:
            # Nobody looks at them one by one: a line holds them all, each by its place and its digest.
            packed = marshal.dumps(self._new_persons, 2)
            label = f"{len(self._new_persons)} responsables"
            lines.append(Line("person", "create", None, None, None, None, label, "", packed, None))
        return self.plan

    def _forget_freed_ids(self) -> None:
        """Take a freed id out of the rows that will be written over, lest it be written back."""
        effects, base = self.plan.effects, self.base
        freed = set(effects.freed_enrolment_ids)
        for pupil in base.pupils.values():
            row = pupil.enrolment
            if row is None or row.private_id is None or pupil.enrolment_id not in freed:
                continue
            if base.pupil_holders.get(row.private_id) == pupil.enrolment_id:
                row.private_id = None
        for guardian_id in set(effects.freed_guardian_ids) & base.guardians.keys():
            guardian = base.guardians[guardian_id]
            if (
                guardian.private_id is not None
                and base.holders.get(guardian.private_id) == guardian_id
            ):
                guardian.private_id = None

    # What a person leaves as it is

    def _spare_pupil(self, pupil: PupilRecord) -> bool:
        """Take out of a record what is left of it, and show it; tell whether nothing else is to be planned."""
        fields = self.spared.pupils.get(pupil.rank)
        if not fields:
            return False
        stored = self.base.pupils[self.pupil_ids[pupil.rank]]
        trial = Planner(self.base, self.guardian_ids, self.pupil_ids, erase=self.erase)
        trial._known_pupil(pupil.twin(), stored.twin())
        is_left = self._spare("pupil", pupil, stored.id, trial.plan, fields)
        if is_left:
            self.plan.targets[pupil.rank] = stored.id
        return is_left

    def _spare_person(self, person: PersonRecord) -> bool:
        fields = self.spared.persons.get(person.rank)
        if not fields:
            return False
        guardian_id = self.guardian_ids[person.ref]
        base = replace(self.base, guardians={guardian_id: copy(self.base.guardians[guardian_id])})
        trial = Planner(base, self.guardian_ids, self.pupil_ids, erase=self.erase)
        trial._known_person(person.twin(), guardian_id)
        return self._spare("person", person, guardian_id, trial.plan, fields)

    def _spare(
        self,
        entity: str,
        record: PupilRecord | PersonRecord,
        target_id: int,
        trial: Plan,
        fields: frozenset[str],
    ) -> bool:
        changes = next((line.changes for line in trial.lines if line.action == "update"), None)
        if not changes:
            return False
        left, units = split(changes, fields)
        if not left:
            return False
        self._spared_line(entity, record, target_id, left)
        if WHOLE in units:
            self.plan.counts[f"{entity}s_spared"] += 1
            return True
        leave(record, units)
        return False

    def _spared_line(
        self,
        entity: str,
        record: PupilRecord | PersonRecord,
        target_id: int | None,
        left: dict[str, list[Any]] | None,
    ) -> None:
        self.plan.lines.append(
            Line(
                entity, "spare", record.line, record.rank, record.private_id, target_id, record.label,
                record.division, None, left,
            )
        )  # fmt: skip

    # Persons

    def _new_person(self, person: PersonRecord) -> None:
        self.plan.counts["persons_created"] += 1
        row = person.row
        for name, value in person.defaults.items():
            setattr(row, name, value)
        row.address_id = self._address(person)
        self._free_person_id(person, None)
        self.plan.effects.new_guardians.append(person)
        digest = person.mark.digest if person.mark else None
        self._new_persons.append((person.line, person.rank, person.private_id, digest))

    def _known_person(self, person: PersonRecord, guardian_id: int) -> None:
        stored = self.base.guardians[guardian_id]
        self._merger.begin(person)
        person.row.address_id = self._address(person)
        changes = self._merger.merge(stored, person.row, person.defaults)
        if not changes:
            self.plan.counts["persons_unchanged"] += 1
            return
        self.plan.counts["persons_changed"] += 1
        if "private_id" in changes:
            self._free_person_id(person, guardian_id)
        self.plan.effects.changed_guardians.append((guardian_id, stored, person.line, person.rank))
        self.plan.lines.append(
            Line(
                "person", "update", person.line, person.rank, person.private_id, guardian_id, person.label, "",
                None, self._merger.shown("", changes),
            )
        )  # fmt: skip

    # Pupils

    def _new_pupil(self, pupil: PupilRecord) -> None:
        plan, effects = self.plan, self.plan.effects
        plan.counts["pupils_created"] += 1
        pupil.student.address_id = self._address(pupil)
        effects.new_pupils.append(pupil)
        self._free_pupil_id(pupil, None)
        self._new_year(pupil, pupil)
        for link in pupil.links or ():
            effects.new_links.append((pupil, link.ref, link.row))
        plan.lines.append(
            Line(
                "pupil", "create", pupil.line, pupil.rank, pupil.private_id, None, pupil.label, pupil.division,
                pupil.mark.digest if pupil.mark else None, None,
            )
        )  # fmt: skip

    def _new_year(self, owner: int | PupilRecord, pupil: PupilRecord) -> None:
        enrolment = pupil.enrolment
        for name, value in pupil.defaults.items():
            if name in ENROLMENT_DEFAULTS:
                setattr(enrolment, name, value)
        if enrolment.is_blocked is None:
            enrolment.is_blocked = is_blocked(pupil) or bool(pupil.defaults.get("is_held_back"))
        self.plan.effects.new_enrolments.append((owner, enrolment, pupil))
        if pupil.schooling is not None:
            pupil.schooling.status = pupil.schooling.status or pupil.defaults.get("status")
            self.plan.effects.new_schoolings.append((owner, pupil.schooling, pupil))
        if enrolment.left_on is None:
            self._move(None, pupil.schooling.division if pupil.schooling else None)

    def _known_pupil(self, pupil: PupilRecord, stored: StoredPupil) -> None:
        plan, effects = self.plan, self.plan.effects
        plan.targets[pupil.rank] = stored.id
        shown: dict[str, list[Any]] = {}
        self._keep_our_numbers(pupil, stored.student, stored.id)
        self._merger.begin(pupil)
        pupil.student.address_id = self._address(pupil)
        changes = self._merger.merge(stored.student, pupil.student, {})
        if changes:
            if any(name in changes for name in _NAMES):
                before = " ".join(
                    str(changes.get(name, [getattr(stored.student, name)])[0]) for name in _NAMES
                )
                pupil.meets(INF_ELNOM_A_01, "NOM_DE_FAMILLE", pupil.label, f"Avant : {before}.")
            effects.changed_students.append((stored.id, stored.student, pupil))
            shown |= self._merger.shown("", changes)
        shown |= self._year(pupil, stored)
        shown |= self._links(pupil, stored)
        if not shown:
            plan.counts["pupils_unchanged"] += 1
            return
        plan.counts["pupils_changed"] += 1
        plan.lines.append(
            Line(
                "pupil", "update", pupil.line, pupil.rank, pupil.private_id, stored.id, pupil.label, pupil.division,
                None, shown,
            )
        )  # fmt: skip

    def _year(self, pupil: PupilRecord, stored: StoredPupil) -> dict[str, list[Any]]:
        effects = self.plan.effects
        if stored.enrolment is None or stored.enrolment_id is None:
            self._free_pupil_id(pupil, None)
            self._new_year(stored.id, pupil)
            return {"enrolment": [None, self._year_of(pupil)]}
        before = (
            None
            if stored.enrolment.left_on
            else stored.schoolings[-1][1].division
            if stored.schoolings
            else None
        )
        shown = self._schooling(pupil, stored)
        if pupil.enrolment.is_blocked is None and not pupil.defaults.get("keep_blocked"):
            pupil.enrolment.is_blocked = is_blocked(pupil)
        changes = self._merger.merge(stored.enrolment, pupil.enrolment, pupil.defaults)
        if not pupil.has_left and stored.enrolment.left_on is not None:
            changes |= {
                "left_on": (stored.enrolment.left_on, None),
                "exit_reason": (stored.enrolment.exit_reason, None),
            }
            stored.enrolment.left_on = stored.enrolment.exit_reason = None
        if "private_id" in changes:
            self._free_pupil_id(pupil, stored.enrolment_id)
        if changes:
            effects.changed_enrolments.append((stored.enrolment_id, stored.enrolment, pupil))
        if stored.is_expected and not pupil.defaults.get("keep_expected"):
            effects.confirmed_enrolments.append(stored.enrolment_id)
            changes["is_expected"] = (True, False)
        after = (
            None
            if stored.enrolment.left_on
            else stored.schoolings[-1][1].division
            if stored.schoolings
            else None
        )
        self._move(before, after)
        if stored.enrolment.left_on is not None and changes.get("left_on", _LEFT)[0] is None:
            self.plan.counts["pupils_left"] += 1
        return shown | self._merger.shown("", changes)

    def _year_of(self, pupil: PupilRecord) -> str:
        return " ".join(
            part
            for part in (pupil.schooling.mef if pupil.schooling else "", pupil.division)
            if part
        )

    def _schooling(self, pupil: PupilRecord, stored: StoredPupil) -> dict[str, list[Any]]:
        read = pupil.schooling
        if read is None:
            return {}
        effects = self.plan.effects
        periods = stored.schoolings
        if not periods:
            read.status = read.status or pupil.defaults.get("status")
            effects.new_schoolings.append((stored.id, read, pupil))
            periods.append((0, read))
            return {"schooling": [None, f"{read.mef} {read.division or ''}".strip()]}
        if "starts_on" in pupil.defaults and not self._means_the_last(pupil, periods, read):
            return self._same_period(pupil, stored, read)
        held = [period for period in periods if period[1].starts_on <= read.starts_on]
        period_id, current = held[-1] if held else periods[0]
        later = [period for period in periods if period[1].starts_on > current.starts_on]
        shown: dict[str, list[Any]] = {}
        for later_id, row in later:
            # The file's schooling starts before a period we hold: that change was called off.
            effects.removed_schoolings.append(later_id)
            shown[f"schooling.{row.starts_on}"] = [f"{row.mef} {row.division or ''}".strip(), None]
        if _begins_another(read, current):
            return shown | self._next_period(pupil, stored, (period_id, current), read)
        stored.schoolings = [
            *(p for p in periods if p not in later and p[0] != period_id),
            (period_id, current),
        ]
        changes = self._merger.merge(current, read, pupil.defaults)
        goes_on = bool(later) or _is_back(pupil, stored)
        if goes_on and read.ends_on is None and current.ends_on is not None:
            changes["ends_on"] = (current.ends_on, None)
            current.ends_on = None
        if changes:
            effects.changed_schoolings.append((period_id, current, pupil))
        return shown | self._merger.shown("", changes)

    def _means_the_last(
        self, pupil: PupilRecord, periods: list[tuple[int, SchoolingRow]], read: SchoolingRow
    ) -> bool:
        """Date a schooling that the file does not date: by the latest period it agrees with."""
        agreeing = [row for _, row in periods if row.mef == read.mef] or [periods[-1][1]]
        read.starts_on = starts_on = agreeing[-1].starts_on
        following = [row.starts_on for _, row in periods if row.starts_on > starts_on]
        ends_on = read.ends_on
        if ends_on is not None and not starts_on <= ends_on < min(following, default=date.max):
            pupil.meets(SCOAC_B_01, "DATE_FIN_SCO", ends_on.isoformat())
            read.ends_on = None
        return not following

    def _same_period(
        self, pupil: PupilRecord, stored: StoredPupil, read: SchoolingRow
    ) -> dict[str, list[Any]]:
        """Compare with the period of the same start, and leave the others alone."""
        period_id, current = next(p for p in stored.schoolings if p[1].starts_on == read.starts_on)
        changes = self._merger.merge(current, read, pupil.defaults)
        if changes:
            self.plan.effects.changed_schoolings.append((period_id, current, pupil))
        return self._merger.shown("", changes)

    def _next_period(
        self,
        pupil: PupilRecord,
        stored: StoredPupil,
        held: tuple[int, SchoolingRow],
        read: SchoolingRow,
    ) -> dict[str, list[Any]]:
        period_id, current = held
        eve = read.starts_on - timedelta(days=1)
        before = f"{current.mef} {current.division or ''}".strip()
        if current.ends_on is None or current.ends_on > eve:
            current.ends_on = eve
            self.plan.effects.changed_schoolings.append((period_id, current, pupil))
        read.status = read.status or pupil.defaults.get("status")
        self.plan.effects.new_schoolings.append((stored.id, read, pupil))
        stored.schoolings.append((0, read))
        if read.mef != current.mef:
            pupil.meets(
                INF_SCOAC_F_01, "CODE_MEF", read.mef, f"Avant : {before} jusqu’au {eve:%d/%m/%Y}."
            )
        return {"schooling": [before, f"{read.mef} {read.division or ''}".strip()]}

    def _links(self, pupil: PupilRecord, stored: StoredPupil) -> dict[str, list[Any]]:
        if pupil.links is None:
            return {}
        effects = self.plan.effects
        shown: dict[str, list[Any]] = {}
        kept: set[int] = set()
        for link in pupil.links:
            guardian_id = self.guardian_ids.get(link.ref)
            if guardian_id is None or guardian_id not in stored.links:
                effects.new_links.append((stored.id, link.ref, link.row))
                shown[f"guardian.{link.ref}"] = [None, f"{link.row.level} {link.row.kinship}"]
                continue
            kept.add(guardian_id)
            link_id, row = stored.links[guardian_id]
            changes = self._merger.merge(row, link.row, {})
            if changes:
                effects.changed_links.append((link_id, row))
                shown |= self._merger.shown(f"guardian.{link.ref}.", changes)
        if any(finding.rule is PAREN_B_01 for finding in pupil.findings):
            # A link set aside is not a guardian removed at the source.
            return shown
        kept.update(self.guardian_ids.get(ref, 0) for ref in pupil.links_set_aside)
        for guardian_id, (link_id, row) in stored.links.items():
            if guardian_id not in kept:
                effects.removed_links.append(link_id)
                self.plan.counts["links_removed"] += 1
                name = self.base.guardian_names.get(guardian_id, "")
                shown[f"guardian.{name}"] = [f"{row.level} {row.kinship}", None]
                self._removals.append(
                    Line(
                        "link", "remove", pupil.line, pupil.rank, pupil.private_id, stored.id, pupil.label,
                        pupil.division, None, {"guardian": [name, None]},
                    )
                )  # fmt: skip
        return shown

    # What both need

    def _keep_our_numbers(self, pupil: PupilRecord, stored: StudentRow, stored_id: int) -> None:
        own = {getattr(stored, attribute) for attribute, _ in NUMBER_TAGS}
        # A number of a kind that we lacked is taken: told again in another element, it is no other number.
        own |= {
            getattr(pupil.student, attribute)
            for attribute, _ in NUMBER_TAGS
            if getattr(stored, attribute) is None
        }
        for attribute, tag in NUMBER_TAGS:
            read, ours = getattr(pupil.student, attribute), getattr(stored, attribute)
            if read is not None and read in own:
                self.plan.carried.append((stored_id, read))
            if read is not None and ours is not None and read != ours:
                # A number of the pupil in another element is the pupil's all the same.
                if read not in own:
                    pupil.meets(IDNAT_D_01, tag, read)
                setattr(pupil.student, attribute, None)

    def _free_person_id(self, person: PersonRecord, guardian_id: int | None) -> None:
        """Take the private id back from the guardian who bore it, now somebody else's."""
        holder = self.base.holders.get(person.private_id) if person.private_id is not None else None
        if holder is not None and holder != guardian_id:
            self.plan.effects.freed_guardian_ids.append(holder)
        if guardian_id is not None:
            self.plan.effects.renumbered_guardians.append(guardian_id)

    def _free_pupil_id(self, pupil: PupilRecord, enrolment_id: int | None) -> None:
        """Take the private id back from the pupil who bore it, now another child's."""
        holder = (
            self.base.pupil_holders.get(pupil.private_id) if pupil.private_id is not None else None
        )
        if holder is not None and holder != enrolment_id:
            self.plan.effects.freed_enrolment_ids.append(holder)
        if enrolment_id is not None:
            self.plan.effects.renumbered_enrolments.append(enrolment_id)

    def _address(self, record: PersonRecord | PupilRecord) -> Any:
        address, digest = record.address, record.address_digest
        if address is None:
            return None
        known = self.base.address_ids.get(digest)
        if known is not None:
            return known
        self.plan.effects.new_addresses[digest] = address
        return digest

    def _move(self, before: str | None, after: str | None) -> None:
        if before != after:
            if before:
                self.plan.moves[before] -= 1
            if after:
                self.plan.moves[after] += 1


#: A pupil who had already left and whose exit does not change.
_LEFT = (True, None)


def _begins_another(read: SchoolingRow, current: SchoolingRow) -> bool:
    """Tell whether a schooling is a period of its own: another MEF from a later day, or after an end."""
    if read.starts_on <= current.starts_on:
        return False
    has_ended = current.ends_on is not None and current.ends_on < read.starts_on
    return has_ended or read.mef != current.mef


def _is_back(pupil: PupilRecord, stored: StoredPupil) -> bool:
    """Tell whether a pupil who had left is in school again."""
    had_left = stored.enrolment is not None and stored.enrolment.left_on is not None
    return had_left and not pupil.has_left


#: Defaults that belong to the enrolment.
ENROLMENT_DEFAULTS = frozenset(("regime", "takes_transport", "is_repeating"))


def is_blocked(pupil: PupilRecord) -> bool:
    """Tell whether the record is kept back from the academic base.

    Args:
        pupil (PupilRecord): a validated record.

    Returns:
        bool: True when one of its findings blocks.
    """
    return any(finding.rule.blocks for finding in pupil.findings)
