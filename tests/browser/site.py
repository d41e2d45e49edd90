"""The real site, served to a real browser: its base, its people, the server, and what it was told."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, Response
from pytest_django import DjangoDbBlocker
from tests.bases import SECRET_KEY, SEED_KEY, Base, pointed_at
from tests.browser.world import World

#: Without its own windows, whose drawing costs more than that of the pages.
CHROMIUM = Path("/usr/bin/chromium-headless-shell")
WIDE = {"width": 1366, "height": 768}
NARROW = {"width": 320, "height": 640}

#: How long the server may take to answer for the first time.
_PATIENCE_SECONDS = 30


@dataclass
class Site:
    """The site under test.

    `faults` is what browsers complained of: a refusal of the policy of content, an error of a script,
    a request to another host, an answer without its headers, an answer that says it broke.
    """

    url: str
    base: Base
    blocker: DjangoDbBlocker
    world: World
    faults: list[str] = field(default_factory=list)

    def cookie_of(self, who: str) -> str:
        """Sign somebody in; gives the number of the session."""
        with self.opened():
            return self.world.session(who)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Let the test itself ask the base."""
        with self.blocker.unblock(), pointed_at(self.base.server, self.base.name):
            yield

    def window(self, browser: Browser, who: str = "nobody", **options: object) -> BrowserContext:
        """Open a window for somebody, and listen to all that happens in it."""
        settled = {"viewport": WIDE, "locale": "fr-FR", "timezone_id": "Europe/Paris"}
        context = browser.new_context(base_url=self.url, **{**settled, **options})
        if who != "nobody":
            context.add_cookies(
                [
                    {
                        "name": settings.SESSION_COOKIE_NAME,
                        "value": self.cookie_of(who),
                        "url": self.url,
                        "httpOnly": True,
                        "sameSite": "Lax",
                    }
                ]
            )
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("request", self._see_request)
        context.on("response", self._see_response)
        return context

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium writes the status of a page that is meant to be 404 as an error too.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _see_request(self, request: Request) -> None:
        if urlsplit(request.url).path == "/csp/":
            self.faults.append(f"content security policy: {request.post_data}")
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"request to another host: {request.url}")

    def _see_response(self, response: Response) -> None:
        if not response.url.startswith(self.url):
            return
        missing = missing_headers(response.headers, response.url)
        self.faults += [f"{urlsplit(response.url).path}: {one}" for one in missing]
        if response.status >= 500 and "/erreur/" not in response.url:
            self.faults.append(f"{urlsplit(response.url).path}: {response.status}")


def missing_headers(headers: dict[str, str], url: str) -> list[str]:
    """Name the headers that every answer must bear and this one does not."""
    expected = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    missing = [name for name, value in expected.items() if headers.get(name) != value]
    policy = headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        missing.append("content-security-policy")
    is_static = urlsplit(url).path.startswith("/static/")
    if not is_static and headers.get("cache-control") != "no-store":
        missing.append("cache-control")
    if any(sign.isdigit() for sign in headers.get("server", "")):
        missing.append("server (it says its version)")
    return missing


@contextmanager
def served(base: Base, home: Path) -> Iterator[str]:
    """Serve a base on a free port of the loopback; gives the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home / "server.log"
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws"),
        "bascule.config.wsgi:application",
    ]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((os.environ["PYTHONPATH"], str(Path.cwd()))),
        "BASCULE_HOME": str(home / "home"),
        "BASCULE_DATABASE_URL": base.url,
        "BASCULE_SECRET_KEY": SECRET_KEY,
        "BASCULE_SEED_KEYS": SEED_KEY,
        "BASCULE_HTTPS": "no",
        "BASCULE_AUTHORITY_NAME": "Académie de Vermeille",
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
    }
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://localhost:{port}"
            _wait_for(f"http://127.0.0.1:{port}/sante/", server, log)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=20):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"the site does not answer:\n{log.read_text(errors='replace')[-4000:]}")
