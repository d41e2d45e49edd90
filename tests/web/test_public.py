"""Pages that everybody may open, and what the frame of pages asks of the site."""

import hashlib
import logging
import re
from datetime import timedelta
from importlib import resources

import pytest
from django.test import override_settings
from django.utils import timezone
from tests.bases import Base
from tests.cast import Cast, browser

from bascule.accounts.models import Session
from bascule.accounts.session_store import IDLE
from bascule.bea import nights
from bascule.bea.models import Night
from bascule.journal import retention
from bascule.ops import traffic
from bascule.web.public.kept import KEPT


@pytest.mark.parametrize("page", ["donnees", "accessibilite", "securite"])
def test_what_concerns_everybody_is_open_to_everybody(cast: Cast, page: str) -> None:
    for who in (None, cast.head, cast.outsider):
        assert browser(who).get(f"/informations/{page}/").status_code == 200


def test_the_notice_tells_each_kind_of_data_and_the_times_that_the_authority_set(
    base: Base,
) -> None:
    retention.set_duration(kind="file", days=61, actor="tests", at=timezone.now())

    page = browser().get("/informations/donnees/").content.decode()

    assert page.count('<th scope="row">') == len(KEPT)
    assert "Fichiers : 61 jours après l’import" in page
    assert "1 an après la sortie, puis 1 an d’archive" in page
    assert "10 ans après la sortie du dernier établissement" in page
    assert "%(" not in page


def test_the_statement_of_accessibility_invents_no_rate(base: Base) -> None:
    page = browser().get("/informations/accessibilite/").content.decode()

    assert "%" not in re.sub(r"<[^>]+>|200\s%", "", page)
    assert "Non conforme" in page


# The language


def test_the_language_chosen_is_kept_and_one_comes_back(base: Base) -> None:
    client = browser()

    answer = client.post("/langue/", {"langue": "en", "suite": "/informations/securite/"})

    assert answer.headers["Location"] == "/informations/securite/"
    cookie = client.cookies["langue"]
    assert (cookie.value, cookie["max-age"], cookie["httponly"]) == ("en", "", True)
    page = client.get("/informations/securite/")
    assert page.headers["Content-Language"] == "en"
    assert '<html lang="en"' in page.content.decode()


def test_the_language_chosen_in_a_browser_comes_before_that_of_the_person(cast: Cast) -> None:
    client = browser(cast.head)
    assert client.get("/").headers["Content-Language"] == "fr"

    client.post("/langue/", {"langue": "en"})

    assert client.get("/").headers["Content-Language"] == "en"


@pytest.mark.parametrize("elsewhere", ["https://ailleurs.fr/", "//ailleurs.fr", "javascript:1"])
def test_a_choice_of_language_leads_to_no_other_site(base: Base, elsewhere: str) -> None:
    answer = browser().post("/langue/", {"langue": "en", "suite": elsewhere})

    assert answer.headers["Location"] == "/"


def test_a_language_that_pages_do_not_speak_is_not_kept(base: Base) -> None:
    client = browser()

    client.post("/langue/", {"langue": "de"})

    assert "langue" not in client.cookies


# Staying signed in


def test_whoever_says_she_is_still_there_keeps_her_session(cast: Cast) -> None:
    now = timezone.now()
    client = browser(cast.head, at=now - IDLE + timedelta(minutes=1))

    answer = client.get("/moi/encore/")

    assert answer.status_code == 204
    assert IDLE.total_seconds() - 60 < int(answer.headers["Session-Lasts"]) <= IDLE.total_seconds()
    seen = Session.objects.get(person=cast.head).seen_at
    assert seen is not None
    assert seen >= now


def test_nobody_says_it_for_a_session_that_ended(cast: Cast) -> None:
    assert browser(cast.head, at=timezone.now() - IDLE).get("/moi/encore/").status_code == 302
    assert browser().get("/moi/encore/").status_code == 302


# For machines


def test_measures_are_for_who_shows_the_token(cast: Cast) -> None:
    assert browser().get("/mesures/").status_code == 404
    with override_settings(BASCULE_METRICS_TOKEN="a-token"):  # noqa: S106
        other = browser().get("/mesures/", headers={"Authorization": "Bearer other"})
        assert other.status_code == 404
        assert browser(cast.head).get("/mesures/").status_code == 404
        traffic.flush()
        said = browser().get("/mesures/", headers={"Authorization": "Bearer a-token"})

    lines = said.content.decode().splitlines()
    assert said["Content-Type"].startswith("application/openmetrics-text")
    assert 'bascule_imports{state="applied"} 2' in lines
    assert (lines[0], lines[-1]) == ("# TYPE bascule_up gauge", "# EOF")
    counted = 'bascule_http_requests_total{route="mesures/",status="4xx"} '
    assert any(line.startswith(counted) for line in lines)


def test_health_needs_nobody(base: Base) -> None:
    assert browser().get("/sante/").json() == {"base": "ok", "night": "ok"}
    long_ago = timezone.now() - timedelta(days=3)
    nights.run(
        origin=Night.Origin.EVENING, day=long_ago.date(), actor="ops", clock=lambda: long_ago
    )
    assert browser().get("/sante/").json() == {"base": "ok", "night": "late"}


def test_what_a_browser_was_refused_is_logged(base: Base, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="bascule.web.public.views"):
        answer = browser().post(
            "/csp/", b'{"csp-report": {}}', content_type="application/csp-report"
        )

    assert answer.status_code == 204
    assert "csp-report" in caplog.text


# Files of others


def test_vendored_files_are_those_that_were_vendored() -> None:
    folder = resources.files("bascule.web").joinpath("static/vendor")
    said = dict(
        re.findall(
            r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$",
            (folder / "VENDORED.md").read_text(),
            re.MULTILINE,
        )
    )

    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.name != "VENDORED.md" and "LICENSE" not in file.name
    }
    assert found == said
