"""Which return addresses are called, and what a call does: listed, sealed, public, and never led elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from bascule.exchange import return_address
from bascule.exchange.return_address import Heard, ReturnAddressError

LISTED = (
    "https://agenda.example.fr",
    "https://edt.example.com:8443/",
    "https://10.1.2.3",
    "http://127.0.0.1:8800",
    "http://edt.example.com",
)


@contextmanager
def listening(*statuses: int) -> Iterator[tuple[str, list[bytes]]]:
    """Give the address of somebody who answers so, then as the last time, and what they were told."""
    told: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(statuses[min(len(told), len(statuses)) - 1])
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", told
        server.shutdown()


@pytest.mark.parametrize(
    "address",
    [
        "https://agenda.example.fr/fini?tache=1",
        "https://AGENDA.example.fr:443/",
        "https://edt.example.com:8443/x",
        "https://10.1.2.3/x",
        "http://127.0.0.1:8800/x",
    ],
)
def test_what_is_listed_may_be_called(address: str) -> None:
    assert return_address.check(address, allowed=LISTED).hostname


@pytest.mark.parametrize(
    "address",
    [
        "",
        "agenda.example.fr",
        "http://agenda.example.fr/",
        # Listed in the clear, which is for this machine only.
        "http://edt.example.com/",
        "https://agenda.example.fr:8443/",
        "https://agenda.example.fr@evil.example.com/",
        "https://evil.example.com#@agenda.example.fr",
        "https://agenda.example.fr#x",
        "https://agenda.example.fr.evil.example.com/",
        "https://agenda.example.fr\r\nX: y/",
        "https://agenda.example.fr\\@evil.example.com/",
        "https://[::1",
        "https://10.1.2.4/",
        "http://127.0.0.1:8801/",
        "http://0x7f.1:8800/",
        "file:///etc/passwd",
        "https://agenda.example.fr/" + "x" * 500,
        "https://agenda.example.fr:0/",
        "https://agenda.example.fr:99999/",
    ],
)
def test_nothing_else_may(address: str) -> None:
    with pytest.raises(ReturnAddressError):
        return_address.check(address, allowed=LISTED)
    assert return_address.send(address, b"{}", allowed=LISTED) == Heard(fault="not-allowed")


def test_a_name_that_leads_inside_is_not_called() -> None:
    with listening(200) as (_, told):
        heard = return_address.send("https://localhost/x", b"{}", allowed=("https://localhost",))

    assert (heard, told) == (Heard(fault="private"), [])


def test_a_redirection_is_not_followed_and_silence_is_told() -> None:
    with listening(307) as (address, told):
        heard = return_address.send(f"{address}/a?b=1", b'{"x": 1}', allowed=(address,))
    gone = return_address.send(f"{address}/a", b"{}", allowed=(address,))

    assert (heard, heard.is_heard, told) == (Heard(307), False, [b'{"x": 1}'])
    assert gone == Heard(fault="no-answer")
    assert Heard(204).is_heard
