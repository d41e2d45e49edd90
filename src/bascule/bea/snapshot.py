"""What a school has to send, and what the base holds of it, compared by PostgreSQL in one statement.

The school is locked and open: nobody writes there meanwhile, so its pupils are seen as of one instant.
"""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from bascule.bea.catalogue import PUPILS, Part, Type
from bascule.bea.models import Line

_STORED: Final = [column.stored for column in PUPILS.columns]
_VALUES: Final = ", ".join(
    f"({one.value}){'::varchar[]' if one.type is Type.TEXTS else ''} AS {one.stored}"
    for one in PUPILS.columns
)


def _row(alias: str, names: Sequence[str]) -> str:
    return f"ROW({', '.join(f'{alias}.{name}' for name in names)})"


def _digest(alias: str) -> str:
    return f"substr(sha256(convert_to({_row(alias, _STORED)}::text, 'UTF8')), 1, 16)"


#: Codes of what changed from the line in force (`h`) to the school's record (`t`).
_CHANGES: Final = "array_remove(ARRAY[{}], NULL)".format(
    ", ".join(
        [
            f"CASE WHEN {_row('t', names)} IS DISTINCT FROM {_row('h', names)} THEN '{part.value}' END"
            for part, names in (
                (part, [one.stored for one in columns])
                for part, columns in groupby(PUPILS.columns, lambda one: one.part)
            )
        ]
        + [
            f"CASE WHEN t.nationality IS DISTINCT FROM n.nationality THEN '{Part.NATIONALITY.value}' END"
        ]
    )
)

#: The school's records of a year, as the base would hold them, each with its digest. Guardians of whom a
#: school only knows a telephone are not among those of the base. Who has no address of one's own lives where
#: somebody lodges the pupil.
_TOLD_OF: Final = f"""
latest AS (
    SELECT DISTINCT ON (student_id) student_id, mef, division, status, options
    FROM students_schooling WHERE uai = %(uai)s::text AND year = %(year)s::int{{only}}
    ORDER BY student_id, starts_on DESC
), periods AS (
    SELECT student_id, array_agg(concat_ws(' ', starts_on, coalesce(ends_on::text, '-'), mef,
        coalesce(division, '-'), coalesce(status, '-')) ORDER BY starts_on) AS periods
    FROM students_schooling WHERE uai = %(uai)s::text AND year = %(year)s::int{{only}} GROUP BY student_id
), adults AS (
    SELECT k.student_id, array_agg(concat_ws(' ', k.level, k.kinship, coalesce(r.profession, '-'))
        ORDER BY k.level, k.kinship, r.profession) AS guardians,
        (array_agg(r.address_id ORDER BY k.lodges_pupil DESC NULLS LAST, k.level, k.kinship, r.id)
            FILTER (WHERE r.address_id IS NOT NULL AND k.lodges_pupil IS NOT FALSE))[1] AS home_id
    FROM students_guardianship k JOIN students_guardian r ON r.id = k.guardian_id AND r.uai = k.uai
    WHERE k.uai = %(uai)s::text AND k.level IN ('1', '2'){{only}} GROUP BY k.student_id
), seen AS MATERIALIZED (
    SELECT e.student_id, e.is_blocked, s.nationality, {_VALUES}
    FROM students_enrolment e
    JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai
    LEFT JOIN latest l ON l.student_id = e.student_id
    LEFT JOIN periods p ON p.student_id = e.student_id
    LEFT JOIN adults g ON g.student_id = e.student_id
    LEFT JOIN students_address a ON a.id = coalesce(s.address_id, g.home_id) AND a.uai = e.uai
    WHERE e.uai = %(uai)s::text AND e.year = %(year)s::int AND NOT e.is_expected{{only_enrolled}}
), told AS MATERIALIZED (
    SELECT seen.*, {_digest("seen")} AS digest,
        count(*) FILTER (WHERE NOT is_blocked AND ine IS NOT NULL) OVER (PARTITION BY ine) AS bearers
    FROM seen
), held AS MATERIALIZED (
    SELECT * FROM bea_record WHERE uai = %(uai)s::text AND year = %(year)s::int AND to_night IS NULL
), known AS MATERIALIZED (
    SELECT DISTINCT student_id FROM bea_record WHERE uai = %(uai)s::text AND year = %(year)s::int
), nations AS MATERIALIZED (
    SELECT student_id, nationality FROM bea_nationality
    WHERE uai = %(uai)s::text AND year = %(year)s::int AND to_night IS NULL
)"""  # noqa: S608 - our own words
_TOLD: Final = _TOLD_OF.replace("{only}", "").replace("{only_enrolled}", "")
#: The same, of some pupils.
_TOLD_SOME: Final = _TOLD_OF.replace("{only}", " AND student_id = ANY(%(ids)s)").replace(
    "{only_enrolled}", " AND e.student_id = ANY(%(ids)s)"
)

