"""A school's software sends, follows, confirms, takes and follows what changes, over the REST interface."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.api.conftest import make_token
from tests.bases import Base
from tests.cast import Cast
from tests.exchange.ready_school import AT, YEAR, ReadySchool

from bascule.accounts import once, tokens
from bascule.accounts.models import SettledCall
from bascule.accounts.scopes import Scope
from bascule.exchange import runs
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.journal.acts import find_acts
from bascule.schools.models import SchoolYear
from bascule.store.policies import open_schools

_KEYS = itertools.count(1)


class Software:
    """What stands in the school's office."""

    def __init__(self, cast: Cast, school: ReadySchool, *scopes: Scope) -> None:
        self.uai, self.school, self.says = cast.school, school, ""
        self.token = make_token(cast, *(scopes or tuple(Scope)))
        self.client = Client(SERVER_NAME="localhost", raise_request_exception=False)

    def get(self, path: str, *, tag: str = "", **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        if tag:
            headers["If-None-Match"] = tag
        return self.client.get(self._at(path), query, headers=headers)

    def post(
        self, path: str, data: Any = None, *, key: str = "", tag: str = "", **query: Any
    ) -> Any:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Bascule-Software": self.says,
            "Idempotency-Key": key or f"essai-{next(_KEYS):06}",
        }
        if tag:
            headers["If-Match"] = tag
        how = {"content_type": "application/json"} if path == "/exports" else {}
        return self.client.post(
            self._at(path), data or {}, query_params=query, headers=headers, **how
        )

    def send(self, file: tuple[str, bytes], *, key: str = "", **query: Any) -> Any:
        name, content = file
        return self.post(
            "/imports",
            {"fichiers": SimpleUploadedFile(name, content)},
            key=key,
            annee=YEAR,
            **query,
        )

    def worker(self) -> None:
        runs.resume(uai=self.uai, actor="worker", at=timezone.now())

    def _at(self, path: str) -> str:
        return f"/api/v1/etablissements/{self.uai}{path}"


@pytest.fixture
def software(cast: Cast, base: Base) -> Software:
    return Software(cast, base.ready[0])


def year_of(uai: str) -> SchoolYear:
    with reading(uai):
        return SchoolYear.objects.get(uai=uai, year=YEAR)


def run_count(uai: str) -> int:
    return len(runs.list_runs(uai=uai))


def test_a_file_is_sent_followed_and_confirmed_as_it_was_seen(software: Software) -> None:
    changed = software.school.file(software.school.next_day(0.5), at=timezone.now())
    software.says = f"{year_of(software.uai).software.lower()}  4.2.1"

    sent = software.send(changed)

    assert (sent.status_code, sent.json()["state"]) == (202, "received")
    path = f"/imports/{sent.json()['run']}"
    assert sent.json()["page"].endswith(f"/e/{software.uai}/{YEAR}{path}/")
    software.worker()
    seen = software.get(path)
    assert seen.json()["state"] in {"planned", "held"}
    assert software.get(path, tag=seen.headers["ETag"]).status_code == 304
    lines = software.get(f"{path}/plan", nombre=1).json()
    rest = software.get(f"{path}/plan", apres=lines["next"], nombre=1000).json()
    assert rest["next"] is None
    assert rest["lines"][0]["rank_in_run"] == lines["next"] + 1
    assert software.get(f"{path}/anomalies").json()["next"] is None

    assert software.post(f"{path}/confirmation").status_code == 428
    stale = software.post(f"{path}/confirmation", tag='"0123"')
    assert (stale.status_code, stale.json()["code"]) == (412, "request.moved-on")
    done = software.post(f"{path}/confirmation", tag=seen.headers["ETag"])

    assert (done.status_code, done.json()["state"]) == (200, "applied")
    signed = find_acts(uais=[software.uai], most=1)[0].actor
    assert signed == f"Charlemagne (jeton {software.token.split('_')[2]})"
    assert year_of(software.uai).software_version == "4.2.1"

    back = software.post(f"{path}/annulation")
    assert (back.status_code, back.json()["state"]) == (200, "undone")
    assert year_of(software.uai).software_version == ""


