"""The pupils of a year for software that keeps a copy: all of them at one instant, then what changed since.

The cursor is the school's last act: acts are numbered in the order in which they were written. What was read
under a cursor and all the changes since that cursor are the year as it stands, pupil by pupil.

Nationality, professions, grants and exit reasons are not told: no copy needs them. The official exports hold
them, for whoever may take those.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from bascule.errors import RefusedError
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.journey import last_act
from bascule.exchange.outgoing.roll import Roll, RollPupil, address_id
from bascule.exchange.source import Source
from bascule.store.locks import still_school
from bascule.students.changes import touched_since
from bascule.students.rows import AddressRow, GuardianRow, LinkRow, StudentRow

#: One pupil as JSON.
_Pupil = dict[str, Any]


class UnknownCursorError(RefusedError):
    """The cursor is not one that the school gave."""

    code = "pupils.unknown-cursor"

    def __init__(self) -> None:
        super().__init__(
            "Ce repère n’est pas de cet établissement. Relisez tous les élèves de l’année, puis suivez les"
            " changements depuis le repère que cette lecture donne."
        )


@dataclass(frozen=True, slots=True)
class Year:
    """All the pupils of a year at one instant.

    Attributes:
        cursor: from where to follow what changes.
        pupils: those present and those who left, in the order of their names.
    """

    cursor: str
    pupils: list[_Pupil]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a year.

    Attributes:
        cursor: from where to go on.
        pupils: as they are now; `previous_keys` holds what was another key before.
        removed: who is no longer of the year: `id`, `keys`, `removed_at`.
    """

    cursor: str
    pupils: list[_Pupil]
    removed: list[dict[str, Any]]


def read_year(*, uai: str, year: int, at: datetime) -> Year:
    """Read all the pupils of a year, while nobody writes.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        at (datetime): when: the day says which period of schooling and which groups are in force.

    Returns:
        Year: the pupils and the cursor.
    """
    with reading(uai):
        still_school(uai)
        roll = Source(uai, year, timezone.localtime(at)).roll
        return Year(str(last_act(uai)), [_pupil(pupil, roll) for pupil in roll.pupils])


def read_changes(*, uai: str, year: int, since: str, at: datetime) -> Changes:
    """Read what changed since a cursor; nothing is told twice under the cursor that is given.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        since (str): the cursor.
        at (datetime): when.

    Returns:
        Changes: pupils as they are now, those removed, and the cursor to go on with.

    Raises:
        UnknownCursorError: if the school gave no such cursor.
    """
    with reading(uai):
        still_school(uai)
        source = Source(uai, year, timezone.localtime(at))
        last = last_act(uai)
        if not since.isascii() or not since.isdecimal() or int(since) > last:
            raise UnknownCursorError
        if int(since) == last:
            return Changes(since, [], [])
        touched = touched_since(uai=uai, year=year, act_id=int(since))
        roll = source.roll
        pupils = [
            _with_earlier_keys(_pupil(pupil, roll), touched.earlier_keys.get(pupil.id, {}))
            for pupil in roll.pupils
            if pupil.id in touched.ids
        ]
        removed = [
            {"id": one.id, "keys": dict(one.keys), "removed_at": one.at.isoformat()}
            for one in touched.gone
        ]
        return Changes(str(last), pupils, removed)


def _with_earlier_keys(pupil: _Pupil, earlier: Mapping[str, object]) -> _Pupil:
    pupil["previous_keys"] = {
        name: value for name, value in earlier.items() if value != pupil[name]
    }
    return pupil


def _pupil(pupil: RollPupil, roll: Roll) -> _Pupil:
    who, its_year, period = pupil.student, pupil.enrolment, pupil.schooling
    return {
        "id": pupil.id,
        "number": pupil.number,
        "private_id": its_year.private_id,
        "ine": who.ine,
        "ine_rnie": who.ine_rnie,
        "ine_bea": who.ine_bea,
        "family_name": who.family_name,
        "usual_name": who.usual_name,
        "first_names": [name for name in (who.first_name, who.second_name, who.third_name) if name],
        "sex": who.sex,
        "birth_date": who.birth_date.isoformat(),
        "birth_country": who.birth_country,
        "birth_commune": who.birth_commune,
        "birth_town": who.birth_town,
        "entered_on": _day(its_year.entered_on),
        "left_on": _day(its_year.left_on),
        "mef": period.mef if period else None,
        "division": period.division if period else None,
        "status": period.status if period else None,
        "regime": its_year.regime,
        "is_repeating": its_year.is_repeating,
        "groups": list(pupil.groups),
        **_contact(who, roll),
        "guardians": [
            _guardian(number, roll.guardians[number], link, roll) for number, link in pupil.links
        ],
        "previous_keys": {},
    }


def _guardian(number: int, guardian: GuardianRow, link: LinkRow, roll: Roll) -> dict[str, Any]:
    return {
        "id": number,
        "private_id": guardian.private_id,
        "level": link.level,
        "kinship": link.kinship,
        "is_first_to_call": link.is_first_to_call,
        "pays_fees": link.pays_fees,
        "civility": guardian.civility,
        "family_name": guardian.family_name,
        "usual_name": guardian.usual_name,
        "first_name": guardian.first_name,
        "shares_address": guardian.shares_address,
        **_contact(guardian, roll),
    }


def _contact(who: StudentRow | GuardianRow, roll: Roll) -> dict[str, Any]:
    place = address_id(who)
    return {
        "email": who.email,
        "personal_phone": who.personal_phone,
        "work_phone": who.work_phone,
        "mobile_phone": who.mobile_phone,
        "accepts_sms": who.accepts_sms,
        "address": None if place is None else _address(roll.addresses[place]),
    }


def _address(row: AddressRow) -> dict[str, Any]:
    lines: Iterable[str | None] = (row.line1, row.line2, row.line3, row.line4)
    return {
        "lines": [line for line in lines if line],
        "postcode": row.postcode,
        "town": row.town,
        "foreign_town": row.foreign_town,
        "country": row.country,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