_JUDGED: Final = f"""
judged AS MATERIALIZED (
    SELECT coalesce(t.student_id, h.student_id) AS student_id, coalesce(t.division, h.division, '') AS division,
        coalesce(t.ine, '') AS ine, coalesce(h.ine, '') AS held_ine, h.student_id IS NOT NULL AS is_held,
        t.student_id IS NOT NULL AS is_told, coalesce(t.is_blocked, false) AS is_blocked,
        h.digest IS DISTINCT FROM t.digest OR t.nationality IS DISTINCT FROM n.nationality AS differs,
        t.left_on IS NULL OR t.left_on >= %(resent)s::date AS is_of_resend,
        CASE WHEN t.student_id IS NOT NULL THEN array_remove(ARRAY[
            CASE WHEN t.mef IS NULL AND t.left_on IS NULL THEN 'SANS_SCOLARITE' END,
            CASE WHEN t.bearers > 1 AND t.ine IS DISTINCT FROM h.ine THEN 'INE_DOUBLE' END], NULL)
        ELSE '{{}}' END AS refusals,
        CASE WHEN t.student_id IS NULL THEN '{{}}'
            WHEN h.student_id IS NULL THEN ARRAY[CASE WHEN k.student_id IS NULL THEN 'NOUVEAU' ELSE 'RETOUR' END]
            WHEN h.digest <> t.digest OR t.nationality IS DISTINCT FROM n.nationality THEN {_CHANGES}
            ELSE '{{}}' END AS changes
    FROM told t FULL JOIN held h ON h.student_id = t.student_id
    LEFT JOIN known k ON k.student_id = t.student_id
    LEFT JOIN nations n ON n.student_id = coalesce(t.student_id, h.student_id)
), outcomes AS (
    SELECT judged.*, CASE
        WHEN NOT is_told THEN 'withdrawn' WHEN is_blocked THEN 'blocked'
        WHEN refusals <> '{{}}' THEN 'refused' WHEN NOT is_held THEN 'added'
        WHEN differs THEN 'changed' WHEN %(resent)s::date IS NOT NULL AND is_of_resend THEN 'resent'
        ELSE 'unchanged' END AS outcome
    FROM judged
)"""  # noqa: S608 - our own words

#: Compare, and bring at once those of whom the base has no line.
_COMPARE: Final = f"""
WITH {_TOLD}, {_JUDGED}, brought AS (
    INSERT INTO bea_record (uai, year, from_night, student_id, {", ".join(_STORED)}, digest)
    SELECT %(uai)s::text, %(year)s::int, %(night)s::bigint, student_id, {", ".join(f"t.{name}" for name in _STORED)},
        t.digest
    FROM told t JOIN outcomes o USING (student_id) WHERE o.outcome = 'added'
), naturalised AS (
    INSERT INTO bea_nationality (uai, year, from_night, student_id, nationality)
    SELECT %(uai)s::text, %(year)s::int, %(night)s::bigint, student_id, t.nationality
    FROM told t JOIN outcomes o USING (student_id) WHERE o.outcome = 'added' AND t.nationality IS NOT NULL
)
SELECT student_id, outcome, CASE outcome WHEN 'refused' THEN refusals ELSE changes END, division, ine, held_ine,
    is_held, differs
FROM outcomes WHERE outcome <> 'unchanged'
UNION ALL SELECT NULL, '', NULL, count(*)::text, '', '', false, false FROM outcomes WHERE outcome = 'unchanged'
"""  # noqa: S608 - our own words