def test_a_version_of_another_software_is_left_aside(software: Software) -> None:
    software.says = "AUTRE 9"

    software.send(software.school.file(at=timezone.now()), integrer="true")
    software.worker()
    assert runs.list_runs(uai=software.uai)[0].state == "applied"
    assert year_of(software.uai).software_version == ""


def test_what_is_asked_again_under_its_key_is_done_once(software: Software, cast: Cast) -> None:
    file = software.school.file(software.school.next_day(0.2), at=timezone.now())
    before = run_count(software.uai)

    first = software.send(file, key="envoi-0001")
    again = software.send(file, key="envoi-0001")

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert run_count(software.uai) == before + 1

    other = software.send(software.school.file(at=timezone.now()), key="envoi-0001")
    assert (other.status_code, other.json()["code"]) == (422, "request.key-reused")
    # The same key of another token is another key.
    sibling = Software(cast, software.school)
    assert sibling.send(file, key="envoi-0001").json()["run"] != first.json()["run"]

    once.forget_calls(uai=software.uai, at=timezone.now() + timedelta(days=4))
    open_schools(software.uai)
    assert not SettledCall.objects.exists()


def test_what_is_refused_is_tried_again_under_the_same_key(software: Software) -> None:
    wrong = software.send(("depot.xml", b"not a file"), key="envoi-0002")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "file.not-xml")

    right = software.send(software.school.file(at=timezone.now()), key="envoi-0002")

    assert right.status_code in {200, 202}
    assert "Idempotency-Replayed" not in right.headers


@pytest.mark.parametrize("key", ["", "court", "avec espace dedans", "x" * 101])
def test_a_write_has_a_key_of_its_own(software: Software, key: str) -> None:
    headers = {"Authorization": f"Bearer {software.token}"} | (
        {"Idempotency-Key": key} if key else {}
    )

    answer = software.client.post(
        f"/api/v1/etablissements/{software.uai}/imports/1/abandon", headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "request.wrong")


def test_an_import_goes_in_by_itself_only_for_a_token_that_may(
    software: Software, cast: Cast
) -> None:
    file = software.school.file(software.school.next_day(0.02), at=timezone.now())
    narrow = Software(cast, software.school, Scope.IMPORTS_WRITE)
    refused = narrow.send(file, integrer=True)
    assert (refused.status_code, refused.json()["scope"]) == (403, "imports:confirm")

    sent = software.send(file, integrer=True)
    software.worker()

    assert software.get(f"/imports/{sent.json()['run']}").json()["state"] == "applied"


def test_what_a_guard_holds_waits_for_a_person(software: Software) -> None:
    # Older than the last one.
    sent = software.send(software.school.file(at=timezone.now() - timedelta(days=400)))
    software.worker()
    path = f"/imports/{sent.json()['run']}"
    seen = software.get(path)
    assert seen.json()["state"] == ImportRun.State.HELD

    answer = software.post(f"{path}/confirmation", tag=seen.headers["ETag"])

    assert (answer.status_code, answer.json()["code"]) == (409, "run.held")
    assert software.post(f"{path}/abandon").json()["state"] == "declined"


def test_files_go_out_and_are_taken_again_until_something_changes(software: Software) -> None:
    made = software.post("/exports", {"year": YEAR, "kinds": ["eleves", "structures"]})
    assert made.status_code == 201
    first = made.json()["files"][0]

    taken = software.get(f"/exports/{first['export']}")

    assert taken.status_code == 200
    assert taken.headers["ETag"] == f'"{first["sha256"]}"'
    assert taken.content.startswith(b"PK")
    listed = software.get("/exports", annee=YEAR).json()
    assert first in listed["files"]
    assert set(listed["expected"]) <= set(listed["kinds"])

    software.school.bring(software.school.next_day(0.2), at=timezone.now())
    gone = software.get(f"/exports/{first['export']}")
    assert (gone.status_code, gone.json()["code"]) == (409, "export.changed-since")


