"""A small page on this machine alone, with the one button."""

import secrets
import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs

from bascule_client.client import BasculeError
from bascule_client.kept import Kept
from bascule_client.press import Press
from bascule_client.settings import Settings, SettingsError

_HERE: Final = "127.0.0.1"
_MOST: Final = 1000
_PAGE: Final = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>bascule</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="{nonce}">body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}}
button{{font:inherit;padding:.8rem 1.6rem;background:#0b4f8a;color:#fff;border:0;border-radius:.4rem}}
pre{{white-space:pre-wrap;background:#f2f4f7;padding:1rem}}</style></head>
<body><main><h1>Échanger avec la base élèves</h1><p>Établissement {school}.</p>
<form method="post"><input type="hidden" name="mark" value="{mark}"><button>Envoyer et recevoir</button></form>
<h2>Dernier échange</h2><p>{at}</p><pre role="status">{said}</pre>{link}</main></body></html>
"""


def window(settings: Settings, press: Press, *, port: int = 0) -> "Window":
    """Open the page.

    Args:
        settings (Settings): what the office told.
        press (Press): does one press.
        port (int): where; 0 for any that is free.

    Returns:
        Window: to be served, then closed.
    """
    return Window(settings, press, port)


class Window:
    """The page, at its address.

    Args:
        settings (Settings): what the office told.
        press (Press): does one press.
        port (int): where.
    """

    def __init__(self, settings: Settings, press: Press, port: int) -> None:
        self.settings, self.press = settings, press
        #: Shown in the page and asked back: a page from elsewhere cannot press.
        self.mark = secrets.token_urlsafe(16)
        self.one_at_a_time = threading.Lock()
        answering = type("Answering", (_Answering,), {"window": self})
        self._server = ThreadingHTTPServer((_HERE, port), answering)
        self.host = f"{_HERE}:{self._server.server_port}"
        self.address = f"http://{self.host}/"

    def serve(self) -> None:
        """Answer until closed."""
        self._server.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def page(self, nonce: str, said: str, link: str) -> bytes:
        """Draw the page.

        Args:
            nonce (str): of its style.
            said (str): what was just said; blank for what the last press said.
            link (str): where a person goes on; blank for nowhere.

        Returns:
            bytes: HTML.
        """
        last = Kept.read(self.settings.home).last
        return _PAGE.format(
            nonce=nonce,
            school=escape(self.settings.school),
            mark=self.mark,
            at=escape(str(last.get("at", "Aucun échange encore."))),
            said=escape(said or str(last.get("said", ""))),
            link=f'<p><a href="{escape(link)}">Voir sur le site</a></p>' if link else "",
        ).encode()


class _Answering(BaseHTTPRequestHandler):
    window: Window
    server_version, sys_version = "bascule", ""

    def do_GET(self) -> None:
        if self._is_own():
            self._answer("", "")

    def do_POST(self) -> None:
        if not self._is_own():
            return
        size = min(int(self.headers.get("Content-Length") or 0), _MOST)
        typed = parse_qs(self.rfile.read(size).decode("ascii", "replace"))
        if not secrets.compare_digest(typed.get("mark", [""])[0], self.window.mark):
            self.send_error(403)
            return
        with self.window.one_at_a_time:
            try:
                result = self.window.press()
            except (BasculeError, SettingsError) as fault:
                self._answer(str(fault), "")
            else:
                self._answer(str(result), result.page)

    def log_message(self, *_args: Any) -> None:
        """Say nothing: the page does."""

    def _is_own(self) -> bool:
        """Answer nobody who came by another name, as a page from elsewhere would."""
        if self.headers.get("Host") == self.window.host and self.path == "/":
            return True
        self.send_error(404)
        return False

    def _answer(self, said: str, link: str) -> None:
        nonce = secrets.token_urlsafe(8)
        content = self.window.page(nonce, said, link)
        rules = f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'"
        self.send_response(200)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(content))),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", rules),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
