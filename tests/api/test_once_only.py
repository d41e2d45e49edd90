"""Each write over real HTTP: cut in the middle, asked again while it is under way, asked twice. It happens once."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.utils import timezone
from tests.api.conftest import make_token
from tests.api.test_openapi import DOCUMENT
from tests.bases import Base
from tests.cast import Cast
from tests.exchange.ready_school import YEAR, ReadySchool
from tests.exchange.tables_by_hand import as_csv
from tests.serving import serving

from bascule.accounts.scopes import Scope
from bascule.exchange import runs
from bascule.exchange.export import export
from bascule.exchange.receive import deposit
from bascule.generator.files import groups_file

pytestmark = pytest.mark.slow

#: Every operation that is not a mere reading.
WRITES = {
    operation["operationId"]
    for operations in DOCUMENT["paths"].values()
    for method, operation in operations.items()
    if method not in {"get", "head"}
}
_SCHOOL = "/etablissements/{uai}"
_OFFICIAL = "/sconetechange/resources/flux-netsync/imports/prive/eleve-groupe/{uai}"
#: What the writes write into: nobody else may while these are held.
_HELD = "LOCK TABLE exchange_importrun, exchange_sentfile IN EXCLUSIVE MODE"
#: Shorter than a writer waits for its school, in seconds.
_SOON = 2.0


@dataclass(frozen=True)
class Asked:
    """One write, as it goes over the line."""

    path: str
    body: bytes = b""
    kind: str = "application/json"
    tag: str = ""
    method: str = "POST"


class Line:
    """The line between a school's software and the site."""

    def __init__(self, port: int, token: str, uai: str) -> None:
        self.port, self.token, self.uai = port, token, uai

    def text(self, asked: Asked, key: str) -> bytes:
        head = [
            f"{asked.method} /api/v1{asked.path.format(uai=self.uai)} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Authorization: Bearer {self.token}",
            f"Idempotency-Key: {key}",
            f"tacheId: {key}",
            f"Content-Type: {asked.kind}",
            f"Content-Length: {len(asked.body)}",
            *([f"If-Match: {asked.tag}"] if asked.tag else []),
            "Connection: close",
        ]
        return "\r\n".join([*head, "", ""]).encode() + asked.body

    def cut(self, asked: Asked, key: str) -> None:
        """Send half of it, and hang up."""
        text = self.text(asked, key)
        # With no body, half of its headers.
        half = len(text) - (len(asked.body) // 2 or len(text) // 2)
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(text[:half])
            line.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: line.recv(4096), b""))
            assert not said or b"application/problem+json" in said, said

    @contextmanager
    def unheard(self, asked: Asked, key: str) -> Iterator[None]:
        """Send all of it, and hang up without listening."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(self.text(asked, key))
            yield

    def ask(self, asked: Asked, key: str) -> tuple[int, Any, bool]:
        """Send all of it and listen: status, what it says, whether it is a repeat."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(self.text(asked, key))
            answer = HTTPResponse(line)
            answer.begin()
            return (
                answer.status,
                json.loads(answer.read()),
                bool(answer.headers["Idempotency-Replayed"]),
            )

    def tag(self, path: str) -> str:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(
                "GET",
                f"/api/v1/etablissements/{self.uai}{path}",
                headers={"Authorization": f"Bearer {self.token}"},
            )
            answer = connection.getresponse()
            answer.read()
            return str(answer.headers["ETag"])
        finally:
            connection.close()


def _form(name: str, content: bytes) -> tuple[bytes, str]:
    mark = "----one-file"
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="fichiers"; filename="{name}"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    )
    return (
        head.encode() + content + f"\r\n--{mark}--\r\n".encode(),
        f"multipart/form-data; boundary={mark}",
    )


