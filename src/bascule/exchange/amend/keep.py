"""Leave what nobody typed as it is held, and tell what was emptied on purpose. Pure."""

from collections.abc import Collection, Mapping
from copy import copy
from typing import Any

from bascule.exchange.amend.edits import Case, parsed
from bascule.exchange.amend.fields import ADDRESS, GUARDIAN, PUPIL_FIELDS, Field, Holder
from bascule.exchange.amend.held import latest
from bascule.exchange.import_pipeline.effects import StoredPupil
from bascule.exchange.records import Checked, PupilLink, PupilRecord

_OWN_BY_KEY = {one.key: one for one in PUPIL_FIELDS}
_SCHOOLING_KEYS = {one.key for one in PUPIL_FIELDS if one.holder is Holder.SCHOOLING}
_IDENTITY = frozenset(("family_name", "first_name", "birth_date"))
_DERIVED = frozenset(("identity_key", "sort_key"))


def keep_as_held(
    case: Case, record: PupilRecord, stored: StoredPupil, known: Mapping[str, int]
) -> None:
    """Leave what nobody typed of a pupil as it is held.

    Args:
        case (Case): the correction.
        record (PupilRecord): the record corrected; it is changed.
        stored (StoredPupil): the pupil, as held.
        known (Mapping[str, int]): guardian of each name in the links of the record.
    """
    record.private_id = record.enrolment.private_id = None
    keep_untouched(record, record.student, stored.student, case.touched)
    touched = {key for key in case.touched if "." not in key}
    for name in type(record.enrolment).columns:
        if name not in touched:
            setattr(record.enrolment, name, None)
    if stored.enrolment is not None:
        record.enrolment.is_blocked = stored.enrolment.is_blocked
    record.defaults = {"keep_expected": True} | {
        name: value
        for name, value in record.defaults.items()
        if name in ("starts_on", "status") and touched & _SCHOOLING_KEYS
    }
    held = latest(stored)
    if not touched & _SCHOOLING_KEYS:
        record.schooling = None
    elif record.schooling is not None and held is not None:
        for name in type(held).columns:
            if name not in touched:
                setattr(record.schooling, name, getattr(held, name))
    _keep_links(case, record, stored, known)
    record.erased = erased_columns(case.values, _OWN_BY_KEY, record)


def _keep_links(
    case: Case, record: PupilRecord, stored: StoredPupil, known: Mapping[str, int]
) -> None:
    of_links = {parsed(key)[0] for key in case.touched if key.startswith(f"{GUARDIAN}.")}
    if not of_links or record.links is None:
        record.links = None
        return
    for rank, link in enumerate(record.links):
        guardian_id = known[str(link.ref)]
        if str(guardian_id) not in of_links and guardian_id in stored.links:
            record.links[rank] = PupilLink(link.ref, copy(stored.links[guardian_id][1]))


def keep_untouched(record: Checked, row: Any, held: Any, touched: Collection[str]) -> None:
    """Leave what nobody typed as it is held: in a row that is read, None says nothing.

    Args:
        record (Checked): the record corrected.
        row (Any): its row; it is changed.
        held (Any): the row held.
        touched (Collection[str]): the fields that were typed.
    """
    for name in type(row).columns:
        if name in touched or (name in _DERIVED and not _IDENTITY.isdisjoint(touched)):
            continue
        is_needed = name in _DERIVED or name in _IDENTITY
        setattr(row, name, getattr(held, name) if is_needed else None)
    if not any(key.startswith(f"{ADDRESS}.") for key in touched):
        record.address = None


def erased_columns(
    values: Mapping[str, str], own: Mapping[str, Field], record: Checked
) -> frozenset[str]:
    """Name the columns that were emptied on purpose.

    Args:
        values (Mapping[str, str]): what was typed, by key.
        own (Mapping[str, Field]): the fields of the record itself.
        record (Checked): the record corrected.

    Returns:
        frozenset[str]: columns.
    """
    columns: set[str] = set()
    for key, text in values.items():
        if key.startswith(f"{ADDRESS}."):
            if record.address is None:
                columns.add("address_id")
        elif not text.strip():
            found = own.get(key) or parsed(key)[1]
            if found.holder not in (Holder.GUARDIAN, Holder.ADDRESS) or key in own:
                columns.add(found.column)
    return frozenset(columns)
