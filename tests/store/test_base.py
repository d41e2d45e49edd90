import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import InternalError, ProgrammingError, connection, connections
from psycopg import sql
from tests.bases import Base

from bascule.config.settings import database_settings
from bascule.store import base as store_base, embedded

OPEN = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "bascule.config.settings"
from bascule.store.base import open_base
with open_base():
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, max(applied) FROM django_migrations")
        print(*cursor.fetchone())
"""


def enter_as(url: str) -> None:
    connection.close()
    connections.settings["default"].update(database_settings("url", url))


def open_embedded(home: Path) -> "subprocess.Popen[str]":
    environment = {key: text for key, text in os.environ.items() if "DATABASE_URL" not in key}
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", OPEN],
        env={**environment, "BASCULE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> str:
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return said


@pytest.fixture
def stray_role(base: Base) -> Iterator[str]:
    """Give a role that a careless administrator made: its address in the test's own base."""
    role = f"stray_{base.name}"
    name = sql.Identifier(role)
    with base.look() as administrator:
        administrator.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x' IN ROLE {}").format(
                name, sql.Identifier(embedded.APPLICATION)
            )
        )
        yield role
        connection.close()
        administrator.execute(sql.SQL("DROP ROLE {}").format(name))


def test_an_embedded_base_is_made_migrated_and_entered_as_the_application(home: Path) -> None:
    first = finish(open_embedded(home))
    second = finish(open_embedded(home))

    assert first.startswith(f"{embedded.APPLICATION} ")
    assert second == first


def test_two_processes_that_open_a_new_base_at_once_both_find_it_ready(home: Path) -> None:
    both = [open_embedded(home) for _ in range(2)]

    said = {finish(process) for process in both}

    assert len(said) == 1


def test_a_base_that_is_up_to_date_opens(base: Base) -> None:
    with store_base.open_base(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        row = cursor.fetchone()

    assert row == (embedded.APPLICATION, base.name)


def test_a_base_without_its_tables_is_refused_until_it_is_migrated(base: Base) -> None:
    with base.look() as administrator:
        administrator.execute("DROP SCHEMA public CASCADE")
        administrator.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")

    with pytest.raises(store_base.PendingMigrationsError), store_base.open_base():
        pass
    with store_base.open_base(migrate=True), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) > 0 FROM django_migrations")
        migrated = cursor.fetchone()

    assert migrated == (True,)


def test_a_base_migrated_by_a_later_program_still_opens(base: Base) -> None:
    with base.look() as administrator:
        administrator.execute("COMMENT ON TABLE django_migrations IS 'bascule of tomorrow'")

    with store_base.open_base():
        pass


def test_migrating_again_does_nothing_and_says_so(base: Base) -> None:
    applied = store_base.bring_up_to_date()

    assert applied == ()


def test_migrating_takes_back_what_was_granted_by_hand(base: Base) -> None:
    with base.look() as administrator:
        administrator.execute(
            f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {embedded.APPLICATION}"
        )

    store_base.bring_up_to_date()

    with base.look() as administrator:
        truncatable = administrator.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' AND has_table_privilege(%s, oid, 'TRUNCATE')",
            [embedded.APPLICATION],
        ).fetchone()
    assert truncatable == (0,)


def test_migrating_needs_the_application_role_to_exist(base: Base) -> None:
    connections.settings["default"]["USER"] = "nobody_made_this_role"

    with pytest.raises(store_base.MissingRoleError) as refusal:
        store_base.bring_up_to_date()

    assert refusal.value.role == "nobody_made_this_role"


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE mine (id integer)", "DELETE FROM django_migrations", "TRUNCATE schools_school"],
)
def test_the_application_may_not_change_the_schema(base: Base, statement: str) -> None:
    with (
        connection.cursor() as cursor,
        pytest.raises((ProgrammingError, InternalError), match=r"permission denied|must be owner"),
    ):
        cursor.execute(statement)


def test_the_owner_of_the_tables_is_refused_as_application(base: Base) -> None:
    enter_as(base.owner_url)

    with pytest.raises(store_base.UnsafeRoleError) as refusal, store_base.open_base():
        pass

    assert refusal.value.role == embedded.OWNER
    assert "possède des tables" in refusal.value.sentence


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        ("ALTER ROLE {role} SUPERUSER", "superutilisateur"),
        ("ALTER ROLE {role} BYPASSRLS", "BYPASSRLS"),
        ("GRANT {owner} TO {role}", "possède des tables"),
    ],
)
def test_a_role_that_policies_do_not_bind_is_refused(
    base: Base, stray_role: str, grant: str, reason: str
) -> None:
    with base.look() as administrator:
        administrator.execute(
            sql.SQL(grant).format(
                role=sql.Identifier(stray_role), owner=sql.Identifier(embedded.OWNER)
            )
        )
    enter_as(psycopg.conninfo.make_conninfo(base.url, user=stray_role, password="x"))  # noqa: S106

    with pytest.raises(store_base.UnsafeRoleError) as refusal, store_base.open_base():
        pass

    assert reason in refusal.value.sentence


def test_an_ordinary_member_of_the_application_is_welcome(base: Base, stray_role: str) -> None:
    enter_as(psycopg.conninfo.make_conninfo(base.url, user=stray_role, password="x"))  # noqa: S106

    with store_base.open_base(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        row = cursor.fetchone()

    assert row == (stray_role,)


def test_a_server_that_does_not_answer_may_be_tried_again(base: Base, tmp_path: Path) -> None:
    enter_as(f"postgresql://{embedded.APPLICATION}@/bascule?host={tmp_path}")

    with pytest.raises(store_base.UnreachableBaseError) as fault, store_base.open_base():
        pass

    assert "BASCULE_DATABASE_URL" in str(fault.value)