class Office:
    """Each write of a school, ready to be asked: in the order of a day."""

    def __init__(self, line: Line, school: ReadySchool) -> None:
        self.line, self.school, self.seed = line, school, 0
        self.confirmed = ""

    def file(self) -> tuple[str, bytes]:
        self.seed += 1
        return self.school.file(self.school.next_day(0.2, seed=self.seed), at=timezone.now())

    def waiting(self) -> str:
        """Give an import that waits to be confirmed."""
        run = deposit(
            files=[self.file()], uai=self.school.uai, year=YEAR, actor="head", at=timezone.now()
        ).run
        runs.resume(uai=self.school.uai, actor="worker", at=timezone.now())
        return f"/imports/{run.pk}"

    def deposits(self) -> Asked:
        # A table that is cut is still a table: nothing in it says that it is whole.
        body, kind = _form(*as_csv(self.school.population))
        return Asked(f"{_SCHOOL}/imports?annee={YEAR}&changement_logiciel=true", body, kind)

    def declines(self) -> Asked:
        return Asked(_SCHOOL + self.waiting() + "/abandon")

    def confirms(self) -> Asked:
        self.confirmed = self.waiting()
        return Asked(_SCHOOL + self.confirmed + "/confirmation", tag=self.line.tag(self.confirmed))

    def undoes(self) -> Asked:
        return Asked(_SCHOOL + self.confirmed + "/annulation")

    def exports(self) -> Asked:
        return Asked(
            _SCHOOL + "/exports", json.dumps({"year": YEAR, "kinds": ["structures"]}).encode()
        )

    def puts_groups(self) -> Asked:
        export(uai=self.school.uai, year=YEAR, kinds=("eleves",), actor="head", at=timezone.now())
        body = groups_file(self.school.population, at=timezone.now()).content
        return Asked(f"{_OFFICIAL}/{YEAR}", body, "application/xml", method="PUT")


_READY: dict[str, Callable[[Office], Asked]] = {
    "imports.deposit": Office.deposits,
    "imports.decline": Office.declines,
    "imports.confirm": Office.confirms,
    "imports.undo": Office.undoes,
    "exports.make": Office.exports,
    "group-links.put": Office.puts_groups,
}


def _effects(entered: "psycopg.Connection[Any]") -> tuple[Any, ...]:
    """Count what writes leave: imports and their states, acts, files sent, jobs asked for."""
    (found,) = entered.execute(
        "SELECT (SELECT count(*) FROM exchange_importrun), (SELECT count(*) FROM journal_act),"
        " (SELECT count(*) FROM exchange_sentfile), (SELECT count(*) FROM procrastinate_jobs),"
        " (SELECT string_agg(state, ' ' ORDER BY id) FROM exchange_importrun)"
    ).fetchall()
    return tuple(found)


def _wait_for(entered: "psycopg.Connection[Any]", count: int, seconds: float) -> bool:
    """Wait until so many wait for what is held."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        ((waiting,),) = entered.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchall()
        if waiting >= count:
            return True
        time.sleep(0.02)
    return False


def test_every_write_is_among_those_tried() -> None:
    assert set(_READY) == WRITES


def test_a_write_happens_once_whatever_becomes_of_the_line(
    base: Base, cast: Cast, base_environment: dict[str, str]
) -> None:
    with serving(base_environment) as begin, base.look() as seen, base.look() as holding:
        line = Line(begin("--no-worker").port, make_token(cast, *Scope), cast.school)
        office = Office(line, base.ready[0])
        for name, ready in _READY.items():
            asked, key = ready(office), str(uuid4())
            before = _effects(seen)

            # Cut in the middle: nothing happened.
            line.cut(asked, key)
            assert _effects(seen) == before, name

            # Sent whole, to somebody who left; asked again while it is under way.
            with ThreadPoolExecutor(1) as beside:
                with holding.transaction():
                    holding.execute(_HELD)
                    with line.unheard(asked, key):
                        assert _wait_for(seen, 1, 30), name
                    again = beside.submit(line.ask, asked, key)
                    # Unless it fell to the process that is busy, and waits there.
                    _wait_for(seen, 2, _SOON)
                    assert _effects(seen) == before, name
                status, said, is_repeat = again.result(60)
            assert (status < 300, is_repeat) == (True, True), (name, status, said)
            once = _effects(seen)
            assert once != before, name

            # And a last time, later.
            assert line.ask(asked, key) == (status, said, True), name
            assert _effects(seen) == once, name
