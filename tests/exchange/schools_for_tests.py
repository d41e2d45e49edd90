"""A small school ready to import, what its software sends, and what the base then holds of it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from tests.bases import Base

from bascule.exchange.export import export
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun, PlanLine, RunFinding
from bascule.exchange.receive import Received, receive_import
from bascule.formats.record import Fields, Record
from bascule.generator.academy import Kind, one_school
from bascule.generator.files import MadeFile, private_bytes, private_file, private_records
from bascule.generator.population import Population, Pupil, populate
from bascule.generator.school import (
    TeachingYear,
    nomenclature_records,
    structure_records,
    teaching_year,
)
from bascule.nomenclatures.profile import load_profile
from bascule.schools.directory import register_school
from bascule.schools.load import load_structures
from bascule.schools.open_year import State, open_year
from bascule.store import staging
from bascule.students import holdings

YEAR = 2026
#: A Thursday of term: the guards are at their strictest.
AT = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
LATER = AT + timedelta(days=1)
BY: Mapping[str, Any] = {"actor": "secrétaire", "at": AT}

Edit = Callable[[Fields], object]


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as a run keeps it."""

    code: str
    rank: int
    line: int
    effect: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class ReadySchool:
    """A school that has its profile, its divisions and its year open, and no pupil yet."""

    population: Population = field(repr=False)

    @property
    def teaching(self) -> TeachingYear:
        return self.population.teaching

    @property
    def uai(self) -> str:
        return self.teaching.school.uai

    @property
    def year(self) -> int:
        return self.teaching.year

    def file(self, population: Population | None = None, **sending: Any) -> MadeFile:
        """Make the file of a population; by default the school's own, of the day."""
        return private_file(population or self.population, **{"at": AT, **sending})

    def send(self, file: MadeFile, **options: Any) -> Received:
        """Deposit a file and apply it at once when nothing holds it."""
        given = {"apply": True, "uai": self.uai, "year": self.year, **BY, **options}
        return receive_import(files=[file], **given)

    def plan(self, file: MadeFile, **options: Any) -> ImportRun:
        return self.send(file, **{"apply": False, **options}).run

    def bring(self, file: MadeFile, **options: Any) -> ImportRun:
        """Apply a file that nothing must hold."""
        run = self.send(file, **options).run
        assert run.state == ImportRun.State.APPLIED, run.guards
        return run

    def findings(self, run: ImportRun) -> list[Finding]:
        columns = ("code", "rank", "line", "effect", "blocks")
        with reading(self.uai):
            rows = RunFinding.objects.filter(uai=self.uai, run_id=run.pk).order_by("sequence")
            return [Finding(*row) for row in rows.values_list(*columns)]

    def codes(self, run: ImportRun) -> list[str]:
        return [finding.code for finding in self.findings(run)]

    def lines(self, run: ImportRun) -> list[PlanLine]:
        with reading(self.uai):
            rows = PlanLine.objects.filter(uai=self.uai, run_id=run.pk).order_by("sequence")
            return list(rows)

    def digest(self) -> str:
        with reading(self.uai):
            return holdings.state_digest(uai=self.uai)

    def held(self, year: int | None = None) -> "Held":
        """Read all that the base holds of a year, in the school's own words: no id of ours."""
        with reading(self.uai):
            return held(self.uai, year or self.year)

    def ids(self) -> dict[str, int]:
        """Give our id of each pupil, by name and first name."""
        with reading(self.uai):
            rows = rows_of(
                "SELECT family_name || ' ' || first_name, id FROM students_student WHERE uai = %s",
                self.uai,
            )
        return dict(rows)


def ready_school(
    pupils: int = 36, *, seed: int = 5, year: int = YEAR, kind: Kind = Kind.COLLEGE
) -> ReadySchool:
    """Register a school, open its year, load its profile and its divisions."""
    return make_ready(populate(teaching_year(one_school(pupils, seed=seed, kind=kind), year)))


def make_ready(population: Population) -> ReadySchool:
    school = ReadySchool(population)
    register_school(uai=school.uai, name=school.teaching.school.name, **BY)
    open_ready_year(school.teaching)
    return school


def open_ready_year(teaching: TeachingYear, state: State = State.CURRENT) -> None:
    where = {"uai": teaching.school.uai, "year": teaching.year, **BY}
    open_year(state=state, **where)
    load_profile(records=nomenclature_records(teaching, AT), **where)
    load_structures(records=structure_records(teaching, AT), **where)
    export(kinds=("nomenclature", "structures"), **where)


