"""An outside service gives the numbers, line by line; a stand-in of it answers here, by HTTP and by files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.test import override_settings
from tests.bases import Base
from tests.bea.acting import pass_night
from tests.exchange.ready_school import AT, ReadySchool, ready_school
from tests.ine.asking import ask, numbers, population, states

from bascule.config.main import DONE, main
from bascule.ine import answers, national
from bascule.ine.models import Request
from bascule.ine.queue import disputes
from bascule.ine.reasons import Reason
from bascule.values.ine import make_ine_rnie

BY: dict[str, Any] = {"actor": "worker", "at": AT}


class StandIn:
    """A national service of our own: it gives numbers, remembers them, and fails as one asks."""

    def __init__(self) -> None:
        self.given: dict[int, str] = {}
        self.is_down = False
        #: Lines answered at most, each time.
        self.most = 10**6
        #: What is answered to some family names instead of a number.
        self.refuses: dict[str, dict[str, str]] = {}

    def answer(self, body: bytes) -> bytes:
        answers = []
        for line in body.splitlines()[: self.most]:
            asked = json.loads(line)
            if asked["family_name"] in self.refuses:
                answers.append({"id": asked["id"], **self.refuses[asked["family_name"]]})
                continue
            known = asked["id"] in self.given
            number = self.given.setdefault(asked["id"], make_ine_rnie(130_000_000 + asked["id"]))
            outcome = "doublon" if known else "attribue"
            answers.append({"id": asked["id"], "outcome": outcome, "number": number})
        # In no order, as real ones do.
        return "".join(f"{json.dumps(one)}\n" for one in reversed(answers)).encode()


@contextmanager
def listening(service: StandIn) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if service.is_down else 200)
            self.end_headers()
            if not service.is_down:
                self.wfile.write(service.answer(body))

        def log_message(self, *_: object) -> None:
            """Say nothing: lines hold civil status."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/ine"
        server.shutdown()


def test_the_service_gives_the_numbers_and_whoever_has_no_answer_is_asked_again(
    base: Base,
) -> None:
    school, service = ready_school(8), StandIn()
    school.bring(population(school))

    with listening(service) as address, override_settings(BASCULE_INE_SERVICE=address):
        way = national.over_http(address)
        waiting = ask(school)

        assert (waiting.created, waiting.given) == (8, 0)
        assert set(states(school.uai).values()) == {(Request.State.WAITING, Reason.NATIONAL)}
        # Nothing is asked of the directory again until an answer is there.
        assert ask(school, days=1).asked == 0

        service.is_down = True
        with pytest.raises(national.ServiceDownError):
            national.exchange(transport=way, **BY)
        service.is_down, service.most = False, 5
        partial = national.exchange(transport=way, **BY)
        first = ask(school, days=2)
        service.most = 100
        # The service gave a number, and the answer was lost on the way.
        lost = national.lines_to_send()[0]
        service.answer(national.written([lost]))
        rest = national.exchange(transport=way, **BY)
        second = ask(school, days=3)

    assert (partial.sent, partial.given, partial.left) == (8, 5, 3)
    assert (rest.sent, rest.given, rest.left) == (3, 3, 0)
    assert rest.outcomes == {"doublon": 1, "attribue": 2}
    assert (first.given, second.given) == (5, 3)
    assert set(numbers(school.uai).values()) == set(service.given.values())
    assert set(states(school.uai).values()) == {(Request.State.GIVEN, "")}


def exchange(service: StandIn, school: ReadySchool, day: int) -> list[str]:
    """Send what waits, take the answers, ask again; tell those asked about whom the service refuses."""
    lines, at = national.lines_to_send(), AT + timedelta(days=day)
    national.note_sent(lines, actor="worker", at=at)
    came = national.read(service.answer(national.written(lines)))
    national.take(answers=came, actor="worker", at=at)
    # A night passes over schools in which nobody wrote; what it asks is asked alone then.
    pass_night(at=at + timedelta(hours=1)) if day == 1 else ask(school, days=day)
    return [line.family_name for line in lines if line.family_name in service.refuses]


def said(uai: str) -> dict[str, tuple[str, str]]:
    """Give where the request of each family name stands."""
    return {key.split("|")[0].upper(): state for key, state in states(uai).items()}


@pytest.fixture
def by_files() -> Iterator[None]:
    with override_settings(BASCULE_INE_SERVICE="fichiers"):
        yield


