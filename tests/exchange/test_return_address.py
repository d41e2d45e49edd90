"""Which return addresses are called, and what a call does: listed, sealed, public, and never led elsewhere."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
def listening(
    *statuses: int, meanwhile: Callable[[], object] = bool
) -> Iterator[tuple[str, list[bytes]]]:
    """Give the address of somebody who answers so, then as the last time, and what they were told.

    They do something before they answer the first time.
    """
    told: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            if len(told) == 1:
                meanwhile()
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


@pytest.mark.parametrize(
    ("address", "is_outside"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1", True),
        ("::ffff:93.184.216.34", True),
        ("::ffff:10.0.0.1", False),
        # Those carry 10.0.0.1.
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:a00:1::1", False),
        ("::10.0.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%2", False),
    ],
)
def test_what_a_name_leads_to_is_of_the_internet(address: str, is_outside: bool) -> None:  # noqa: FBT001
    assert return_address.is_outside(address) is is_outside


def test_an_entry_is_an_origin_alone() -> None:
    good = ("https://agenda.example.fr", "https://[2606:4700::1]:8443/", "http://127.0.0.1:8800")
    bad = (
        "agenda.example.fr", "http://agenda.example.fr", "https://a.example.fr,https://b.example.fr",
        "https://a.example.fr,", "https://a.example.fr/fini", "https://a.example.fr/?x=1", "https://*.example.fr",
    )  # fmt: skip

    assert [one for one in (*good, *bad) if return_address.is_origin(one)] == [*good]


def test_whoever_answers_drop_by_drop_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            with suppress(OSError), server.accept()[0] as caller:
                for _ in range(100):
                    caller.sendall(b"H")
                    time.sleep(0.05)

        Thread(target=drip, daemon=True).start()
        address, began = f"http://127.0.0.1:{server.getsockname()[1]}", time.monotonic()
        heard = return_address.send(address, b"{}", allowed=(address,), within=0.2)

    assert heard == Heard(fault="no-answer")
    assert time.monotonic() - began < 2


def test_a_redirection_is_not_followed_and_silence_is_told() -> None:
    with listening(307) as (address, told):
        heard = return_address.send(f"{address}/a?b=1", b'{"x": 1}', allowed=(address,))
    gone = return_address.send(f"{address}/a", b"{}", allowed=(address,))

    assert (heard, heard.is_heard, told) == (Heard(307), False, [b'{"x": 1}'])
    assert gone == Heard(fault="no-answer")
    assert Heard(204).is_heard
