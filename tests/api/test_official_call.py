"""The official call of a machine: groups are put, read by the worker, and the software is told, once it listens."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client, override_settings
from django.utils import timezone
from tests.api.conftest import make_token
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import AT, YEAR
from tests.exchange.test_return_address import listening
from tests.ops.test_jobs import waiting, work

from bascule.accounts.scopes import Scope
from bascule.config.main import main
from bascule.exchange import acknowledgements, run_lines, runs
from bascule.exchange.export import export
from bascule.generator.files import groups_file, zipped


class Timetable:
    """Timetable software, that knows the official call only."""

    def __init__(self, cast: Cast, base: Base, *scopes: Scope) -> None:
        self.uai, self.token = cast.school, make_token(cast, *(scopes or tuple(Scope)))
        school = base.ready[0]
        self.file = zipped(groups_file(school.population, at=AT), AT).content

    def put(self, content: bytes | None = None, *, task: str = "", **headers: str) -> Any:
        return Client(SERVER_NAME="localhost", raise_request_exception=False).put(
            "/api/v1/sconetechange/resources/flux-netsync/imports/prive/eleve-groupe/"
            f"{headers.pop('uai', self.uai)}/{YEAR}",
            self.file if content is None else content,
            content_type="application/zip",
            headers={
                "Authorization": f"Bearer {self.token}",
                "tacheId": task or str(uuid4()),
                **headers,
            },
        )


def sent_out(uai: str) -> None:
    export(uai=uai, year=YEAR, kinds=("eleves",), actor="head", at=timezone.now())


def test_groups_are_put_read_and_told_once_somebody_listens(
    cast: Cast, base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    timetable, task = Timetable(cast, base), str(uuid4())
    early = timetable.put()
    assert (early.status_code, early.json()["code"]) == (409, "import.pupils-not-sent")
    sent_out(cast.school)

    with (
        listening(500, 204) as (address, told),
        override_settings(BASCULE_RETURN_ADDRESSES=(address,)),
    ):
        how: dict[str, Any] = {
            "task": task,
            "returnAddress": f"{address}/fini",
            "codeRne": cast.school,
        }
        first, again = timetable.put(**how), timetable.put(**how)
        assert (first.status_code, again.json()) == (202, first.json())
        run_id = first.json()["run"]
        assert told == []
        # Read, then told to somebody who fails: no job waits, and it is told again a minute later, once.
        work()
        assert waiting(base) == []
        for seconds in (30, 61, 61):
            acknowledgements.tell(
                uai=cast.school, run_id=run_id, task=task, at=timezone.now() + timedelta(0, seconds)
            )

        assert [json.loads(one)["etat"] for one in told] == ["applied", "applied"]
        assert run_lines.findings_after(run_id=run_id, uai=cast.school, after=0, most=9) == []
        said = json.loads(told[-1])
        assert (said["tacheId"], said["codeRne"], said["import"]) == (task, cast.school, run_id)

        page = browser(cast.head).get(f"/e/{cast.school}/{YEAR}/imports/{run_id}/", follow=True)
        assert f"{address}/fini" in page.content.decode()

        capsys.readouterr()
        assert main(["acknowledgements", "list", "--school", cast.school, "--json"]) == 0
        (line,) = json.loads(capsys.readouterr().out)
        assert (line["state"], [one["status"] for one in line["tries"]]) == ("told", [500, 204])
        assert main(["acknowledgements", "retry", str(run_id), "--school", cast.school]) == 0
        work()
        assert len(told) == 3


def test_the_same_file_put_under_two_numbers_is_told_to_both(cast: Cast, base: Base) -> None:
    timetable, tasks = Timetable(cast, base), [str(uuid4()) for _ in range(3)]
    sent_out(cast.school)
    during: list[Any] = []

    def put_again() -> None:
        # While the first is told.
        during.append(put(tasks[2]))
        # The thread of whoever listens ends with it.
        connections.close_all()

    with (
        listening(204, meanwhile=put_again) as (address, told),
        override_settings(BASCULE_RETURN_ADDRESSES=(address,)),
    ):

        def put(task: str) -> Any:
            return timetable.put(task=task, returnAddress=f"{address}/fini")

        first = put(tasks[0])
        runs.resume(uai=cast.school, actor="worker", at=timezone.now())
        # Applied already: the same import answers, and the first is not told yet.
        assert put(tasks[1]).json()["run"] == first.json()["run"]
        work()

    assert [answer.json()["run"] for answer in during] == [first.json()["run"]]
    assert sorted(json.loads(one)["tacheId"] for one in told) == sorted(tasks)
    assert {one.state for one in acknowledgements.of_school(uai=cast.school)} == {"told"}


def test_what_it_may_not_ask_is_refused_and_nothing_is_kept(cast: Cast, base: Base) -> None:
    timetable = Timetable(cast, base, Scope.IMPORTS_WRITE)
    sent_out(cast.school)
    before = len(runs.list_runs(uai=cast.school))

    for how, status, code in (
        ({"returnAddress": "https://agenda.example.fr/"}, 409, "return-address.not-listed"),
        ({"codeRne": cast.other_school}, 404, "not-found"),
        ({"uai": cast.other_school}, 404, "not-found"),
        ({"content": base.ready[0].file()[1]}, 422, "file.other-way"),
        ({"content": timetable.file[: len(timetable.file) // 2]}, 422, "file.zip-damaged"),
        ({"task": "12"}, 422, "request.wrong"),
    ):
        answer = timetable.put(**how)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (status, code), how
    assert len(runs.list_runs(uai=cast.school)) == before

    # A token that may not confirm: it is read, and waits for a person.
    run_id = timetable.put().json()["run"]
    work()
    assert runs.get_run(run_id=run_id, uai=cast.school).state == "planned"
