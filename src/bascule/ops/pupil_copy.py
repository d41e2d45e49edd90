"""Gather all that is held on one pupil, for whoever has the right of access (RGPD, article 15).

What is told of others than the pupil is withheld, and said to be: contacts of guardians other than the one who
asks, other persons to whom the pupil was compared, and, unless the authority decides so, which agents looked.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from bascule.accounts.models import Person as Account, Right
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.errors import NotThereError
from bascule.ine.directory import open_directory
from bascule.journal.access import Visitor, note
from bascule.ops.pupil_rows import ACCESSES, DIRECTORY, EXPLAINED, FILES, HISTORY, TABLES
from bascule.schools.directory import known_school, school_numbers
from bascule.schools.models import School
from bascule.store.policies import open_schools
from bascule.students.models import Student
from bascule.values import civil_identity

COPIED: Final = "record.copied"

Row = dict[str, Any]


class UnknownPupilError(NotThereError):
    """The school holds no such pupil, in any year."""

    code = "copy.unknown-pupil"

    def __init__(self, uai: str, given: str) -> None:
        super().__init__(
            f"L’établissement {uai} ne tient aucune fiche « {given} » : donnez le numéro que montre le dossier de"
            " l’élève, ou son INE. Rien n’a été écrit."
        )


class Part(NamedTuple):
    """Lines of one sort.

    Attributes:
        name: stable, for machines.
        title: French.
        rows: what is held, column by column; instants and days as ISO 8601.
    """

    name: str
    title: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Holding:
    """What one school holds.

    Attributes:
        uai: the school.
        school_name: its name.
        student_id: its record.
        parts: what it holds, those with lines alone.
    """

    uai: str
    school_name: str
    student_id: int
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class PupilCopy:
    """All that is held on one pupil.

    Attributes:
        at: when it was gathered.
        name: of the pupil.
        holdings: school by school.
        directory: what the directory of identities holds; none where one school alone was asked.
        withheld: how many values, by what they are, in French.
    """

    at: datetime
    name: str
    holdings: list[Holding]
    directory: list[Part]
    withheld: dict[str, int] = field(default_factory=dict)


_OF_OTHERS: Final = "coordonnées et situation d’un autre responsable"
_OTHER_PUPILS: Final = "éléments de comparaison avec d’autres personnes"
_AGENTS: Final = "nom d’un agent, remplacé par sa fonction"

#: Columns that serve the machine, and say nothing more of the pupil.
_SILENT: Final = frozenset(
    (
        "identity_key", "sort_key", "digest", "transaction", "name_key", "usual_key", "first_key", "name_start",
        "usual_start", "first_start",
    )
)  # fmt: skip
#: What is told of a guardian who is not the one who asks: who it is.
_OF_ANY_GUARDIAN: Final = frozenset(
    ("id", "uai", "act_id", "created_act_id", "civility", "family_name", "usual_name", "first_name")
)
_ABOUT_OTHERS: Final = frozenset(("candidates", "evidence", "score"))
_SIGNED: Final = frozenset(
    (
        "actor", "issued_by", "decided_by", "settled_by", "asked_by", "answered_by", "undone_by", "said_by",
        "withdrawn_by",
    )
)  # fmt: skip


def find_pupil(*, uai: str, given: str) -> int:
    """Find a pupil of a school by what papers and pages show.

    Args:
        uai (str): the school.
        given (str): the number of the record, or an INE.

    Returns:
        int: our number of the pupil.

    Raises:
        UnknownPupilError: if the school holds none.
    """
    with transaction.atomic():
        open_schools(uai)
        found = Student.objects.filter(uai=uai)
        if given.isascii() and given.isdigit() and len(given) <= len("99999"):
            ids = found.filter(number=int(given)).values_list("pk", flat=True)
        else:
            ine = given.strip().upper()
            ids = (
                found.filter(ine_rnie=ine) | found.filter(ine_bea=ine) | found.filter(ine=ine)
            ).values_list("pk", flat=True)
        pupil_id = ids.first()
    if pupil_id is None:
        raise UnknownPupilError(uai, given)
    return pupil_id


def copy_pupil(
    *,
    uai: str,
    pupil_id: int,
    visitor: Visitor,
    at: datetime,
    guardian_id: int | None = None,
    of_all_schools: bool = False,
    names_agents: bool = False,
) -> PupilCopy:
    """Gather what is held on a pupil; who gathers it is noted in each school.

    Args:
        uai (str): a school that holds the pupil.
        pupil_id (int): our number of its record.
        visitor (Visitor): who gathers it.
        at (datetime): now.
        guardian_id (int | None): the guardian who asks: her own contacts are told; None for the pupil.
        of_all_schools (bool): what other schools and the directory hold of the same person too.
        names_agents (bool): give the logins of agents, rather than what they are.

    Returns:
        PupilCopy: what is held.

    Raises:
        UnknownPupilError: if the school holds no such pupil.
    """
    known_school(uai)
    withheld: dict[str, int] = {}
    with transaction.atomic():
        open_schools(
            *(school_numbers() if of_all_schools else (uai,)), *([AUTHORITY] * of_all_schools)
        )
        student = Student.objects.filter(uai=uai, pk=pupil_id).first()
        if student is None:
            raise UnknownPupilError(uai, str(pupil_id))
        root, records = _records(uai, pupil_id) if of_all_schools else (None, [(uai, pupil_id)])
        names = dict(School.objects.values_list("uai", "name"))
        holdings = [
            Holding(
                where,
                names.get(where, ""),
                held,
                _of_school(where, held, guardian_id or 0, withheld),
            )
            for where, held in records
        ]
        directory = _of_directory(root, withheld) if root is not None else []
        told = [*directory, *(part for one in holdings for part in one.parts)]
        if not names_agents:
            _hide_agents(told, withheld)
        for where, held in records:
            note(
                kind=COPIED, visitor=visitor, at=at, uai=where, about=f"student/{held}",
                purpose="droit d’accès (RGPD, article 15)",
            )  # fmt: skip
    name = civil_identity.display(student.family_name, student.usual_name, student.first_name)
    return PupilCopy(at, name, holdings, directory, withheld)


def as_json(copy: PupilCopy) -> str:
    """Write a copy for a machine.

    Args:
        copy (PupilCopy): what was gathered.

    Returns:
        str: a JSON object; schools, parts and columns keep the names that they have in the base.
    """

    def parts(held: Iterable[Part]) -> dict[str, list[Row]]:
        return {one.name: one.rows for one in held}

    content = {
        "format": "bascule.pupil-copy/1",
        "at": copy.at.isoformat(),
        "name": copy.name,
        "schools": [
            {"uai": one.uai, "name": one.school_name, "record": one.student_id, **parts(one.parts)}
            for one in copy.holdings
        ],
        "directory": parts(copy.directory),
        "withheld": copy.withheld,
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _records(uai: str, pupil_id: int) -> tuple[int | None, list[tuple[str, int]]]:
    """Give the person of a record, and all records of that person, this one first."""
    open_directory()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.root_id FROM ine_link l JOIN ine_person p ON p.id = l.person_id"
            " WHERE l.uai = %s AND l.student_id = %s",
            [uai, pupil_id],
        )
        root = (cursor.fetchone() or (None,))[0]
        if root is None:
            return None, [(uai, pupil_id)]
        cursor.execute(
            "SELECT l.uai, l.student_id FROM ine_link l JOIN ine_person p ON p.id = l.person_id"
            " WHERE p.root_id = %s ORDER BY (l.uai, l.student_id) <> (%s, %s), l.uai",
            [root, uai, pupil_id],
        )
        return root, list(cursor.fetchall())


def _of_school(uai: str, pupil_id: int, asks: int, withheld: dict[str, int]) -> list[Part]:
    given = {
        "uai": uai,
        "id": pupil_id,
        "asks": asks,
        "uais": [uai],
        "things": [f"student/{pupil_id}"],
    }
    parts = [Part(name, title, _read(table, which, given)) for name, title, table, which in TABLES]
    parts += [
        Part("files", "Fichiers dans lesquels l’élève était", _asked(FILES, given)),
        Part("explained", "Ce que le chef d’établissement a expliqué en signant un constat", _asked(EXPLAINED, given)),
        Part("history", "Historique : chaque état d’avant, qui l’a changé et quand", _asked(HISTORY, given)),
        Part("accesses", "Consultations de la fiche", _asked(ACCESSES, given)),
    ]  # fmt: skip
    own = {
        row["address_id"]
        for part in parts
        for row in part.rows
        if part.name == "student" or (part.name == "guardians" and row["id"] == asks)
    }
    for part in parts:
        for row in part.rows:
            _withhold(part.name, row, asks, own, withheld)
    return [part for part in parts if part.rows]


def _withhold(name: str, row: Row, asks: int, own: set[Any], withheld: dict[str, int]) -> None:
    """Take out of a line what is told of others; `own` are the addresses of the pupil and of who asks."""
    before = row.get("before") or {}
    if name == "guardians" and row["id"] != asks:
        _keep(row, own, withheld)
    elif name == "history" and row["table_name"] == "students_guardian" and row["row_id"] != asks:
        _keep(before, own, withheld)
    elif name == "findings" and row["subject"] != "pupil":
        row["value"] = row["detail"] = None
        _count(withheld, _OF_OTHERS)
    elif name == "base" and row["guardians"]:
        # Level and kinship are told; the trade that follows is the guardian's.
        row["guardians"] = [" ".join(one.split(" ")[:2]) for one in row["guardians"]]
        _count(withheld, _OF_OTHERS)
    elif name == "imports":
        _hide_guardians(row, asks, withheld)
    _hide_others(row, withheld)
    _hide_others(before, withheld)


def _of_directory(root: int, withheld: dict[str, int]) -> list[Part]:
    given = {"root": root, "uais": [AUTHORITY], "things": [f"identity/{root}"]}
    parts = [
        Part(name, title, _read(table, which, given)) for name, title, table, which in DIRECTORY
    ]
    parts.append(Part("accesses", "Consultations de l’identité", _asked(ACCESSES, given)))
    for part in parts:
        for row in part.rows:
            _hide_others(row, withheld)
    return [part for part in parts if part.rows]


def _read(table: str, which: str, given: Mapping[str, Any]) -> list[Row]:
    order = "number" if table == "ine_number" else "id"
    query = f"SELECT row_to_json(t)::text FROM {table} t WHERE {which} ORDER BY {order}"  # noqa: S608 - our own words
    return _asked(query, given)


def _asked(query: str, given: Mapping[str, Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        rows = [json.loads(text) for (text,) in cursor.fetchall()]
    for row in rows:
        for held in (row, row.get("before")):
            for name in _SILENT & (held or {}).keys():
                del held[name]
    return rows


def _keep(row: Row, own_addresses: set[Any], withheld: dict[str, int]) -> None:
    """Leave of a guardian who is not the one who asks only who it is."""
    for name, value in row.items():
        is_shared = name == "address_id" and value in own_addresses
        if name not in _OF_ANY_GUARDIAN and value not in (None, "") and not is_shared:
            row[name] = None
            _count(withheld, _OF_OTHERS)


def _hide_guardians(row: Row, asks: int, withheld: dict[str, int]) -> None:
    """Take out of a plan what it changes of guardians, but for the one who asks."""
    for key in list(row["changes"] or ()):
        if key.startswith("guardian") and not key.startswith(f"guardian.{asks}."):
            row["changes"][key] = None
            _count(withheld, _OF_OTHERS)


def _hide_others(row: Row, withheld: dict[str, int]) -> None:
    for name in _ABOUT_OTHERS & row.keys():
        if row[name]:
            row[name] = None
            _count(withheld, _OTHER_PUPILS)


def _hide_agents(parts: Sequence[Part], withheld: dict[str, int]) -> None:
    """Say what agents are instead of who."""
    rows = [
        held
        for part in parts
        for row in part.rows
        for held in (row, row.get("before"))
        if isinstance(held, dict)
    ]
    logins = {row[name] for row in rows for name in _SIGNED & row.keys() if row[name]}
    trades = _trades(logins)
    for row in rows:
        for name in _SIGNED & row.keys():
            if row[name]:
                row[name] = trades[row[name]]
                _count(withheld, _AGENTS)


def _trades(logins: set[str]) -> dict[str, str]:
    people = dict(Account.objects.filter(login__in=logins).values_list("pk", "login"))
    trades = dict.fromkeys(logins, "programme ou exploitation")
    trades |= dict.fromkeys(people.values(), "agent")
    rights = Right.objects.filter(person_id__in=people).order_by("-pk")
    for person_id, profile in rights.values_list("person_id", "profile"):
        trades[people[person_id]] = str(Profile.of(profile).label)
    return trades


def _count(withheld: dict[str, int], what: str) -> None:
    withheld[what] = withheld.get(what, 0) + 1
