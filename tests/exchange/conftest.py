"""Schools ready to import: one of its own for a test, or one shared by the tests of a module."""

import secrets
from collections.abc import Iterator

import pytest
from psycopg import sql
from pytest_django import DjangoDbBlocker
from tests.bases import Base, Server, address_of, pointed_at
from tests.exchange.schools_for_tests import ReadySchool, ready_school

from bascule.store import embedded


@pytest.fixture
def school(base: Base) -> ReadySchool:
    """Give a ready school on the test's own base; what is done with it is done for good."""
    return ready_school()


@pytest.fixture(scope="module")
def shared_base(
    server: Server, template: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[Base]:
    """Give a base that the tests of a module share; they leave it as they found it."""
    name = f"bascule_test_{secrets.token_hex(8)}"
    made = sql.Identifier(name)
    with server.enter() as administrator:
        administrator.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy").format(
                made, sql.Identifier(embedded.OWNER), sql.Identifier(template)
            )
        )
        try:
            with django_db_blocker.unblock(), pointed_at(server, name):
                yield Base(
                    name=name,
                    url=address_of(server.application, name),
                    owner_url=address_of(server.owner, name),
                    server=server,
                )
        finally:
            administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))
