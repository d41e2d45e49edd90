"""Where software may be told that its work is done: addresses that the authority lists, and the one call made to them.

Whoever calls names the address, so the site could be made to knock at doors of its own network: only listed origins
are called, over HTTPS, at the address that was looked at, and nothing that they answer is followed or kept.
"""

import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bascule.errors import RefusedError

#: Seconds for each step of a call, and for all of it once the name is known: whoever answers drop by drop is cut.
PATIENCE: Final = 10
LONGEST_CALL: Final = 20
_LONGEST: Final = 500
_PORTS: Final = {"https": 443, "http": 80}
_HEARD: Final = range(200, 300)
_NAME: Final = re.compile(r"[a-z0-9.:-]+")
#: Public to see, and ways into a private network: what translates or carries addresses of version 4.
_CARRIERS: Final = tuple(
    map(ipaddress.IPv6Network, ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))
)


class ReturnAddressError(RefusedError):
    """The address is not one that the authority lists."""

    code = "return-address.not-listed"

    def __init__(self) -> None:
        super().__init__(
            "L’adresse de retour n’est pas parmi celles que l’académie permet d’appeler. Demandez-lui de l’inscrire,"
            " ou envoyez sans adresse de retour et suivez l’import."
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a call.

    Attributes:
        status: what was answered; None for nothing.
        fault: `not-allowed`, `private`, `unknown-name`, `no-answer`; blank when something was answered.
    """

    status: int | None = None
    fault: str = ""

    @property
    def is_heard(self) -> bool:
        """Tell whether whoever was called took it."""
        return self.status in _HEARD


def check(address: str, *, allowed: Collection[str]) -> SplitResult:
    """Refuse an address that may not be called.

    Args:
        address (str): as the software gave it.
        allowed (Collection[str]): origins: `https://agenda.example.fr`, with a port where it has one of its own.

    Returns:
        SplitResult: its parts.

    Raises:
        ReturnAddressError: if its origin is not listed, or is in the clear anywhere but on this machine.
    """
    parts = _parts(address)
    listed = {_origin(_parts(one)) for one in allowed}
    if parts is None or _origin(parts) not in listed - {None}:
        raise ReturnAddressError
    return parts


def is_origin(entry: str) -> bool:
    """Tell whether an entry of the list is one: a scheme, a name and, if need be, a port.

    Args:
        entry (str): as whoever runs the site wrote it.

    Returns:
        bool: whether addresses may be called because of it.
    """
    parts = _parts(entry)
    return (
        parts is not None
        and parts.path in {"", "/"}
        and not parts.query
        and _NAME.fullmatch(parts.hostname or "") is not None
    )


def origin_of(address: str) -> str:
    """Tell whom an address calls.

    Args:
        address (str): one that was listed when it was given.

    Returns:
        str: its origin, with its port; blank for an address that is not written as it should be.
    """
    origin = _origin(_parts(address))
    return "{}://{}:{}".format(*origin) if origin else ""


def is_outside(address: str) -> bool:
    """Tell whether an address of the network, found for a name, is one of the Internet.

    Args:
        address (str): of version 4 or 6.

    Returns:
        bool: False for a private network, and for what leads into one.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif any(found in carrier for carrier in _CARRIERS):
            return False
    return found.is_global and not found.is_multicast


def send(
    address: str, content: bytes, *, allowed: Collection[str], within: float = LONGEST_CALL
) -> Heard:
    """Post something to an address, once.

    Args:
        address (str): the address.
        content (bytes): JSON.
        allowed (Collection[str]): origins that may be called, today.
        within (float): seconds after which the call is cut, whatever came of it.

    Returns:
        Heard: what came of it; no redirection is followed, and nothing of the answer is read.
    """
    try:
        parts = check(address, allowed=allowed)
    except ReturnAddressError:
        return Heard(fault="not-allowed")
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        return Heard(fault="unknown-name")
    # An entry that is itself an address says that it may be called, wherever it is; a name may lead anywhere later.
    if _as_ip(host) is None and not all(map(is_outside, found)):
        return Heard(fault="private")
    try:
        with closing(_Link(parts.scheme, host, port, min(found))) as link, link.cut_after(within):
            path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            link.request("POST", path, content, {"Content-Type": "application/json; charset=utf-8"})
            return Heard(link.getresponse().status)
    except (OSError, http.client.HTTPException):
        return Heard(fault="no-answer")


class _Link(http.client.HTTPConnection):
    """A connection to one address of a name: the one that was looked at, and no other that the name may have next."""

    sock: socket.socket | None

    def __init__(self, scheme: str, host: str, port: int, at: str) -> None:
        super().__init__(host, port, timeout=PATIENCE)
        self._at, self._is_sealed = at, scheme == "https"

    def connect(self) -> None:
        """Connect, and see that whoever answers has the name."""
        self.sock = socket.create_connection((self._at, self.port), PATIENCE)
        if self._is_sealed:
            # In two steps: what is to be cut is there before anything is said.
            self.sock = sealed = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            sealed.do_handshake()

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut the call if it lasts: each step has a time of its own, and nothing says how many steps there are."""
        timer = Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        with suppress(OSError):
            if self.sock is not None:
                # Not that of a sealed socket, which would take the seal from under whoever reads.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _parts(address: str) -> SplitResult | None:
    """Read an address; None for one that is not written as it should be."""
    if (
        len(address) > _LONGEST
        or not address.isascii()
        or not address.isprintable()
        or " " in address
    ):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.fragment or port == 0:
        return None
    if parts.scheme == "http" and not _is_here(parts.hostname):
        return None
    return parts if parts.scheme in _PORTS else None


def _origin(parts: SplitResult | None) -> tuple[str, str, int] | None:
    if parts is None:
        return None
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def _is_here(host: str) -> bool:
    address = _as_ip(host)
    return address is not None and address.is_loopback


def _as_ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
