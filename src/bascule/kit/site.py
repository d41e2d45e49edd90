"""The site of the sandbox: the real application over HTTPS on this machine, watched, and spoiled when asked."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from socket import SHUT_RDWR, socket
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.wsgi import get_wsgi_application
from django.db import connections

from bascule.errors import RefusedError

_HERE: Final = "127.0.0.1"
_WRITES: Final = ("POST", "PUT")
#: Seconds that a spoiled answer asks to wait.
RETRY_AFTER: Final = 1
_WSGI = Callable[..., Iterable[bytes]]


class PortTakenError(RefusedError):
    """Something listens already where the sandbox should.

    Args:
        port (int): the port.
    """

    code = "kit.port-taken"

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Le port {port} n’est pas libre sur cette machine. Donnez-en un autre par --port, ou aucun : le bac à"
            " sable en trouvera un."
        )


class Spoil(Enum):
    """What may go wrong with a write, once."""

    CUT = "cut"
    UNAVAILABLE = "unavailable"
    TOO_MANY = "token.too-many-calls"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that arrived.

    Attributes:
        method: HTTP method.
        path: without the query.
        key: its `Idempotency-Key`, or `tacheId`, or blank.
        status: what was answered; 0 when the line was cut.
        at: seconds on a clock that only goes forward.
        refusal: code of the refusal that was answered; blank for none.
        state: its `If-Match`, or blank.
    """

    method: str
    path: str
    key: str
    status: int
    at: float
    refusal: str = ""
    state: str = ""

    @property
    def is_deposit(self) -> bool:
        """Tell whether it deposits a file: as any, or groups by the official call, the one that puts."""
        return self.method == "PUT" or (self.method == "POST" and self.path.endswith("/imports"))

    @property
    def is_confirmation(self) -> bool:
        """Tell whether it confirms an import."""
        return self.method == "POST" and self.path.endswith("/confirmation")


@dataclass
class Site:
    """A site that listens.

    Attributes:
        address: where.
        calls: what arrived, in order.
        spoils: what goes wrong with the next deposits, in order.
        confirming: what is done to each confirmation before the application has it; it may cut the line after.
    """

    address: str
    calls: list[Call] = field(default_factory=list)
    spoils: list[Spoil] = field(default_factory=list)
    confirming: Callable[[dict[str, Any]], Spoil | None] | None = None


@contextmanager
def listening(
    certificate: tuple[Path, Path], *, after: Callable[[str], None], port: int = 0
) -> Iterator[Site]:
    """Serve the application over HTTPS for the block, at a port of this machine.

    Args:
        certificate (tuple[Path, Path]): the certificate and its key, in PEM.
        after (Callable[[str], None]): told the path of each write, before it is answered.
        port (int): the port; 0 for any that is free.

    Yields:
        Site: the site. A port that is not free is refused before.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*certificate)
    try:
        server = _Server((_HERE, port), _Handler)
    except OSError:
        raise PortTakenError(port) from None
    site = Site(f"https://{_HERE}:{server.server_port}")
    server.context = context
    server.set_app(_Witness(site, get_wsgi_application(), after))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    """A server whose lines are enciphered, each in its own thread."""

    daemon_threads = True
    block_on_close = True
    context: ssl.SSLContext

    def server_bind(self) -> None:
        """Bind, without asking anybody for the name of this machine."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = _HERE, int(self.server_address[1])
        self.setup_environ()

    def get_request(self) -> tuple[socket, Any]:
        """Take a line; its handshake is made where it is read, so that nobody waits for it."""
        line, where = self.socket.accept()
        line.settimeout(60)
        return (
            self.context.wrap_socket(line, server_side=True, do_handshake_on_connect=False),
            where,
        )

    def handle_error(self, *_told: Any) -> None:
        """Say nothing: who does not trust the certificate hangs up, as is expected."""


class _Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "HTTPS": "on", "kit.line": self.connection}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name above
        """Say nothing: the terminal is the editor's."""

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()


class _Witness:
    """Notes what arrives, and spoils what it is asked to spoil."""

    def __init__(self, site: Site, application: _WSGI, after: Callable[[str], None]) -> None:
        self._site, self._application, self._after = site, application, after

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        call = Call(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ.get("HTTP_IDEMPOTENCY_KEY", "") or environ.get("HTTP_TACHEID", ""),
            0,
            time.monotonic(),
            state=environ.get("HTTP_IF_MATCH", ""),
        )
        spoil = self._site.spoils.pop(0) if call.is_deposit and self._site.spoils else None
        if call.is_confirmation and self._site.confirming:
            spoil = self._site.confirming(environ)
        if spoil in (Spoil.UNAVAILABLE, Spoil.TOO_MANY):
            # What was sent is read to its end: who writes is not to find the door shut.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            return self._say_later(spoil, call, start_response)
        told: list[Any] = []
        try:
            content = b"".join(self._application(environ, lambda *said: told.extend(said[:2])))
        finally:
            connections.close_all()
        if call.method in _WRITES:
            self._after(call.path)
        if spoil is Spoil.CUT:
            self._note(call, 0)
            with suppress(OSError):
                environ["kit.line"].shutdown(SHUT_RDWR)
            raise ConnectionAbortedError
        self._note(call, int(told[0][:3]), _refusal(content))
        start_response(*told)
        return (content,)

    def _say_later(self, spoil: Spoil, call: Call, start_response: Any) -> Iterable[bytes]:
        status = (
            "503 Service Unavailable" if spoil is Spoil.UNAVAILABLE else "429 Too Many Requests"
        )
        detail = "Réessayez dans un moment : le temps que dit « Retry-After »."
        said = {
            "type": "about:blank",
            "title": status[4:],
            "status": int(status[:3]),
            "code": spoil.value,
            "detail": detail,
        }
        content = json.dumps(said, ensure_ascii=False).encode()
        self._note(call, int(status[:3]))
        start_response(
            status,
            [
                ("Content-Type", "application/problem+json"),
                ("Content-Length", str(len(content))),
                ("Retry-After", str(RETRY_AFTER)),
            ],
        )
        return (content,)

    def _note(self, call: Call, status: int, refusal: str = "") -> None:
        self._site.calls.append(replace(call, status=status, refusal=refusal))


def _refusal(content: bytes) -> str:
    with suppress(ValueError, AttributeError):
        return str(json.loads(content).get("code", ""))
    return ""
