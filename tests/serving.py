"""`bascule serve` under way, on a base of a test, in the clear or over TLS."""

import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

#: What a loaded machine may take; a free one takes two seconds.
PATIENCE = 90
PROGRAM = "import sys; from bascule.config.main import main; sys.exit(main(sys.argv[1:]))"


@dataclass
class Site:
    """A `bascule serve` under way."""

    process: "subprocess.Popen[str]"
    port: int
    authority: Path | None = None

    @property
    def address(self) -> str:
        return f"{'https' if self.authority else 'http'}://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        page = f"{self.address}/sante/"
        trust = ssl.create_default_context(cafile=self.authority) if self.authority else None
        with (
            suppress(OSError),
            urllib.request.urlopen(page, timeout=5, context=trust) as got,  # noqa: S310 - ours
        ):
            return bool(got.status == 200)
        return False

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process | None:
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):
                if word in child.cmdline():
                    return child
        return None

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Stop it; give how it ended, and after how long."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE), time.monotonic() - began


def wait_until(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, "waited for too long"
        time.sleep(0.1)


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Serve = Callable[..., Site]


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[Serve]:
    """Give what opens sites; all of them are gone at the end."""
    opened: list[Site] = []

    def begin(*options: str, own: dict[str, str] | None = None, tls: Path | None = None) -> Site:
        port = free_port()
        certificate = ("--tls-certificate", f"{tls}.crt", "--tls-key", f"{tls}.key") if tls else ()
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM, "serve", "--port", str(port), *certificate, *options],
            env=own or {**environment, "BASCULE_HTTPS": "oui" if tls else "non"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        opened.append(Site(process, port, tls and Path(f"{tls}.crt")))
        wait_until(lambda: opened[-1].answers() or process.poll() is not None)
        assert process.poll() is None, process.communicate()[1]
        return opened[-1]

    try:
        yield begin
    finally:
        for site in opened:
            if site.process.poll() is None:
                for process in (psutil.Process(site.process.pid), *site.family()):
                    with suppress(psutil.Error):
                        process.kill()
            site.process.communicate()


def make_certificate(path: Path) -> Path:
    """Write a certificate for this machine, and its key, beside each other: `path.crt`, `path.key`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bascule d’essai")])
    now = datetime.now(tz=UTC)  # noqa: TID251 - a certificate is good from now on
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    Path(f"{path}.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    Path(f"{path}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
