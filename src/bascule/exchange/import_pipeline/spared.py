"""What a person leaves as it is among the changes of a file, before the import is confirmed. Pure.

A change is named by its record and its field, as the plan shows them. Fields that mean nothing apart
(the names of one person, the two halves of an exit) are left together.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bascule.exchange.records import PersonRecord, PupilRecord

#: Stands for all the fields of a record.
WHOLE = "*"
_GUARDIANS, _SCHOOLING, _YEAR, _GROUP = "guardian", "schooling", "enrolment", "group"
_TOGETHER = {
    "identity": ("family_name", "usual_name", "first_name", "birth_date", "identity_key", "sort_key"),
    "exit": ("left_on", "exit_reason", "ends_on", "is_stopped"),
    _SCHOOLING: ("mef", "starts_on"),
}  # fmt: skip
_UNIT_OF = {name: unit for unit, names in _TOGETHER.items() for name in names}
#: Fields that nobody chooses: numbers of the software, and what follows from the rest.
_NOT_CHOSEN = frozenset(("private_id", "is_blocked", "is_expected"))


@dataclass(frozen=True, slots=True)
class Spared:
    """The records and fields that a person leaves as they are.

    Attributes:
        pupils: fields by the rank of a pupil's record; `*` for all.
        persons: the same for guardians.
    """

    pupils: Mapping[int, frozenset[str]] = field(default_factory=dict)
    persons: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @staticmethod
    def of(options: Mapping[str, Any]) -> "Spared":
        """Read what the options of a run hold.

        Args:
            options (Mapping[str, Any]): of the run; `spared` holds fields by rank, by kind of record.

        Returns:
            Spared: the same.
        """
        kept: Mapping[str, Mapping[str, list[str]]] = options.get("spared", {})

        def read(entity: str) -> dict[int, frozenset[str]]:
            return {int(rank): frozenset(names) for rank, names in kept.get(entity, {}).items()}

        return Spared(read("pupil"), read("person"))

    def left_persons(
        self, pupils: Iterable[PupilRecord], known: Collection[int]
    ) -> frozenset[int | str]:
        """Find the persons whom the file links only to what is left: they are not made either.

        Args:
            pupils (Iterable[PupilRecord]): the records read.
            known (Collection[int]): ranks of those whose pupil is stored.

        Returns:
            frozenset[int | str]: their `ref`.
        """
        left: set[int | str] = set()
        taken: set[int | str] = set()
        for pupil in pupils if self.pupils else ():
            fields = self.pupils.get(pupil.rank, frozenset())
            units = {unit_of(name) for name in fields}
            is_left = WHOLE in fields or _GUARDIANS in units or (fields and pupil.rank not in known)
            (left if is_left else taken).update(link.ref for link in pupil.links or ())
        return frozenset(left - taken)


def unit_of(key: str) -> str:
    """Tell what a field is left together with.

    Args:
        key (str): a field as the plan shows it (`division`, `guardian.12`).

    Returns:
        str: the same for all fields that go together.
    """
    subject = key.partition(".")[0]
    if subject == _GROUP:
        # Each group is a place of its own.
        return key
    return _UNIT_OF.get(subject, subject)


def may_be_left(key: str) -> bool:
    """Tell whether a person may leave a field as it is.

    Args:
        key (str): a field as the plan shows it.

    Returns:
        bool: False for what is no person's choice.
    """
    return key not in _NOT_CHOSEN


def split(
    changes: Mapping[str, list[Any]], fields: frozenset[str]
) -> tuple[dict[str, list[Any]], frozenset[str]]:
    """Find which changes of a record are left.

    Args:
        changes (Mapping[str, list[Any]]): what the file would change in a stored record.
        fields (frozenset[str]): what the person leaves.

    Returns:
        tuple[dict[str, list[Any]], frozenset[str]]: the changes left; their units, `*` when nothing else is
        changed.
    """
    units = {unit_of(name) for name in fields}
    there = {unit_of(key) for key in changes}
    if "division" in units and _SCHOOLING in there:
        # A division goes with its MEF.
        units.add(_SCHOOLING)
    if WHOLE in fields or _YEAR in units:
        return dict(changes), frozenset((WHOLE,))
    left = {key: change for key, change in changes.items() if unit_of(key) in units}
    rest = [key for key in changes if key not in left and may_be_left(key)]
    return left, frozenset(units) if rest else frozenset((WHOLE,))


def leave(record: PupilRecord | PersonRecord, units: frozenset[str]) -> None:
    """Take fields out of a record, as if the file did not hold them.

    Args:
        record (PupilRecord | PersonRecord): a record of a file; it is changed.
        units (frozenset[str]): what is left.
    """
    if isinstance(record, PersonRecord):
        rows: list[Any] = [record.row]
    else:
        if _GUARDIANS in units:
            record.links = None
        if _SCHOOLING in units:
            record.schooling = None
        if "exit" in units:
            # Neither the exit is written, nor a return.
            record.has_left = True
        rows = [row for row in (record.student, record.enrolment, record.schooling) if row]
    names = {name for row in rows for name in type(row).columns if unit_of(name) in units}
    if "address_id" in names:
        record.address = None
    for row in rows:
        for name in names.intersection(type(row).columns):
            setattr(row, name, None)
    record.defaults = {name: v for name, v in record.defaults.items() if name not in names}
    record.erased -= names
    record.left_out |= names