@contextmanager
def tried() -> Iterator[None]:
    """Do and take back: the base is afterwards as before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# Populations and files, changed


def with_pupil(population: Population, pupil_id: int, **changes: Any) -> Population:
    """Change one pupil of a population."""
    pupils = [_changed(pupil, pupil_id, changes) for pupil in population.pupils]
    return Population(population.teaching, population.persons, pupils)


def with_person(population: Population, person_id: int, **changes: Any) -> Population:
    persons = [_changed(person, person_id, changes) for person in population.persons]
    return Population(population.teaching, persons, population.pupils)


def without_pupils(population: Population, *ids: int) -> Population:
    pupils = [pupil for pupil in population.pupils if pupil.id not in ids]
    return Population(population.teaching, population.persons, pupils)


def _changed(record: Any, record_id: int, changes: Mapping[str, Any]) -> Any:
    return replace(record, **changes) if record.id == record_id else record


def edited(
    population: Population,
    *,
    pupil: Edit | None = None,
    person: Edit | None = None,
    version: str = "3.1",
    at: datetime = AT,
    send_number: int = 1,
) -> MadeFile:
    """Make a file of which an edit goes over each pupil, or each person, in the file's own words."""
    edits = {"ELEVE": pupil, "PERSONNE": person}
    records: list[Record] = []
    for record in private_records(population, version=version, at=at, send_number=send_number):
        edit = edits.get(record.tag)
        if edit is not None:
            edit(record.fields)
        records.append(record)
    name = private_file(population, at=at).name
    return MadeFile(name, private_bytes(records, version))


def only(number: int, edit: Edit, tag: str = "ID_PRV_ELE") -> Edit:
    """Keep an edit to one record, named by its private id."""

    def go(fields: Fields) -> None:
        if fields[tag] == str(number):
            edit(fields)

    return go


def line_of(content: bytes, tag: str, rank: int) -> int:
    """Find the line on which the n-th record of a kind starts."""
    at = -1
    for _ in range(rank):
        at = content.index(f"<{tag}>".encode(), at + 1)
    return content.count(b"\n", 0, at) + 1


# The state of the base


#: Columns of the base that say nothing of a school's own.
_OURS = frozenset(
    (
        "id", "uai", "year", "act_id", "created_act_id", "line", "rank", "student_id", "guardian_id",
        "address_id", "identity_key", "sort_key", "number",
    )
)  # fmt: skip

#: Records by kind and private id, each a flat mapping of what is stored; blanks left out.
Held = dict[tuple[str, object], dict[str, Any]]


def held(uai: str, year: int) -> Held:
    addresses = {row["id"]: _address(row) for row in _all("students_address", uai)}
    guardians = {row["id"]: row for row in _all("students_guardian", uai)}
    years = {r["student_id"]: r for r in _all("students_enrolment", uai) if r["year"] == year}
    found: Held = {}
    by_id: dict[int, dict[str, Any]] = {}
    for row in guardians.values():
        found["person", _name_of(row)] = _values(row, "", addresses)
    for row in _all("students_student", uai):
        by_id[row["id"]] = flat = _values(row, "", addresses)
        if row["id"] in years:
            flat |= _values(years[row["id"]], "year.", {})
        key = years.get(row["id"], {}).get("private_id")
        found["pupil", f"sans identifiant {row['id']}" if key is None else key] = flat
    for rank, row in enumerate(_all("students_schooling", uai, "starts_on")):
        if row["year"] == year:
            periods = by_id[row["student_id"]]
            before = len({name[:11] for name in periods if name.startswith("schooling.")})
            assert rank >= before
            periods |= _values(row, f"schooling.{before}.", {})
    for row in _all("students_guardianship", uai):
        flat = by_id[row["student_id"]]
        flat |= _values(row, f"guardian.{_name_of(guardians[row['guardian_id']])}.", {})
    return found


def _name_of(row: Mapping[str, Any]) -> object:
    unnamed = f"sans identifiant {row['id']}"
    return unnamed if row["private_id"] is None else row["private_id"]


def _address(row: Mapping[str, Any]) -> str:
    names = ("line1", "line2", "line3", "line4", "postcode", "town", "foreign_town", "country")
    return ", ".join(row[name] for name in names if row[name])


def _values(row: Mapping[str, Any], prefix: str, addresses: Mapping[int, str]) -> dict[str, Any]:
    flat = {
        prefix + name: value
        for name, value in row.items()
        if name not in _OURS and value is not None
    }
    if row.get("address_id") is not None:
        flat[f"{prefix}address"] = addresses[row["address_id"]]
    return flat


def _all(table: str, uai: str, order: str = "id") -> list[dict[str, Any]]:
    query = f"SELECT to_jsonb(t)::text FROM {table} t WHERE uai = %s ORDER BY {order}"  # noqa: S608
    return [json.loads(row[0]) for row in rows_of(query, uai)]


def rows_of(query: str, *parameters: Any) -> list[Any]:
    with staging.raw_cursor() as cursor:
        cursor.execute(query.encode(), parameters)
        return cursor.fetchall()


def differences(before: Held, after: Held) -> dict[tuple[str, object], dict[str, tuple[Any, Any]]]:
    """Compare two states: record → what changed → before and after, None where there is nothing."""
    found: dict[tuple[str, object], dict[str, tuple[Any, Any]]] = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key, {}), after.get(key, {})
        changed = {
            name: (old.get(name), new.get(name))
            for name in old.keys() | new.keys()
            if old.get(name) != new.get(name)
        }
        if changed:
            found[key] = changed
    return found


def dump(base: Base) -> dict[str, list[str]]:
    """Write out every table of a base, seen by its administrator."""
    with base.look() as connection:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        return {
            name: [
                row[0]
                for row in connection.execute(
                    f"SELECT t::text FROM {name} t ORDER BY 1".encode()  # noqa: S608
                )
            ]
            for (name,) in tables
        }


def present(school: ReadySchool) -> list[Pupil]:
    return school.population.present
