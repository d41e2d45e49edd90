"""Merge what a record says into a row that the base holds, column by column. Pure.

A blank or missing element keeps the stored value, unless it may be erased and the person asked for it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bascule.exchange.import_pipeline.effects import Base, Plan
from bascule.exchange.records import PersonRecord, PupilRecord
from bascule.exchange.rules.contact import ADRES_A_01, ADRES_B_01, ADRES_C_01
from bascule.students.rows import Row

#: Columns computed from others: they follow, and are not shown.
_DERIVED = frozenset(("identity_key", "sort_key"))
#: What a file may say no more, and an explicit tick then erases.
ERASABLE = frozenset(
    (
        "usual_name", "second_name", "third_name", "personal_phone", "work_phone", "mobile_phone", "email",
        "address_id", "birth_town", "civility", "ends_on", "division", "previous_mef", "previous_division",
    )
)  # fmt: skip
#: Columns that each of these elements gives: set aside by a rule, it is wrong and not missing.
_COLUMNS_OF = {
    "NOM_USAGE": ("usual_name",), "PRENOM2": ("second_name",), "PRENOM3": ("third_name",), "EMAIL": ("email",),
    "TEL_PERSONNEL": ("personal_phone",), "TEL_PROFESSIONNEL": ("work_phone",), "TEL_PORTABLE": ("mobile_phone",),
    "VILLE_NAISS": ("birth_town",), "CODE_CIVILITE": ("civility",), "DATE_FIN_SCO": ("ends_on",),
    "CODE_DIVISION": ("previous_division",), "CODE_MEF": ("previous_mef",),
}  # fmt: skip
_ADDRESS_RULES = (ADRES_A_01, ADRES_B_01, ADRES_C_01)


class Merger:
    """Merges the rows of one record after the other, for one plan.

    Args:
        base (Base): the stored state.
        plan (Plan): counts the values kept and erased, and knows the new addresses.
        erase (bool): whether values that the file no longer gives are erased.
    """

    def __init__(self, base: Base, plan: Plan, *, erase: bool) -> None:
        self._base, self._plan, self._erase = base, plan, erase
        self._aside: frozenset[str] = frozenset()
        self._erased: frozenset[str] = frozenset()

    def begin(self, record: PersonRecord | PupilRecord) -> None:
        """Begin a record: what it set aside is no blank, what a person erased is.

        Args:
            record (PersonRecord | PupilRecord): the record.
        """
        self._aside, self._erased = _set_aside(record), record.erased

    def merge(
        self, stored: Row, read: Row, defaults: Mapping[str, Any]
    ) -> dict[str, tuple[Any, Any]]:
        """Bring what was read into the stored row.

        Args:
            stored (Row): as the base holds it; it is changed.
            read (Row): as the record gives it; None where it says nothing.
            defaults (Mapping[str, Any]): what a column takes when neither says anything.

        Returns:
            dict[str, tuple[Any, Any]]: before and after of each column that changed.
        """
        values = type(stored).values
        before, after = values(stored), values(read)
        if before == after and not defaults:
            return {}
        changes: dict[str, tuple[Any, Any]] = {}
        for name, old, new in zip(type(stored).columns, before, after, strict=True):
            value = self._instead_of_blank(name, old, defaults) if new is None else new
            if value != old:
                changes[name] = (old, value)
                setattr(stored, name, value)
        return changes

    def _instead_of_blank(self, name: str, old: Any, defaults: Mapping[str, Any]) -> Any:
        """Tell what a column becomes of which the record says nothing."""
        if old is None:
            return defaults.get(name)
        if name in self._aside:
            return old
        if name not in self._erased:
            if name not in ERASABLE:
                return old
            if not self._erase:
                self._plan.counts["values_kept"] += 1
                return old
        self._plan.counts["values_erased"] += 1
        return None

    def shown(self, prefix: str, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
        """Write changes as a line of the plan shows them.

        Args:
            prefix (str): what stands before the name of each column.
            changes (Mapping[str, tuple[Any, Any]]): from `merge`.

        Returns:
            dict[str, list[Any]]: before and after, dates and addresses as texts; without what follows from the rest.
        """
        return {
            prefix + name: (
                [self._address_text(old), self._address_text(new)]
                if name == "address_id"
                else [_jsonable(old), _jsonable(new)]
            )
            for name, (old, new) in changes.items()
            if name not in _DERIVED
        }

    def _address_text(self, value: Any) -> str | None:
        if value is None:
            return None
        address = (
            self._plan.effects.new_addresses[value]
            if isinstance(value, bytes)
            else self._base.addresses.get(value)
        )
        return ", ".join(part for part in address if part) if address else str(value)


def _jsonable(value: Any) -> Any:
    """Write a value of a row as the plan stores it."""
    return value.isoformat() if isinstance(value, date) else value


def _set_aside(record: PersonRecord | PupilRecord) -> frozenset[str]:
    """Name the columns whose value the file gives and a rule refused: no blank, so nothing to erase."""
    if not record.findings:
        return record.left_out
    names = set(record.left_out) | {
        name for f in record.findings if f.value for name in _COLUMNS_OF.get(f.field, ())
    }
    if any(finding.rule in _ADDRESS_RULES for finding in record.findings):
        names.add("address_id")
    return frozenset(names)
