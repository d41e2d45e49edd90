"""Pages that say no: what happened, whether anything changed (only if true), what to do, a reference."""

import re
from datetime import timedelta

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR

from bascule.schools.open_year import State, change_state

pytestmark = pytest.mark.usefixtures("wrong")

UNCHANGED = "Vos données n’ont pas été modifiées."


@pytest.fixture
def wrong(settings: Settings) -> None:
    """Add pages that go wrong."""
    settings.ROOT_URLCONF = "tests.browser.urls"


def headings(page: str) -> list[str]:
    return re.findall(r"<h1>([^<]+)</h1>", page)


@pytest.mark.parametrize(
    ("kind", "status", "heading", "says_unchanged"),
    [
        ("400", 400, "Demande illisible", True),
        ("403", 403, "Cette page demande un droit que vous n’avez pas", True),
        ("404", 404, "Page introuvable", False),
        ("409", 409, "Ce n’est pas possible", False),
        ("413", 413, "Envoi trop volumineux", True),
        ("429", 429, "Trop d’essais", True),
        ("csrf", 403, "Ce formulaire n’est plus valable", True),
        ("busy", 503, "Un autre travail est en cours", True),
        ("close", 409, "Cette année est close", True),
        ("500", 500, "Le site a rencontré un problème", False),
        ("503", 503, "Le site est momentanément indisponible", False),
    ],
)
def test_each_says_what_happened_and_gives_a_reference(
    cast: Cast,
    kind: str,
    status: int,
    heading: str,
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
    *,
    says_unchanged: bool,
) -> None:
    settings.BASCULE_HELP_PHONE = "01 99 00 99 00"
    with caplog.at_level("INFO", logger="bascule.web.errors"):
        answer = browser(cast.head).get(f"/erreur/{kind}/?nom=PERSONNE")

    page = answer.content.decode()
    assert answer.status_code == status
    assert headings(page) == [heading]
    assert (UNCHANGED in page) is says_unchanged
    reference = re.search(r"Référence à donner à l’assistance : <strong[^>]*>([0-9a-f]{8})<", page)
    assert reference
    assert f"answer {reference[1]}: {status} GET /erreur/{kind}/" in caplog.messages
    assert "01 99 00 99 00" in page
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_right_that_is_missing_is_named(cast: Cast) -> None:
    page = browser(cast.head).get("/erreur/403/").content.decode()

    assert "Gérer les comptes et déléguer" in page


def test_a_refusal_says_its_sentence_and_its_code(cast: Cast) -> None:
    page = browser(cast.head).get("/erreur/409/").content.decode()

    assert "Ce fichier est celui de l’établissement 0990002P." in page
    assert "import.wrong-school" in page


def test_an_address_that_leads_nowhere_says_the_same_to_all(base: Base) -> None:
    answer = browser().get("/nulle/part/")

    assert answer.status_code == 404
    assert headings(answer.content.decode()) == ["Page introuvable"]


def test_a_host_that_is_not_ours_is_no_request(base: Base) -> None:
    assert Client().get("/", SERVER_NAME="ailleurs.example").status_code == 400


def test_a_form_without_its_mark_is_not_taken(cast: Cast) -> None:
    client = browser(cast.head, enforce_csrf_checks=True)

    answer = client.post("/langue/", {"langue": "en"})

    assert answer.status_code == 403
    assert headings(answer.content.decode()) == ["Ce formulaire n’est plus valable"]


def test_a_closed_year_is_not_written(cast: Cast) -> None:
    change_state(uai=cast.school, year=YEAR, state=State.CLOSED, actor="tests", at=timezone.now())

    answer = browser(cast.head).post(f"/e/{cast.school}/{YEAR}/exemple/ecrire/")

    assert answer.status_code == 409
    assert headings(answer.content.decode()) == ["Cette année est close"]


def test_a_fault_takes_back_what_was_written(cast: Cast, base: Base) -> None:
    answer = browser(cast.head).get("/erreur/broken/")

    assert answer.status_code == 500
    with base.look() as administrator:
        found = administrator.execute("SELECT FROM journal_access WHERE actor = 'broken'")
        assert found.rowcount == 0


def test_a_base_that_does_not_answer_is_said_without_it(cast: Cast) -> None:
    client = browser(cast.head)
    kept = dict(connections.settings["default"])
    connections.close_all()
    connections.settings["default"]["HOST"] = "/nowhere"
    try:
        answer = client.get("/")
    finally:
        connections.close_all()
        connections.settings["default"].update(kept)

    assert answer.status_code == 503
    assert headings(answer.content.decode()) == ["Le site est momentanément indisponible"]
    assert answer.headers["Retry-After"] == "30"


def test_a_school_that_is_held_is_told_and_what_was_typed_is_sent_again(
    cast: Cast, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(cast.head)
    monkeypatch.setattr("bascule.store.locks.PATIENCE_MS", 50)
    ends = timezone.localdate() + timedelta(days=200)
    typed = {"name": "Mon <logiciel>", "scopes": ["runs:read"], "expires_on": f"{ends:%d/%m/%Y}"}
    with psycopg.connect(base.url) as another:
        another.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [cast.school])

        answer = client.post(f"/e/{cast.school}/logiciel/nouveau/", typed)

    assert answer.status_code == 503
    page = answer.content.decode()
    assert headings(page) == ["Un autre travail est en cours"]
    assert '<input type="hidden" name="name" value="Mon &lt;logiciel&gt;">' in page
    assert '<input type="hidden" name="scopes" value="runs:read">' in page


def test_a_base_that_stops_answering_in_the_middle_is_said_too(cast: Cast, base: Base) -> None:
    client = browser(cast.head)
    connections["default"].cursor().execute("SET lock_timeout = 50")
    with psycopg.connect(base.owner_url) as another:
        another.execute("LOCK TABLE helpdesk_news IN ACCESS EXCLUSIVE MODE")

        answer = client.get("/")

    assert answer.status_code == 503
    assert headings(answer.content.decode()) == ["Le site est momentanément indisponible"]
    assert client.get("/").status_code == 200


def test_what_is_too_large_is_refused_before_it_is_read(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bascule.web.uploads.MOST_BYTES", 1000)
    client = browser(cast.head)
    url = f"/e/{cast.school}/{YEAR}/imports/deposer/"

    answer = client.post(url, {"deposited": SimpleUploadedFile("f.xml", b"x" * 2000)})

    assert answer.status_code == 413
    assert headings(answer.content.decode()) == ["Envoi trop volumineux"]
    assert client.post(url, {"deposited": SimpleUploadedFile("f.xml", b"x")}).status_code == 200