_BRING: Final = f"""
WITH {_TOLD_SOME}
INSERT INTO bea_record (uai, year, from_night, student_id, {", ".join(_STORED)}, digest)
SELECT %(uai)s::text, %(year)s::int, %(night)s::bigint, student_id, {", ".join(_STORED)}, digest FROM told
"""  # noqa: S608 - our own words

#: Pupils whose line in the base is not the school's record: looked at apart, after all is written, and whatever
#: digest the line bears.
_DIFFERENCES: Final = f"""
WITH {_TOLD}
SELECT coalesce(t.student_id, h.student_id), t.student_id IS NOT NULL, h.student_id IS NOT NULL,
    coalesce(t.division, h.division, ''), coalesce(t.is_blocked, false)
FROM told t FULL JOIN held h ON h.student_id = t.student_id
LEFT JOIN nations n ON n.student_id = coalesce(t.student_id, h.student_id)
WHERE t.digest IS DISTINCT FROM h.digest OR h.digest IS DISTINCT FROM {_digest("h")}
    OR t.nationality IS DISTINCT FROM n.nationality
ORDER BY 4, 1
"""  # noqa: S608 - our own words

_END: Final = """
UPDATE {} SET to_night = %(night)s::bigint
WHERE uai = %(uai)s::text AND year = %(year)s::int AND to_night IS NULL AND student_id = ANY(%(ids)s)
"""
_BRING_NATIONS: Final = """
INSERT INTO bea_nationality (uai, year, from_night, student_id, nationality)
SELECT %(uai)s::text, %(year)s::int, %(night)s::bigint, id, nationality FROM students_student
WHERE uai = %(uai)s::text AND id = ANY(%(ids)s) AND nationality IS NOT NULL
"""

#: One digest for lines, whatever server or program computes it.
DIGEST_OF: Final = "encode(sha256(convert_to(coalesce(string_agg({}, '' ORDER BY student_id), ''), 'UTF8')), 'hex')"
_HEX: Final = "encode(digest, 'hex')"
_NATION: Final = "student_id || nationality"
_DIVISIONS: Final = f"""
SELECT coalesce(division, ''), count(*), {DIGEST_OF.format(_HEX)} FROM bea_record
WHERE uai = %(uai)s::text AND year = %(year)s::int AND to_night IS NULL GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - our own words
_SCHOOL_DIVISIONS: Final = """
SELECT division, count(*) FROM (SELECT DISTINCT ON (e.student_id) coalesce(s.division, '') AS division
    FROM students_enrolment e LEFT JOIN students_schooling s
        ON s.uai = e.uai AND s.year = e.year AND s.student_id = e.student_id
    WHERE e.uai = %(uai)s AND e.year = %(year)s AND NOT e.is_expected
    ORDER BY e.student_id, s.starts_on DESC) latest GROUP BY 1
"""
_DIGESTS: Final = f"""
SELECT (SELECT {DIGEST_OF.format(_HEX)} FROM bea_record
    WHERE uai = %(uai)s::text AND year = %(year)s::int AND to_night IS NULL),
    (SELECT {DIGEST_OF.format(_NATION)} FROM bea_nationality
    WHERE uai = %(uai)s::text AND year = %(year)s::int AND to_night IS NULL)
