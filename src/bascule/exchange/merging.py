"""Merge two records of one guardian, as one act that can be undone; and find those that look like it.

What the software says of guardians stays the reference: where it has both records, the next file brings the second
one back, and the comparison before it is applied shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from bascule.errors import NotThereError, RefusedError
from bascule.exchange.amend.verbs import MERGE_ACT
from bascule.exchange.import_pipeline.conductor import reading
from bascule.journal.act import act
from bascule.schools.open_year import writable_year
from bascule.store import staging
from bascule.students import holdings
from bascule.students.lookup import names_of
from bascule.students.register import GUARDIANS, LINKS, Register
from bascule.students.rows import GuardianRow

#: Pairs told at most.
_MOST = 100
_NOWHERE = (None, None)


class NotTheSameError(RefusedError):
    """The two records are not of one person: their names differ, or they are one record."""

    code = "merge.not-the-same"

    def __init__(self) -> None:
        super().__init__(
            "Ces deux fiches ne portent pas les mêmes nom et prénom : elles ne sont pas fusionnées. Corrigez d’abord "
            "le nom de l’une d’elles, si c’est la même personne."
        )


class UnknownGuardianError(NotThereError):
    """The school has no such guardian, or not any more."""

    code = "merge.unknown-guardian"

    def __init__(self) -> None:
        super().__init__("L’une de ces fiches n’existe plus dans les dossiers de l’établissement.")


class Same(NamedTuple):
    """A record of a guardian, beside another that may be of the same person.

    Attributes:
        id: ours.
        name: NAME First name.
        children: names of the pupils.
        phones: telephones.
        email: e-mail.
        address: in one line.
        is_in_software: the software has a record of this number.
    """

    id: int
    name: str
    children: Sequence[str]
    phones: str
    email: str
    address: str
    is_in_software: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that look like one person.

    Attributes:
        one: the record to keep, unless somebody knows better: that of the software, else the older.
        other: the other one.
        are_in_software: the software has both: they are to be merged there too.
    """

    one: Same
    other: Same
    are_in_software: bool


def find_pairs(*, uai: str) -> list[Pair]:
    """Find guardians of the same name who share a child, an address or a telephone.

    Args:
        uai (str): the school; it is opened for reading.

    Returns:
        list[Pair]: by name; a hundred at most.
    """
    with reading(uai), staging.raw_cursor() as cursor:
        # Names are hashed, not compared each with each.
        staging.keep_plans_stable()
        cursor.execute(
            "WITH family AS (SELECT guardian_id, array_agg(student_id) AS children FROM students_guardianship"
            "  WHERE uai = %(uai)s GROUP BY guardian_id)"
            " SELECT a.id, b.id FROM students_guardian a"
            " JOIN students_guardian b ON b.uai = a.uai AND b.identity_key = a.identity_key AND b.id > a.id"
            " LEFT JOIN family f ON f.guardian_id = a.id LEFT JOIN family h ON h.guardian_id = b.id"
            " WHERE a.uai = %(uai)s AND (a.address_id = b.address_id OR f.children && h.children"
            "  OR a.mobile_phone IN (b.mobile_phone, b.personal_phone)"
            "  OR a.personal_phone IN (b.mobile_phone, b.personal_phone))"
            " ORDER BY a.sort_key, a.id, b.id LIMIT %(most)s",
            {"uai": uai, "most": _MOST},
        )
        ids = [tuple(row) for row in cursor.fetchall()]
        told = _told(uai, sorted({i for pair in ids for i in pair}))
    pairs = []
    for first, second in ids:
        one, other = sorted(
            (told[first], told[second]), key=lambda same: (not same.is_in_software, same.id)
        )
        pairs.append(Pair(one, other, one.is_in_software and other.is_in_software))
    return pairs


def merge_guardians(
    *, uai: str, year: int, keep_id: int, merge_id: int, actor: str, at: datetime
) -> int:
    """Merge a guardian's record into another: children, and what the other does not say.

    Args:
        uai (str): the school.
        year (int): the year in which one works; it is not closed.
        keep_id (int): the record that stays.
        merge_id (int): the record that goes.
        actor (str): who merges.
        at (datetime): when.

    Returns:
        int: the act, by which it is undone.

    Raises:
        UnknownGuardianError: if one of the records is not there.
        NotTheSameError: if their names differ.
    """
    with act(uai=uai, kind=MERGE_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        staging.keep_plans_stable()
        rows = holdings.guardians(uai=uai, ids=[keep_id, merge_id])
        if len({keep_id, merge_id} & rows.keys()) < len({keep_id, merge_id}):
            raise UnknownGuardianError
        kept, gone = rows[keep_id], rows[merge_id]
        if keep_id == merge_id or kept.identity_key != gone.identity_key:
            raise NotTheSameError
        register = Register(uai=uai, act_id=opened.id)
        pupils = [
            pupil for pupil, _ in holdings.children_of(uai=uai, guardian_ids=[keep_id, merge_id])
        ]
        links = holdings.links(uai=uai, student_ids=sorted(set(pupils)))
        theirs = {pupil for pupil, guardian, _, _ in links if guardian == keep_id}
        moved = [(pupil, i, row) for pupil, guardian, i, row in links if guardian == merge_id]
        register.remove(LINKS, [i for _, i, _ in moved])
        register.add_links(
            [(pupil, keep_id, row) for pupil, _, row in moved if pupil not in theirs]
        )
        register.remove(GUARDIANS, [merge_id])
        completed = _completed(kept, gone)
        if completed != kept:
            register.change_guardians([(keep_id, completed, _NOWHERE)])
        opened.facts |= {"year": year, "kept": keep_id, "merged": merge_id, "children": len(moved)}
        return opened.id


def _completed(kept: GuardianRow, gone: GuardianRow) -> GuardianRow:
    """Give what is kept, with what the other alone said."""
    values = {one.name: getattr(kept, one.name) for one in fields(GuardianRow)}
    return GuardianRow(
        **{name: getattr(gone, name) if value is None else value for name, value in values.items()}
    )


def _told(uai: str, ids: Sequence[int]) -> dict[int, Same]:
    rows = holdings.guardians(uai=uai, ids=ids)
    children: dict[int, list[int]] = {}
    for pupil_id, guardian_id in holdings.children_of(uai=uai, guardian_ids=ids):
        children.setdefault(guardian_id, []).append(pupil_id)
    names = names_of(uai=uai, pupil_ids=[i for found in children.values() for i in found])
    places = holdings.addresses(
        uai=uai, ids=[row.address_id for row in rows.values() if isinstance(row.address_id, int)]
    )
    return {
        i: Same(
            i,
            f"{row.usual_name or row.family_name} {row.first_name}",
            [names[pupil] for pupil in children.get(i, ()) if pupil in names],
            ", ".join(filter(None, (row.mobile_phone, row.personal_phone, row.work_phone))),
            row.email or "",
            ", ".join(part for part in places.get(row.address_id, ())[:-1] if part)  # type: ignore[arg-type]
            if row.address_id
            else "",
            row.private_id is not None,
        )
        for i, row in rows.items()
    }