@pytest.mark.usefixtures("by_files")
def test_what_the_service_refuses_is_said_and_asked_again_only_when_something_changes(
    base: Base,
) -> None:
    mine, school, service = ready_school(4), ready_school(4, number=2), StandIn()
    mine.bring()
    known = next(pupil.ine_rnie for pupil in mine.population.pupils if pupil.ine_rnie)
    service.refuses = {
        "REFUS": {"outcome": "erreur"},
        "DOUTE": {"outcome": "litige"},
        "PRIS": {"outcome": "attribue", "number": known},
    }
    own = population(school).pupils
    refused = [replace(own[rank], family=name) for rank, name in enumerate(service.refuses)]
    school.bring(population(school, [*refused, own[3]]))
    ask(mine)
    ask(school)

    assert exchange(service, school, 1) == ["REFUS", "DOUTE", "PRIS"]

    assert said(school.uai)["REFUS"] == (Request.State.ERROR, Reason.NATIONAL_ERROR)
    waiting = {row.reason: row.request_id for row in disputes(at=AT).rows}
    assert set(waiting) == {Reason.NATIONAL_DISPUTE, Reason.NATIONAL_OF_ANOTHER}
    assert exchange(service, school, 2) == []

    # A civil status that changes is asked about again, and one of whom an agent says so.
    about: dict[str, Any] = {"uai": school.uai, "why": "Vu avec le service.", **BY}
    answers.ask_national_again(request_id=waiting[Reason.NATIONAL_DISPUTE], **about)
    mended = replace(refused[0], birth_commune="75056", birth_country="100")
    school.bring(population(school, [mended, *refused[1:], own[3]]), at=AT + timedelta(days=3))
    ask(school, days=3)
    waits = (Request.State.WAITING, Reason.NATIONAL)
    assert said(school.uai)["REFUS"] == said(school.uai)["DOUTE"] == waits
    assert exchange(service, school, 4) == ["REFUS", "DOUTE"]

    # The number of another is that of the same pupil, or cannot be used.
    answers.answer_different(request_id=waiting[Reason.NATIONAL_OF_ANOTHER], **about)
    assert said(school.uai)["PRIS"] == (Request.State.ERROR, Reason.NATIONAL_UNUSABLE)
    assert national.lines_to_send() == []


def test_what_the_service_gives_comes_by_the_night_that_follows(base: Base) -> None:
    school, service = ready_school(4), StandIn()
    school.bring(population(school))

    with override_settings(BASCULE_INE_SERVICE="fichiers"):
        # The second night has nothing to do: nobody wrote in the school since the first one.
        for day in range(2):
            pass_night(at=AT + timedelta(days=day))
        lines = national.lines_to_send()
        national.note_sent(lines, **BY)
        national.take(answers=national.read(service.answer(national.written(lines))), **BY)
        pass_night(at=AT + timedelta(days=2))

    assert set(numbers(school.uai).values()) == set(service.given.values())


def test_answers_come_by_file_and_twice_is_as_good_as_once(
    base: Base, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    school, service = ready_school(6), StandIn()
    school.bring(population(school))
    asked, answered = tmp_path / "demandes.jsonl", tmp_path / "reponses.jsonl"

    with override_settings(BASCULE_INE_SERVICE="fichiers"):
        ask(school)
        assert main(["ine", "national", "write", str(asked)]) == DONE
        answered.write_bytes(service.answer(asked.read_bytes()))
        assert main(["ine", "national", "read", str(answered), "--json"]) == DONE
        capsys.readouterr()
        assert main(["ine", "national", "read", str(answered), "--json"]) == DONE
        again = json.loads(capsys.readouterr().out)
        done = ask(school, days=1)

    assert (again["given"], again["outcomes"]) == (0, {"attribue": 6})
    assert done.given == 6
    # A number that is another pupil's is not written twice.
    one, other, *_ = service.given
    stolen = national.Answer(other, national.Outcome.GIVEN, service.given[one])
    taken = national.take(answers=[stolen], **BY)
    assert taken.outcomes == {"ine-d-un-autre": 1}


def test_nothing_is_sent_in_the_clear_nor_to_nobody() -> None:
    with pytest.raises(national.UnsafeServiceError):
        national.over_http("http://ine.example.fr/")
    with pytest.raises(national.NoServiceError):
        national.over_http("fichiers")
    with pytest.raises(national.UnreadableAnswersError):
        national.read(b'{"id": 1, "outcome": "attribue"}\nnon\n')
    # What was cut is asked for again.
    assert len(national.read(b'{"id": 1, "outcome": "erreur"}\n{"id": 2, "outc')) == 1
