"""`bascule serve` as one runs it: it answers, watches over what runs, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.bases import Base
from tests.serving import PATIENCE, PROGRAM, Serve, lives, serving, wait_until

#: Processes are started, killed and waited for.
pytestmark = pytest.mark.slow


@pytest.fixture
def serve(base: Base, base_environment: dict[str, str]) -> Iterator[Serve]:
    with serving(base_environment) as begin:
        yield begin


def test_what_stops_is_started_again_and_all_of_it_stops_cleanly_within_ten_seconds(
    serve: Serve,
) -> None:
    site = serve()
    wait_until(lambda: site.child("worker"))
    gone = [site.child("worker"), site.child("granian")]

    for child in gone:
        assert child is not None
        # As one that ends by itself, with nothing to complain of.
        child.terminate()

    wait_until(lambda: site.child("worker") not in (None, gone[0]))
    wait_until(lambda: site.child("granian") not in (None, gone[1]))
    wait_until(site.answers)
    wait_until(lambda: len(site.family()) >= 4)
    family = site.family()

    code, seconds = site.stop()

    assert code == 0
    assert seconds < 10
    assert [process for process in family if lives(process)] == []
    assert not site.answers()
    said, complaints = site.process.communicate()
    assert said.splitlines()[0] == f"Le site est ouvert : http://localhost:{site.port}"
    assert "le traitement des tâches" in complaints
    assert "nouvel essai dans 1 s" in complaints


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of such a death")
def test_nothing_outlives_it_even_when_it_is_killed(serve: Serve) -> None:
    site = serve()
    wait_until(lambda: site.child("worker"))
    family = site.family()

    site.process.kill()
    site.process.wait()

    wait_until(lambda: not [process for process in family if lives(process)])


def test_a_key_in_the_terminal_stops_it_with_the_base_that_comes_with_the_program(
    serve: Serve, home: Path
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ["PYTHONPATH"],
        "BASCULE_HOME": str(home),
    }
    site = serve("--no-worker", "--json", own=environment)
    pid = (home / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0]
    server, family = psutil.Process(int(pid)), site.family()
    assert lives(server)

    code, _ = site.stop(signal.SIGINT)

    assert code == 0
    assert not lives(server)
    assert [process for process in family if lives(process)] == []
    said, _ = site.process.communicate()
    assert json.loads(said) == {"address": f"http://localhost:{site.port}"}


def test_a_port_that_is_taken_is_refused_with_a_sentence(
    base: Base, base_environment: dict[str, str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        ended = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM, "serve", "--port", str(port)],
            env=base_environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    assert ended.returncode == 2
    assert f"Le port {port} de 127.0.0.1 ne peut pas être ouvert" in ended.stderr