def test_structures_and_nomenclatures_say_when_nothing_moved(software: Software) -> None:
    for path, name in (("/structures", "structures"), ("/nomenclatures", "entries")):
        answer = software.get(path, annee=YEAR)
        assert answer.json()[name]
        assert software.get(path, tag=answer.headers["ETag"], annee=YEAR).status_code == 304


def test_a_copy_that_follows_the_changes_is_the_year_as_it_stands(software: Software) -> None:
    start = software.get("/eleves", annee=YEAR).json()
    copy = {pupil["id"]: pupil for pupil in start["pupils"]}
    cursor = start["cursor"]
    nothing = software.get("/eleves/changements", annee=YEAR, depuis=cursor).json()
    assert nothing == {"cursor": cursor, "pupils": [], "removed": []}
    run = software.school.bring(software.school.next_day(0.3, seed=3), at=timezone.now())

    def follow() -> dict[str, Any]:
        nonlocal cursor
        found = software.get("/eleves/changements", annee=YEAR, depuis=cursor).json()
        cursor = found["cursor"]
        for gone in found["removed"]:
            copy.pop(gone["id"], None)
        copy.update({pupil["id"]: pupil | {"previous_keys": {}} for pupil in found["pupils"]})
        return dict(found)

    def stands() -> dict[int, Any]:
        return {one["id"]: one for one in software.get("/eleves", annee=YEAR).json()["pupils"]}

    changed = follow()
    assert 0 < len(changed["pupils"]) < len(copy)
    assert copy == stands()

    runs.undo(run_id=run.pk, uai=software.uai, actor="head", at=timezone.now())
    follow()
    assert list(copy.values()) == start["pupils"]

    # Undo the first import, and take that back: everybody goes, everybody returns.
    first = runs.list_runs(uai=software.uai)[-1].pk
    runs.undo(run_id=first, uai=software.uai, actor="head", at=AT + timedelta(days=1))
    gone = follow()["removed"]
    assert {one["id"] for one in gone} == {one["id"] for one in start["pupils"]}
    assert all(one["keys"]["private_id"] for one in gone)
    assert copy == stands() == {}

    runs.restore(run_id=first, uai=software.uai, actor="head", at=AT + timedelta(days=1))
    follow()
    assert sorted(copy) == sorted(one["id"] for one in start["pupils"])
    assert copy == stands()


def test_a_cursor_of_nobody_is_refused(software: Software) -> None:
    for cursor in ("99999999999", "-1", "abc"):
        answer = software.get("/eleves/changements", annee=YEAR, depuis=cursor)
        assert (answer.status_code, answer.json()["code"]) == (409, "pupils.unknown-cursor")


def test_each_pupil_has_a_number_or_a_reason(software: Software) -> None:
    found = software.get("/ine", annee=YEAR).json()

    assert found["numbers"]
    assert all(one["ine"] or one["why"] or one["stand"] for one in found["numbers"])


def test_a_token_that_calls_too_often_waits(
    software: Software, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "CALLS_A_MINUTE", 3)
    statuses = [software.get("/imports").status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]
    assert software.get("/imports").headers["Retry-After"]


def test_what_cannot_be_read_is_told(software: Software) -> None:
    answer = software.client.post(
        f"/api/v1/etablissements/{software.uai}/imports?annee={YEAR}",
        b"--x\r\nnot a form",
        content_type="multipart/form-data; boundary=",
        headers={"Authorization": f"Bearer {software.token}", "Idempotency-Key": "envoi-0009"},
    )

    assert answer.status_code == 422
