"""What a certificate says of a pupil, read from the school's records; its digest tells whether they changed since."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from bascule.certificates.models import Certificate
from bascule.nomenclatures import lookup
from bascule.nomenclatures.models import ProfileEntry
from bascule.schools.models import Structure
from bascule.values import civil_identity

_FRANCE: Final = "100"
_MALE, _FEMALE = "1", "2"


@dataclass(frozen=True, slots=True)
class PupilFacts:
    """A pupil in a year of a school, as certificates speak of her.

    Attributes:
        id: our number of the record.
        family_name: birth name.
        usual_name: usual name, if another.
        first_names: all of them.
        birth_date: when born.
        birth_place: where born, in words; blank when not known.
        sex: code, if known.
        division: code, if any.
        mef: code, if any.
        entered_on: entry of the year, if known.
        left_on: exit, if any.
        exit_reason: code, if any.
        is_expected: carried from the year before, and in no file yet.
    """

    id: int
    family_name: str
    usual_name: str | None
    first_names: str
    birth_date: date
    birth_place: str
    sex: str | None
    division: str | None
    mef: str | None
    entered_on: date | None
    left_on: date | None
    exit_reason: str | None
    is_expected: bool

    @property
    def name(self) -> str:
        """Return the name as papers write it."""
        return civil_identity.display(self.family_name, self.usual_name, self.first_names)

    @property
    def initials(self) -> str:
        """Return the initials, first name first."""
        parts = (*self.first_names.split()[:1], self.usual_name or self.family_name)
        return " ".join(f"{part[:1].upper()}." for part in parts if part)

    def agreed(self, word: str) -> str:
        """Write a participle for the pupil.

        Args:
            word (str): masculine.

        Returns:
            str: `né`, `née`, or `né(e)` when the sex is not known.
        """
        return word + {_MALE: "", _FEMALE: "e"}.get(self.sex or "", "(e)")

    def digest(self, kind: str) -> bytes:
        """Give what tells one content of a certificate from another.

        Args:
            kind (str): what it certifies.

        Returns:
            bytes: SHA-256.
        """
        said = asdict(self) | {"kind": kind}
        if kind == Certificate.Kind.LEAVING:
            del said["is_expected"]
        text = json.dumps(said, default=str, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).digest()


_COLUMNS: Final = (
    "s.id, s.family_name, s.usual_name, concat_ws(' ', s.first_name, s.second_name, s.third_name), s.birth_date,"
    " s.birth_country, s.birth_commune, s.birth_town, s.sex, c.division, c.mef, e.entered_on, e.left_on,"
    " e.exit_reason, e.is_expected"
)
_FROM: Final = (
    " FROM students_enrolment e JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai"
    " LEFT JOIN LATERAL (SELECT division, mef FROM students_schooling c WHERE c.uai = e.uai AND c.year = e.year"
    "  AND c.student_id = s.id ORDER BY c.starts_on DESC LIMIT 1) c ON true"
    " WHERE e.uai = %(uai)s AND e.year = %(year)s"
)


def facts_of(*, uai: str, year: int, pupil_ids: Collection[int]) -> list[PupilFacts]:
    """Read what certificates say of some pupils; their school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        pupil_ids (Collection[int]): our numbers of the pupils.

    Returns:
        list[PupilFacts]: by division, then name; those the year does not have are left out.
    """
    query = (
        f"SELECT {_COLUMNS}{_FROM} AND s.id = ANY(%(ids)s) ORDER BY c.division, s.sort_key, s.id"
    )
    return _read(query, uai=uai, year=year, ids=list(pupil_ids))


def present_in(*, uai: str, year: int, division: str = "") -> list[PupilFacts]:
    """Read the pupils present in a division, or in all; their school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        division (str): its code; blank for all.

    Returns:
        list[PupilFacts]: by division, then name; those who left or are only expected left out.
    """
    query = (
        f"SELECT {_COLUMNS}{_FROM} AND e.left_on IS NULL AND NOT e.is_expected"
        " AND (%(division)s = '' OR c.division = %(division)s) ORDER BY c.division, s.sort_key, s.id"
    )
    return _read(query, uai=uai, year=year, division=division)


def labels_of(*, uai: str, year: int, pupils: Sequence[PupilFacts]) -> dict[str, str]:
    """Give the words of the divisions and MEF of some pupils; their school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        pupils (Sequence[PupilFacts]): the pupils.

    Returns:
        dict[str, str]: by code, of a division or of a MEF.
    """
    codes = {pupil.mef for pupil in pupils if pupil.mef}
    entries = ProfileEntry.objects.filter(uai=uai, year=year, block="MEF", key__in=codes)
    found = {
        key: fields.get("LIBELLE_EDITION") or fields.get("LIBELLE_LONG") or key
        for key, fields in entries.values_list("key", "fields")
    }
    divisions = Structure.objects.filter(uai=uai, year=year, kind=Structure.Kind.DIVISION)
    return {**found, **dict(divisions.values_list("code", "label"))}


def _read(query: str, **wanted: object) -> list[PupilFacts]:
    with connection.cursor() as cursor:
        cursor.execute(query, wanted)  # type: ignore[arg-type]
        rows = cursor.fetchall()
    return [_pupil(row) for row in rows]


def _pupil(row: Sequence[Any]) -> PupilFacts:
    """Make a pupil of a row: where she was born is three columns."""
    parts: list[Any] = [*row[:5], _place(*row[5:8]), *row[8:]]
    return PupilFacts(*parts)


def _place(country: str | None, commune: str | None, town: str | None) -> str:
    """Say where somebody was born."""
    if commune:
        return lookup.labels("commune").get(commune, town or "")
    abroad = lookup.labels("pays").get(country or "", "") if country != _FRANCE else ""
    return f"{town} ({abroad})" if town and abroad else town or abroad
