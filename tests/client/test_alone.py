"""The school's side works with nothing but Python, and its window is for its own machine."""

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bascule_client.client import Me, Run, UnreachableError
from bascule_client.press import Result, sync
from bascule_client.settings import Settings, SettingsError, read_settings
from bascule_client.window import Window, window

TOKEN = "bsc_0990001N_1_" + "A" * 43
SOURCES = Path(__file__).parents[2] / "src"
_MODULES = "client command kept press settings watch window"


def test_it_needs_nothing_but_python() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(SOURCES)!r})\n"
        f"for name in {_MODULES.split()!r}: __import__('bascule_client.' + name)\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )
    # Without site-packages: whatever is installed here is out of reach.
    said = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "['__main__', 'bascule_client']"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"BASCULE_TOKEN": TOKEN}, "adresse"),
        ({"BASCULE_URL": "https://b.fr"}, "jeton"),
        ({"BASCULE_URL": "http://b.fr", "BASCULE_TOKEN": TOKEN}, "https"),
        ({"BASCULE_URL": "https://b.fr", "BASCULE_TOKEN": TOKEN[:-1]}, "complet"),
        ({"BASCULE_URL": "https://b.fr", "BASCULE_TOKEN": TOKEN, "BASCULE_ANNEE": "x"}, "2026"),
        (
            {"BASCULE_URL": "https://b.fr", "BASCULE_TOKEN": TOKEN, "BASCULE_LOGICIEL": "N\n1"},
            "NOM 4.2",
        ),
    ],
)
def test_what_cannot_be_used_is_said(
    told: dict[str, str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=sentence):
        read_settings(None, told)


def test_a_token_is_never_shown() -> None:
    assert "AAAA" not in repr(Settings("https://b.fr", TOKEN))


def test_a_site_that_does_not_answer_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bascule_client import client  # noqa: PLC0415 - to wait less

    (tmp_path / "0990001NPRIVE2026.xml").write_bytes(b"<IMPORT_ELEVES/>")
    settings = Settings("http://127.0.0.1:9", TOKEN, outbox=tmp_path, home=tmp_path)
    site = client.Bascule(settings, patience=0.1)

    with pytest.raises(UnreachableError, match="recommencez"):
        sync(settings, site=site)

    # The key of the sending is kept for the next press.
    kept = (tmp_path / ".bascule-etat.json").read_text()
    assert '"key"' in kept
    assert '"run"' not in kept
    with pytest.raises(UnreachableError):
        sync(settings, site=site)
    assert (tmp_path / ".bascule-etat.json").read_text() == kept


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Window, list[int]]]:
    pressed: list[int] = []

    def press() -> Result:
        pressed.append(1)
        return Result(["Tout va <bien>."], page="https://b.fr/e/")

    made = window(Settings("https://b.fr", TOKEN, home=tmp_path), press)
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made, pressed
    made.close()
    thread.join()


def asked(request: urllib.request.Request | str) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, ""


def test_the_window_has_one_button_and_presses_for_its_own_page_alone(
    opened: tuple[Window, list[int]],
) -> None:
    made, pressed = opened
    _, page = asked(made.address)
    assert page.count("<button>") == 1

    def press(mark: str, **headers: str) -> tuple[int, str]:
        body = urlencode({"mark": mark}).encode()
        return asked(urllib.request.Request(made.address, body, headers))  # noqa: S310 - ours

    assert press("")[0] == 403
    assert press(made.mark, Host="bascule.invalid")[0] == 404
    assert pressed == []
    status, page = press(made.mark)
    assert status == 200
    assert "Tout va &lt;bien&gt;." in page
    assert 'href="https://b.fr/e/"' in page
    assert pressed == [1]


class _Site:
    """A site that takes every file at once, and counts how often it is asked who one is."""

    def __init__(self) -> None:
        self.asked, self.years = 0, list[int]()

    def me(self) -> Me:
        self.asked += 1
        return Me("0990001N", "Essai", (), "2027-08-31", (2026,))

    def deposit(self, _files: object, *, year: int, **_more: object) -> Run:
        self.years.append(year)
        return Run(len(self.years), "applied", year, {}, (), "https://site/")

    def wait(self, run: Run) -> Run:
        return run

    def findings(self, _run: Run) -> list[object]:
        return []


def test_a_press_asks_once_what_its_token_is_good_for(tmp_path: Path) -> None:
    outbox = tmp_path / "envoi"
    outbox.mkdir()
    for name in ("a.xml", "b.xml", "c.xml"):
        (outbox / name).write_text(name)
    settings = Settings("https://site/", TOKEN, outbox=outbox, home=tmp_path)
    site: Any = _Site()

    sync(settings, site=site)
    assert (site.asked, site.years) == (1, [2026] * 3)
    # One that sends nothing asks nothing.
    sync(settings, site=site)
    assert site.asked == 1