"""  # noqa: S608 - our own words

Outcome = Line.Outcome


class Moved(NamedTuple):
    """A pupil who is not in the base as at the last night, or who is kept back.

    Attributes:
        student_id: the pupil.
        outcome: what becomes of the pupil.
        reasons: what changed, or why the base refuses.
        division: code, may be blank.
        ine: in the school's record; may be blank.
        held_ine: in the base before; may be blank.
        is_held: whether the base had a line.
        differs: whether that line is not the school's record.
    """

    student_id: int
    outcome: str
    reasons: list[str]
    division: str
    ine: str
    held_ine: str
    is_held: bool
    differs: bool


class Difference(NamedTuple):
    """A pupil whose line in the base is not the school's record.

    Attributes:
        student_id: the pupil.
        is_in_school: whether the school has the record.
        is_in_base: whether the base has the line.
        division: code, may be blank.
        is_blocked: whether an anomaly keeps the record back.
    """

    student_id: int
    is_in_school: bool
    is_in_base: bool
    division: str
    is_blocked: bool


class Snapshot:
    """A school's year beside what the base holds of it, within a transaction that holds the school.

    Args:
        cursor (Cursor[Any]): in the transaction.
        uai (str): the school.
        year (int): first calendar year.
    """

    def __init__(self, cursor: "Cursor[Any]", uai: str, year: int) -> None:
        self._cursor = cursor
        self._own: dict[str, Any] = {"uai": uai, "year": year}
        # Days are part of what is hashed.
        cursor.execute("SELECT set_config('datestyle', 'ISO, DMY', true)")

    def compare(self, *, night: int, resent: date | None) -> tuple[list[Moved], int]:
        """Compare the records with the lines in force, and bring those who have none.

        Args:
            night (int): the night that brings them.
            resent (date | None): pupils of this day, and later ones, go up again.

        Returns:
            tuple[list[Moved], int]: who moved or is kept back, and how many are unchanged.
        """
        self._cursor.execute(_COMPARE.encode(), {**self._own, "night": night, "resent": resent})
        moved, unchanged = [], 0
        for row in self._cursor.fetchall():
            if row[0] is None:
                unchanged = int(row[3])
            else:
                moved.append(Moved(*row))
        return sorted(moved), unchanged

    def write(self, moved: Sequence[Moved], *, night: int) -> None:
        """End the lines that are no more, and bring those that changed.

        Args:
            moved (Sequence[Moved]): from `compare`.
            night (int): the night that does it.
        """
        # Who changed in nothing but nationality keeps the same line.
        only_nation = [Part.NATIONALITY.value]
        changed = [one for one in moved if one.outcome == Outcome.CHANGED]
        gone = [one.student_id for one in moved if one.outcome == Outcome.WITHDRAWN]
        again = [one.student_id for one in changed if one.reasons != only_nation]
        nations = [one.student_id for one in changed if Part.NATIONALITY.value in one.reasons]
        for table, ended in (
            ("bea_record", gone + again),
            ("bea_nationality", gone + nations),
        ):
            self._do(_END.format(table), ended, night)
        self._do(_BRING, again, night)
        self._do(_BRING_NATIONS, nations, night)

    def differences(self) -> list[Difference]:
        """Look again at who is not in the base as in the school.

        Returns:
            list[Difference]: by division.
        """
        self._cursor.execute(_DIFFERENCES.encode(), self._own)
        return [Difference(*row) for row in self._cursor.fetchall()]

    def divisions(self) -> dict[str, tuple[int, str]]:
        """Give what the base holds of each division.

        Returns:
            dict[str, tuple[int, str]]: pupils and digest, by code; a blank one for those in none.
        """
        self._cursor.execute(_DIVISIONS.encode(), self._own)
        return {code: (count, digest) for code, count, digest in self._cursor.fetchall()}

    def school_divisions(self) -> dict[str, int]:
        """Count the school's records by division, those kept back included.

        Returns:
            dict[str, int]: by code; a blank one for those in none.
        """
        self._cursor.execute(_SCHOOL_DIVISIONS.encode(), self._own)
        return dict(self._cursor.fetchall())

    def digest(self) -> bytes:
        """Give the digest of all that the base holds of the school's year.

        Returns:
            bytes: 64: of the pupils, then of the nationalities.
        """
        self._cursor.execute(_DIGESTS.encode(), self._own)
        pupils, nations = self._cursor.fetchone() or ("", "")
        return bytes.fromhex(pupils + nations)

    def _do(self, query: str, ids: list[int], night: int) -> None:
        if ids:
            self._cursor.execute(query.encode(), {**self._own, "night": night, "ids": ids})


def last_act(cursor: "Cursor[Any]", uai: str) -> int | None:
    """Give the last act of a school: while there is no later one, nothing of it changed.

    Args:
        cursor (Cursor[Any]): in a transaction that sees the school.
        uai (str): the school.

    Returns:
        int | None: its number; None before a first one.
    """
    cursor.execute(
        "SELECT id FROM journal_act WHERE uai = %s ORDER BY sequence DESC LIMIT 1", [uai]
    )
    row = cursor.fetchone()
    return row[0] if row else None
