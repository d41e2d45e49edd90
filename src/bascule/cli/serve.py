"""`bascule serve`: the site and a worker beside it, watched over, on the base that it keeps open."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from bascule.accounts.keys import vault
from bascule.cli import players
from bascule.cli.asking import AsJson
from bascule.errors import RefusedError
from bascule.store.base import open_base

#: Processes of the site; each answers one request at a time, over a connection to the base that it keeps.
PROCESSES = 2

#: How long what runs may take to stop, in seconds; then it is killed.
_PATIENCE = 6.0
#: How often it is looked at, and how soon it is started again: each time later, up to a limit.
_TICK = 0.2
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 30.0
#: What lived this long was well: it starts again as if it had never stopped.
_SOUND = 60.0
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


_Announce = Callable[[], bool]
_Handler = Callable[[int, FrameType | None], None]


class TakenPortError(RefusedError):
    """Something answers at the port already, or one may not listen there.

    Args:
        host (str): the address.
        port (int): the port.
    """

    code = "serve.port-taken"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Le port {port} de {host} ne peut pas être ouvert : un autre programme l’occupe, ou il"
            " est réservé. Arrêtez ce programme, ou donnez un autre port avec --port."
        )
        self.host, self.port = host, port


class UnusableCertificateError(RefusedError):
    """The site cannot show who it is."""

    code = "serve.certificate-unusable"

    def __init__(self) -> None:
        super().__init__(
            "Pour servir en HTTPS, donnez le certificat et sa clé, tous deux lisibles :"
            " --tls-certificate FICHIER --tls-key FICHIER."
        )


def serve(
    *,
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=1, max=65535, help="Port du site.")
    ] = 8000,
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADRESSE", help="Adresse où écouter ; cette machine seule, sinon."
        ),
    ] = "127.0.0.1",
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Ne mène pas les tâches de fond.")
    ] = False,
    tls_certificate: Annotated[
        Path | None,
        typer.Option(
            "--tls-certificate",
            metavar="FICHIER",
            help="Certificat du site, en PEM : sert en HTTPS.",
        ),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option("--tls-key", metavar="FICHIER", help="Clé du certificat, en PEM (PKCS#8)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve until told to stop.

    Args:
        port (int): the port.
        host (str): the address to listen at.
        no_worker (bool): whether to leave the jobs to another machine.
        tls_certificate (Path | None): certificate of the site; None to serve in the clear.
        tls_key (Path | None): its key.
        as_json (bool): print an object instead of a sentence.
    """
    _refuse_taken(host, port)
    tls = _tls(tls_certificate, tls_key)
    with open_base():
        # Rather at the start than at the first sign-in of the morning.
        vault.require_key()
        children = [_Child("le site", [*_site(host, port), *tls])]
        if not no_worker:
            children.append(_Child("le traitement des tâches", _command("worker")))
        stop = threading.Event()
        before = {number: signal.signal(number, _telling(stop)) for number in _STOPPING}
        try:
            _watch(
                children,
                stop,
                announce=lambda: _announce(
                    host, port, scheme="https" if tls else "http", as_json=as_json
                ),
                beside=nullcontext if as_json else players.shown,
            )
        finally:
            _stop(children)
            for number, handler in before.items():
                signal.signal(number, handler)


@dataclass(slots=True)
class _Child:
    """A process that is to run all the time."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    delay: float = _FIRST_DELAY
    next_at: float = field(default=0.0)

    def keep_running(self, now: float) -> None:
        """Start it, or start it again when its time has come, whatever it ended with."""
        if self.process is None:
            if now >= self.next_at:
                self.process, self.started_at = _start(self.command), now
            return
        code = self.process.poll()
        if code is None:
            return
        self.process = None
        if now - self.started_at > _SOUND:
            self.delay = _FIRST_DELAY
        self.next_at, waited = now + self.delay, self.delay
        self.delay = min(self.delay * 2, _LONGEST_DELAY)
        typer.echo(
            f"Arrêt imprévu ({self.name}, code {code}) : nouvel essai dans {waited:.0f} s.",
            err=True,
        )


def _watch(
    children: Sequence[_Child],
    stop: threading.Event,
    *,
    announce: _Announce,
    beside: Callable[[], AbstractContextManager[None]],
) -> None:
    is_announced = False
    with ExitStack() as stack:
        while not stop.is_set():
            for child in children:
                child.keep_running(time.monotonic())
            if not is_announced and announce():
                is_announced = True
                stack.enter_context(beside())
            stop.wait(_TICK)


def _announce(host: str, port: int, *, scheme: str, as_json: bool) -> bool:
    """Say where the site is, once it is there."""
    try:
        with socket.create_connection((host, port), timeout=_TICK):
            pass
    except OSError:
        return False
    name = "localhost" if host in _LOOPBACK else host
    address = f"{scheme}://{name}:{port}"
    if as_json:
        typer.echo(json.dumps({"address": address}))
    else:
        typer.echo(f"Le site est ouvert : {address}\nCtrl-C pour l’arrêter.")
    return True


def _stop(children: Sequence[_Child]) -> None:
    """Stop all that runs, and what it started: gently, then not."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    ends_at = time.monotonic() + _PATIENCE
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, ends_at - time.monotonic()))
        # The group outlives its head if the head was killed.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    # In a group of its own: Ctrl-C in a terminal is told to us alone, and we stop it in order.
    return subprocess.Popen(  # noqa: S603 - our own programs
        command,
        stdin=subprocess.DEVNULL,
        # What goes there is ours: an address, and nothing else. What goes wrong is said on the other.
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - one thread starts them all
    )


def _die_with_parent() -> None:
    """Ask Linux to stop the child when we die by any cause; elsewhere it would go on."""
    with suppress(AttributeError, OSError):
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


_PR_SET_PDEATHSIG = 1
#: Loaded here: between the fork and the program of a child nothing may be.
_LIBC = ctypes.CDLL(None)


def _site(host: str, port: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(PROCESSES), "--blocking-threads", "1", "--respawn-failed-workers",
        "--workers-kill-timeout", "4", "--no-ws", "--log-level", "warning",
        "bascule.config.wsgi:application",
    ]  # fmt: skip


def _tls(certificate: Path | None, key: Path | None) -> list[str]:
    if certificate is None and key is None:
        return []
    if certificate is None or key is None or not (certificate.is_file() and key.is_file()):
        raise UnusableCertificateError
    return [
        "--ssl-certificate",
        str(certificate),
        "--ssl-keyfile",
        str(key),
        "--ssl-protocol-min",
        "tls1.2",
    ]


def _command(name: str) -> list[str]:
    program = "import sys; from bascule.config.main import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-c", program, name]


def _telling(stop: threading.Event) -> _Handler:
    def told(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    return told


def free_port(first: int = 8000, *, host: str = "127.0.0.1", most: int = 20) -> int:
    """Find a port that nothing listens at.

    Args:
        first (int): the one preferred.
        host (str): the address to listen at.
        most (int): how many are tried, from the first on.

    Returns:
        int: the port; the first one if all are taken, which `serve` will say.
    """
    for port in range(first, first + most):
        with suppress(TakenPortError):
            _refuse_taken(host, port)
            return port
    return first


def _refuse_taken(host: str, port: int) -> None:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        raise TakenPortError(host, port) from fault
