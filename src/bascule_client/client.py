"""The REST interface of bascule, as a Python program calls it.

Every write bears a key: a call that was cut is asked again under the same key, and is done once. What may pass
by itself (no network, a busy school, too many calls) is tried again until `patience` is over.
"""

import json
import secrets
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from bascule_client.settings import Settings, SettingsError

#: Seconds between two looks at an import: short at first, then longer.
_LOOKS: Final = (0.2, 0.3, 0.5, 1.0, 2.0, 5.0)
_TIMEOUT: Final = 60.0
_LATER: Final = (429, 502, 503, 504)
#: States in which an import waits for nobody but the site.
_UNDER_WAY: Final = ("received",)


class BasculeError(Exception):
    """What was asked was not done; the sentence is for the person."""


class RefusedError(BasculeError):
    """The site said no.

    Args:
        status (int): HTTP status.
        code (str): what a program tells it by; stable.
        sentence (str): French, for the person.
    """

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


class UnreachableError(BasculeError):
    """The site does not answer."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"Le site {address} ne répond pas ({why}). Rien n’est perdu : recommencez plus tard,"
            " l’envoi reprendra où il en était."
        )


@dataclass(frozen=True)
class Me:
    """What the token is good for.

    Attributes:
        school: UAI.
        school_name: its name.
        scopes: codes of what the token may do.
        expires_on: its last day, ISO 8601.
        years: first calendar year of each year that is open, the one under way first.
    """

    school: str
    school_name: str
    scopes: tuple[str, ...]
    expires_on: str
    years: tuple[int, ...]


@dataclass(frozen=True)
class Run:
    """An import.

    Attributes:
        id: its number.
        state: `untold`, `received`, `planned`, `held`, `applied`, `declined`, `undone` or `refused`.
        year: first calendar year.
        counts: what was read, added, changed, left aside.
        guards: French, what holds it.
        page: where a person sees it.
        applies: it goes in by itself when nothing holds it.
        tag: tells this exact state, for `confirm`.
        heading: what the file says of itself; for a refused one, why.
    """

    id: int
    state: str
    year: int
    counts: Mapping[str, Any]
    guards: tuple[str, ...]
    page: str
    applies: bool = False
    tag: str = ""
    heading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_under_way(self) -> bool:
        """Whether the site is still at it."""
        return self.state in _UNDER_WAY or (self.applies and self.state == "planned")


@dataclass(frozen=True)
class Finding:
    """What a rule says of a record.

    Attributes:
        code: of the rule; stable.
        record: how the record reads.
        line: of the file.
        sentence: French, what is wrong.
        remedy: French, what to do.
        blocks: the pupil does not go up to the academic base.
    """

    code: str
    record: str
    line: int
    sentence: str
    remedy: str
    blocks: bool


@dataclass(frozen=True)
class Export:
    """A file that the site made.

    Attributes:
        id: its number.
        kind: word of the export.
        name: official name.
        sha256: digest of its bytes.
    """

    id: int
    kind: str
    name: str
    sha256: str


class Bascule:
    """The site, for the school of a token.

    Args:
        settings (Settings): where, and as whom.
        patience (float): seconds during which what may pass by itself is tried again.
    """

    def __init__(self, settings: Settings, *, patience: float = 60.0) -> None:
        self.settings, self._patience = settings, patience
        try:
            context = ssl.create_default_context(
                cafile=str(settings.authority) if settings.authority else None
            )
        except (OSError, ssl.SSLError):
            raise SettingsError(
                f"Le fichier « autorite », {settings.authority}, n’est pas un certificat lisible."
            ) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        handlers: list[Any] = [HTTPSHandler(context=context)]
        if urlsplit(settings.address).hostname in {"127.0.0.1", "localhost", "::1"}:
            handlers.append(ProxyHandler({}))
        self._opener = build_opener(*handlers)

    def me(self) -> Me:
        """Tell what the token is good for.

        Returns:
            Me: its school, scopes and years.
        """
        said = self._json("GET", "/moi", school=False)
        return Me(
            said["school"]["uai"],
            said["school"]["name"],
            tuple(said["scopes"]),
            said["expires_on"],
            tuple(said["years"]),
        )

    def deposit(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        year: int,
        key: str = "",
        applies: bool = False,
        is_partial: bool = False,
        changes_software: bool = False,
    ) -> Run:
        """Send files.

        Args:
            files (Sequence[tuple[str, bytes]]): name and bytes of each.
            year (int): first calendar year.
            key (str): the same for the same sending, however often it is tried; drawn when empty.
            applies (bool): apply it as soon as it is read, if nothing holds it.
            is_partial (bool): the file holds corrected records only.
            changes_software (bool): the school declares that it changed software.

        Returns:
            Run: the import, to be waited for; that of the first time for bytes applied already.

        Raises:
            RefusedError: if the site refuses the file.
        """
        asked = {
            "annee": year,
            "integrer": _bool(applies),
            "partiel": _bool(is_partial),
            "changement_logiciel": _bool(changes_software),
        }
        body, kind = _multipart(files)
        said = self._json("POST", "/imports", asked, body=body, kind=kind, key=key or new_key())
        return _run(said)

    def run(self, run_id: int) -> Run:
        """Read an import.

        Args:
            run_id (int): its number.

        Returns:
            Run: as it stands.
        """
        content, headers = self._call("GET", f"/imports/{run_id}")
        return _run(json.loads(content), headers.get("ETag", ""))

    def wait(self, run: Run, *, seconds: float = 600.0) -> Run:
        """Wait until the site has read an import.

        Args:
            run (Run): the import.
            seconds (float): how long at most.

        Returns:
            Run: as it stands, read or not.
        """
        ends_at, rank = time.monotonic() + seconds, 0
        run = self.run(run.id)
        while run.is_under_way and time.monotonic() < ends_at:
            time.sleep(_LOOKS[min(rank, len(_LOOKS) - 1)])
            rank += 1
            run = self.run(run.id)
        return run

    def findings(self, run: Run) -> Iterator[Finding]:
        """Read what the rules say of an import.

        Args:
            run (Run): the import.

        Yields:
            Finding: in the order of the file.
        """
        after: int | None = 0
        while after is not None:
            said = self._json(
                "GET", f"/imports/{run.id}/anomalies", {"apres": after, "nombre": 500}
            )
            for one in said["findings"]:
                yield Finding(
                    one["code"],
                    one["record"],
                    one["line"],
                    one["sentence"],
                    one["remedy"],
                    one["blocks"],
                )
            after = said["next"]

    def confirm(self, run: Run, *, key: str = "") -> Run:
        """Apply an import exactly as it was read.

        Args:
            run (Run): the import, as `run` or `wait` gave it.
            key (str): drawn when empty.

        Returns:
            Run: applied.

        Raises:
            RefusedError: if it moved since, or something holds it.
        """
        return _run(self._write(f"/imports/{run.id}/confirmation", key, tag=run.tag))

    def undo(self, run: Run, *, key: str = "") -> Run:
        """Give the school its state before an import back.

        Args:
            run (Run): the import.
            key (str): drawn when empty.

        Returns:
            Run: undone.
        """
        return _run(self._write(f"/imports/{run.id}/annulation", key))

    def expected_kinds(self, *, year: int) -> list[str]:
        """Tell which files the software expects.

        Args:
            year (int): first calendar year.

        Returns:
            list[str]: words of exports.
        """
        return list(self._json("GET", "/exports", {"annee": year})["expected"])

    def make_exports(self, *, year: int, kinds: Sequence[str] = (), key: str = "") -> list[Export]:
        """Have files made.

        Args:
            year (int): first calendar year.
            kinds (Sequence[str]): words of exports; none for those that software expects.
            key (str): drawn when empty.

        Returns:
            list[Export]: to be taken one by one.
        """
        asked = json.dumps({"year": year, "kinds": list(kinds)}).encode()
        said = self._json(
            "POST", "/exports", body=asked, kind="application/json", key=key or new_key()
        )
        return [
            Export(one["export"], one["kind"], one["name"], one["sha256"]) for one in said["files"]
        ]

    def take_export(self, export: Export) -> bytes:
        """Take a file.

        Args:
            export (Export): the file.

        Returns:
            bytes: its content.
        """
        return self._call("GET", f"/exports/{export.id}")[0]

    def mark_of(self, what: str, *, year: int) -> str:
        """Give the mark of structures or nomenclatures: another mark, another content.

        Args:
            what (str): `structures` or `nomenclatures`.
            year (int): first calendar year.

        Returns:
            str: the mark.
        """
        return str(self._call("GET", f"/{what}", {"annee": year})[1].get("ETag", ""))

    def numbers(self, *, year: int) -> dict[str, Any]:
        """Read where the INE of a year stand.

        Args:
            year (int): first calendar year.

        Returns:
            dict[str, Any]: `to_take`, and `numbers`: `id`, `ine`, `stand`, `why`, `remedy`.
        """
        return dict(self._json("GET", "/ine", {"annee": year}))

    def pupils(self, *, year: int) -> dict[str, Any]:
        """Read all the pupils of a year at one instant.

        Args:
            year (int): first calendar year.

        Returns:
            dict[str, Any]: `cursor` and `pupils`.
        """
        return dict(self._json("GET", "/eleves", {"annee": year}))

    def changes(self, *, year: int, since: str) -> dict[str, Any]:
        """Read what changed since a cursor.

        Args:
            year (int): first calendar year.
            since (str): the cursor.

        Returns:
            dict[str, Any]: `cursor`, `pupils` and `removed`.
        """
        return dict(self._json("GET", "/eleves/changements", {"annee": year, "depuis": since}))

    def _write(self, path: str, key: str, *, tag: str = "") -> Any:
        return self._json("POST", path, body=b"", key=key or new_key(), tag=tag)

    def _json(self, method: str, path: str, query: Any = None, **how: Any) -> Any:
        return json.loads(self._call(method, path, query, **how)[0])

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        body: bytes | None = None,
        kind: str = "",
        key: str = "",
        tag: str = "",
        school: bool = True,
    ) -> tuple[bytes, Mapping[str, str]]:
        where = f"/etablissements/{self.settings.school}" if school else ""
        url = f"{self.settings.address}/api/v1{where}{path}"
        if query:
            url += f"?{urlencode(query)}"
        headers = {
            "Authorization": f"Bearer {self.settings.token}",
            "Accept": "application/json",
            **({"Content-Type": kind} if kind else {}),
            **({"Idempotency-Key": key} if key else {}),
            **({"If-Match": tag} if tag else {}),
            **({"Bascule-Software": self.settings.software} if self.settings.software else {}),
        }
        request = Request(url, data=body, method=method, headers=headers)  # noqa: S310 - checked by the settings
        ends_at, rank = time.monotonic() + self._patience, 0
        while True:
            try:
                with self._opener.open(request, timeout=_TIMEOUT) as answer:
                    return answer.read(), answer.headers
            except HTTPError as refusal:
                refused = _refused(refusal)
                wait = _seconds(refusal.headers.get("Retry-After"))
                if refusal.code not in _LATER or time.monotonic() + wait > ends_at:
                    raise refused from None
            except (URLError, HTTPException, TimeoutError, OSError) as fault:
                wait = _LOOKS[min(rank, len(_LOOKS) - 1)]
                if isinstance(getattr(fault, "reason", None), ssl.SSLCertVerificationError):
                    raise UnreachableError(self.settings.address, "certificat refusé") from None
                if time.monotonic() + wait > ends_at:
                    raise UnreachableError(self.settings.address, _why(fault)) from None
            rank += 1
            time.sleep(wait)


def new_key() -> str:
    """Draw a key for a write.

    Returns:
        str: 32 characters.
    """
    return secrets.token_hex(16)


def _run(said: Mapping[str, Any], tag: str = "") -> Run:
    return Run(
        said["run"],
        said["state"],
        said["year"],
        said["counts"],
        tuple(guard.get("sentence", "") for guard in said["guards"]),
        said["page"],
        said["applies"],
        tag,
        said["heading"],
    )


def _refused(answer: HTTPError) -> RefusedError:
    try:
        said = json.loads(answer.read())
        return RefusedError(answer.code, said["code"], said["detail"])
    except (ValueError, KeyError, TypeError, OSError):
        return RefusedError(answer.code, "unknown", f"Le site a répondu {answer.code}.")


def _seconds(said: str | None) -> float:
    return float(said) if said and said.isdecimal() else 1.0


def _why(fault: BaseException) -> str:
    reason = getattr(fault, "reason", fault)
    return type(reason).__name__


def _bool(value: bool) -> str:  # noqa: FBT001 - a value
    return "true" if value else "false"


def _multipart(files: Sequence[tuple[str, bytes]]) -> tuple[bytes, str]:
    edge = secrets.token_hex(16)
    parts = []
    for name, content in files:
        # A quote or a line end in a name would end the heading.
        plain = "".join(c if c.isprintable() and c not in '"\\' else "_" for c in name)
        heading = (
            f'--{edge}\r\nContent-Disposition: form-data; name="fichiers"; filename="{plain}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        parts.append(heading.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
