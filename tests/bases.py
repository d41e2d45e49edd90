"""A server for tests and a test's own base; the fixtures that give them are in `conftest.py`."""

import hashlib
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.test import override_settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bascule.accounts.hashing import PasswordHasher
from bascule.config.settings import database_settings
from bascule.store import embedded

SECRET_KEY = "only for tests"  # noqa: S105
SEED_KEY = "b25seSBmb3IgdGVzdHMsIG9ubHkgZm9yIHRlc3RzISE="


class QuickHasher(PasswordHasher):
    """Hash passwords of tests in a millisecond; a test of the real cost asks for the real one."""

    time_cost = 1
    memory_cost = 64


#: What settings become while a test has a base.
_SETTINGS = {
    "BASCULE_EMBEDDED": False,
    "BASCULE_SEED_KEYS": (SEED_KEY,),
    "PASSWORD_HASHERS": [f"{__name__}.QuickHasher"],
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server for tests: how to enter it as its administrator, its owner and its application."""

    administrator: str
    owner: str
    application: str

    def enter(self, **changes: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(make_conninfo(self.administrator, **changes), autocommit=True)


@dataclass(frozen=True, slots=True)
class Base:
    """One test's own base; Django's `default` and `owner` connections point at it.

    `url` and `owner_url` enter it as the application and as the owner; `look` enters it as the
    administrator, whom no policy binds, to see what is really there.
    """

    name: str
    url: str
    owner_url: str
    server: Server
    #: What its stage gave when it was set; None on a bare base.
    ready: Any = None

    @contextmanager
    def look(self) -> Iterator["psycopg.Connection[Any]"]:
        with self.server.enter(dbname=self.name) as connection:
            yield connection

    def say_today(self, day: date) -> None:
        """Say another day to purges: it is the server's, which only its owner may change."""
        with self.look() as administrator:
            administrator.execute(
                f"CREATE OR REPLACE FUNCTION purge_today() RETURNS date LANGUAGE sql STABLE AS $$SELECT date '{day}'$$"
            )


@contextmanager
def made_base(
    server: Server,
    template: str,
    *,
    ready: Any = None,
    entered: "psycopg.Connection[Any] | None" = None,
) -> Iterator[Base]:
    """Clone a base from the template, and drop it afterwards; nothing points at it yet.

    It is made by whoever entered the server as its administrator, and stays there.
    """
    name = f"bascule_test_{secrets.token_hex(8)}"
    made = sql.Identifier(name)
    with nullcontext(entered) if entered else server.enter() as administrator:
        administrator.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy").format(
                made, sql.Identifier(embedded.OWNER), sql.Identifier(template)
            )
        )
        try:
            yield Base(
                name=name,
                url=address_of(server.application, name),
                owner_url=address_of(server.owner, name),
                server=server,
                ready=ready,
            )
        finally:
            administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


class Stages:
    """Bases that are set once in a process, and cloned for each test that starts from the same.

    A stage is a function that writes what those tests have in common, and gives what they need to
    find it again; what it gives is shared by them, so nothing that changes.
    """

    def __init__(self, server: Server, template: str) -> None:
        self._server, self._template = server, template
        self._kept = ExitStack()
        # Once for all the bases: to enter takes as long as a quarter of a clone.
        self._administrator = self._kept.enter_context(server.enter())
        self._set: dict[Callable[[], Any], Base] = {}

    @contextmanager
    def own_base(self, stage: Callable[[], Any] | None = None) -> Iterator[Base]:
        """Give a base of its own, set as the stage says, with Django's connections pointed at it."""
        model = self._model(stage) if stage else None
        with (
            made_base(
                self._server,
                model.name if model else self._template,
                ready=model.ready if model else None,
                entered=self._administrator,
            ) as made,
            pointed_at(self._server, made.name),
        ):
            yield made

    def _model(self, stage: Callable[[], Any]) -> Base:
        if stage not in self._set:
            model = self._kept.enter_context(
                made_base(self._server, self._template, entered=self._administrator)
            )
            with pointed_at(self._server, model.name):
                self._set[stage] = replace(model, ready=stage())
        return self._set[stage]

    def strike(self) -> None:
        """Drop what was set."""
        self._kept.close()


def outside_server(address: str) -> Server:
    # The same in every worker, and good for nothing outside a throwaway server.
    password = hashlib.sha256(f"bascule tests {address}".encode()).hexdigest()
    with psycopg.connect(address, autocommit=True) as administrator:
        administrator.execute("SELECT pg_advisory_lock(hashtext('bascule tests'))")
        for role in (embedded.OWNER, embedded.APPLICATION):
            name = sql.Identifier(role)
            if not administrator.execute(
                "SELECT FROM pg_roles WHERE rolname = %s", [role]
            ).rowcount:
                administrator.execute(sql.SQL("CREATE ROLE {}").format(name))
            administrator.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password))
            )
    return Server(
        administrator=make_conninfo(address),
        owner=make_conninfo(address, user=embedded.OWNER, password=password),
        application=make_conninfo(address, user=embedded.APPLICATION, password=password),
    )


def address_of(address: str, name: str) -> str:
    return make_conninfo(address, dbname=name)


@contextmanager
def pointed_at(server: Server, name: str) -> Iterator[None]:
    """Point Django's connections at a base, in this thread and in those started meanwhile."""
    before = {alias: dict(connections.settings[alias]) for alias in ("default", "owner")}
    connections.close_all()
    settings.SECRET_KEY = SECRET_KEY
    for alias, address in (("default", server.application), ("owner", server.owner)):
        connections.settings[alias].update(database_settings(alias, address_of(address, name)))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bascule-bea-") as folder,
            override_settings(**_SETTINGS, BASCULE_BEA=Path(folder)),
        ):
            yield
    finally:
        connections.close_all()
        for alias, kept in before.items():
            connections.settings[alias].update(kept)
