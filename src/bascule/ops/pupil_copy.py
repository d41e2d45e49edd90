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
from bascule.ine.models import Person as Identity
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


class AsksForOtherError(NotThereError):
    """Whoever is said to ask is no guardian of the pupil."""

    code = "copy.unknown-guardian"

    def __init__(self, guardian_id: int) -> None:
        super().__init__(
            f"{guardian_id} n’est pas le numéro d’un responsable de cet élève : donnez le PERSONNE_ID de celui qui"
            " demande, tel que le montre l’export des responsables. Rien n’a été écrit."
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
#: What is told of such a guardian's link: that it is one.
_OF_ANY_LINK: Final = frozenset(
    ("id", "uai", "act_id", "created_act_id", "student_id", "guardian_id", "level", "kinship")
)
_ABOUT_OTHERS: Final = frozenset(("candidates", "evidence", "score"))
#: What of a decision about another record would tell whose it is.
_WHOSE: Final = frozenset(("about_uai", "student_id", "request_id"))
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
        AsksForOtherError: if who asks is no guardian of the pupil.
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
        asks = _who_asks(student, guardian_id)
        root, records = _records(uai, pupil_id) if of_all_schools else (None, [(uai, pupil_id)])
        names = dict(School.objects.values_list("uai", "name"))
        holdings = [
            Holding(
                where,
                names.get(where, ""),
                held,
                _of_school(where, held, asks, withheld),
            )
            for where, held in records
        ]
        directory = _of_directory(root, records, withheld) if root is not None else []
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


class _Asking(NamedTuple):
    """The guardian who asks; one that no guardian is, for the pupil.

    Attributes:
        id: our number.
        refs: how the lines of an import call her.
    """

    id: int = 0
    refs: tuple[str, ...] = ()


def _who_asks(student: Student, guardian_id: int | None) -> _Asking:
    if guardian_id is None:
        return _Asking()
    link = student.guardianship_set.filter(guardian_id=guardian_id).first()
    if link is None:
        raise AsksForOtherError(guardian_id)
    refs = [f"#{guardian_id}"]
    if link.guardian.private_id is not None:
        refs.append(str(link.guardian.private_id))
    return _Asking(guardian_id, tuple(f"guardian.{ref}" for ref in refs))


def _of_school(uai: str, pupil_id: int, asks: _Asking, withheld: dict[str, int]) -> list[Part]:
    given = {
        "uai": uai,
        "id": pupil_id,
        "asks": asks.id,
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
        if part.name == "student" or (part.name == "guardians" and row["id"] == asks.id)
    }
    for part in parts:
        for row in part.rows:
            _withhold(part.name, row, asks, own, withheld)
    return [part for part in parts if part.rows]


def _withhold(name: str, row: Row, asks: _Asking, own: set[Any], withheld: dict[str, int]) -> None:
    """Take out of a line what is told of others; `own` are the addresses of the pupil and of who asks."""
    before = row.get("before") or {}
    table = row["table_name"] if name == "history" else ""
    if name == "guardians" and row["id"] != asks.id:
        _keep(row, _OF_ANY_GUARDIAN, own, withheld)
    elif name == "guardianships" and row["guardian_id"] != asks.id:
        _keep(row, _OF_ANY_LINK, own, withheld)
    elif table == "students_guardian" and row["row_id"] != asks.id:
        _keep(before, _OF_ANY_GUARDIAN, own, withheld)
    elif table == "students_guardianship" and before.get("guardian_id") != asks.id:
        _keep(before, _OF_ANY_LINK, own, withheld)
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


def _of_directory(
    root: int, records: Sequence[tuple[str, int]], withheld: dict[str, int]
) -> list[Part]:
    # Those that were merged are the pupil too, and were looked at by their own number.
    persons = set(Identity.objects.filter(root_id=root).values_list("pk", flat=True))
    things = sorted(f"identity/{one}" for one in persons)
    given = {"root": root, "uais": [AUTHORITY], "things": things}
    parts = [
        Part(name, title, _read(table, which, given)) for name, title, table, which in DIRECTORY
    ]
    parts.append(Part("accesses", "Consultations de l’identité", _asked(ACCESSES, given)))
    for part in parts:
        for row in part.rows:
            _hide_others(row, withheld)
            if part.name == "decisions":
                _hide_persons(row, persons, records, withheld)
    return [part for part in parts if part.rows]


def _hide_persons(
    row: Row,
    own: set[int],
    records: Sequence[tuple[str, int]],
    withheld: dict[str, int],
) -> None:
    """Take out of a decision with whom the pupil was compared, and whose record it was about."""
    is_shared = not own.issuperset(row["person_ids"])
    row["person_ids"] = [one for one in row["person_ids"] if one in own]
    is_elsewhere = (row["about_uai"], row["student_id"]) not in {*records, (None, None)}
    # What the agent wrote may name the other one.
    hidden = {"why"} if is_shared else set()
    hidden |= _WHOSE if is_elsewhere else set()
    for name in hidden:
        if row[name] not in (None, ""):
            row[name] = None
            _count(withheld, _OTHER_PUPILS)


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


def _keep(
    row: Row, told: frozenset[str], own_addresses: set[Any], withheld: dict[str, int]
) -> None:
    """Leave of a guardian who is not the one who asks, or of her link, what is told of any."""
    for name, value in row.items():
        is_shared = name == "address_id" and value in own_addresses
        if name not in told and value not in (None, "") and not is_shared:
            row[name] = None
            _count(withheld, _OF_OTHERS)


def _hide_guardians(row: Row, asks: _Asking, withheld: dict[str, int]) -> None:
    """Take out of a plan what it changes of guardians, but for the one who asks."""
    for key in list(row["changes"] or ()):
        is_own = any(key == ref or key.startswith(f"{ref}.") for ref in asks.refs)
        if key.startswith("guardian") and not is_own:
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
