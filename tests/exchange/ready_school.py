"""A small school, ready for imports, and what is said of it whatever the ids it was given."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from bascule.exchange import runs
from bascule.exchange.export import export
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.generator.academy import Academy, Kind
from bascule.generator.changes import next_day
from bascule.generator.files import private_file
from bascule.generator.population import Population, populate
from bascule.generator.school import nomenclature_records, structure_records, teaching_year
from bascule.nomenclatures.profile import load_profile
from bascule.schools.directory import register_school
from bascule.schools.load import load_structures
from bascule.schools.open_year import State, open_year
from bascule.students import holdings
from bascule.students.register import ADDRESSES, GUARDIANS, STUDENTS, TABLES

YEAR = 2026
_POINTERS = {"address_id": ADDRESSES, "student_id": STUDENTS, "guardian_id": GUARDIANS}
AT = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
#: When the school was made ready, before anything was imported.
BEFORE = AT - timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ReadySchool:
    """A school that has its profile and structures, and what its software knows."""

    uai: str
    population: Population

    def file(
        self, population: Population | None = None, *, at: datetime = AT, software: str = ""
    ) -> tuple[str, bytes]:
        made = private_file(population or self.population, version="4.0", at=at, software=software)
        return made.name, made.content

    def bring(
        self,
        population: Population | None = None,
        *,
        at: datetime = AT,
        software: str = "",
        **options: bool,
    ) -> ImportRun:
        """Import what the software knows, past any guard."""
        run = receive_import(
            files=[self.file(population, at=at, software=software)],
            uai=self.uai,
            year=YEAR,
            actor="secretary",
            at=at,
            apply=True,
            **options,
        ).run
        if run.state == ImportRun.State.HELD:
            run = runs.approve(
                run_id=run.pk, uai=self.uai, actor="authority", at=at, as_authority=True
            )
        assert run.state == ImportRun.State.APPLIED
        return run

    def next_day(self, share: float, *, seed: int = 1) -> Population:
        return next_day(self.population, share, seed, on=date(2026, 11, 4)).population

    def digest(self) -> str:
        with reading(self.uai):
            return holdings.state_digest(uai=self.uai)


def ready_school(pupils: int = 40, *, number: int = 1) -> ReadySchool:
    """Register a fictional school, open its year, and send its profile and structures down to it."""
    school = Academy("Essais", 1, (pupils,) * number, (Kind.COLLEGE,) * number).school(number)
    teaching = teaching_year(school, YEAR)
    signed: dict[str, Any] = {"actor": "nadia.ferrand", "at": BEFORE}
    register_school(uai=school.uai, name=school.name, **signed)
    open_year(uai=school.uai, year=YEAR, state=State.CURRENT, **signed)
    load_profile(
        uai=school.uai, year=YEAR, records=nomenclature_records(teaching, BEFORE), **signed
    )
    load_structures(
        uai=school.uai, year=YEAR, records=structure_records(teaching, BEFORE), **signed
    )
    export(uai=school.uai, year=YEAR, kinds=("nomenclature", "structures"), **signed)
    return ReadySchool(school.uai, populate(teaching))


def records(connection: "psycopg.Connection[Any]", uai: str) -> dict[str, list[dict[str, Any]]]:
    """Give a school's records with ranks for ids and without their acts.

    Equal for two schools that hold the same, whatever numbers were given meanwhile.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    ranks: dict[str, dict[int, int]] = {}
    for table in TABLES:
        query = f"SELECT to_jsonb(t) FROM {table} t WHERE uai = %s ORDER BY id"  # noqa: S608
        rows = [row for (row,) in connection.execute(query.encode(), [uai]).fetchall()]
        ranks[table] = {row.pop("id"): rank for rank, row in enumerate(rows)}
        for row in rows:
            del row["act_id"], row["created_act_id"]
            row.pop("number", None)
            for column, pointed in _POINTERS.items():
                if row.get(column) is not None:
                    row[column] = ranks[pointed][row[column]]
        found[table] = rows
    return found


def everything(connection: "psycopg.Connection[Any]") -> dict[str, tuple[int, str]]:
    """Give the number of rows and the digest of each table of the base, whoever's they are.

    Rows are added up, each by its hash, so that none is sorted: it is asked after each statement of
    an import.
    """
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    counted = (
        sql.SQL(
            "SELECT {}, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {} t"
        ).format(sql.Literal(table), sql.Identifier(table))
        for (table,) in tables
    )
    rows = connection.execute(sql.SQL(" UNION ALL ").join(counted)).fetchall()
    return {table: (count, digest) for table, count, digest in rows}
