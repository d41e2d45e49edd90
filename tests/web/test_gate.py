"""The gate: who gets through, what becomes of sessions, what is kept of a form."""

from datetime import timedelta

from django.test import override_settings
from django.utils import timezone
from tests.cast import Cast, browser

from bascule.accounts import sessions
from bascule.accounts.models import Person, Session
from bascule.accounts.session_store import IDLE, LONGEST
from bascule.web.gate import address_of


def test_a_stranger_is_sent_to_the_sign_in_and_will_come_back(cast: Cast) -> None:
    answer = browser().get("/?vue=1")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/connexion/?suite=%2F%3Fvue%3D1"


def test_whoever_is_signed_in_sees_the_portal(cast: Cast) -> None:
    assert browser(cast.head).get("/").status_code == 200


def test_a_session_ends_half_an_hour_after_the_last_request(cast: Cast) -> None:
    now = timezone.now()

    before = browser(cast.head, at=now - IDLE + timedelta(minutes=1)).get("/")
    after = browser(cast.head, at=now - IDLE).get("/")

    assert before.status_code == 200
    assert after.headers["Location"] == "/connexion/?suite=%2F&fin=1"


def test_a_session_ends_ten_hours_after_sign_in_even_in_use(cast: Cast) -> None:
    client = browser(cast.head, at=timezone.now() - LONGEST)
    store = client.session
    store["seen_at"] = timezone.now().isoformat()
    store.save()

    assert client.get("/").status_code == 302


def test_a_disabled_account_is_out_at_the_next_request(cast: Cast) -> None:
    client = browser(cast.head)
    assert client.get("/").status_code == 200

    Person.objects.filter(pk=cast.head.pk).update(state=Person.State.DISABLED)

    assert client.get("/").status_code == 302


def test_ending_sessions_puts_the_browser_out_at_once(cast: Cast) -> None:
    client = browser(cast.head)

    sessions.end_sessions(person_id=cast.head.pk)

    assert client.get("/").status_code == 302
    assert not Session.objects.filter(person=cast.head).exists()


def test_what_a_front_server_gives_for_address_is_an_address_or_nothing(cast: Cast) -> None:
    with override_settings(BASCULE_PROXY_COUNT=1):
        for given, kept in (
            ("203.0.113.9", "203.0.113.9"),
            ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("unknown", None),
            ("203.0.113.9:4711", None),
        ):
            answer = browser(headers={"X-Forwarded-For": given}).post("/connexion/")
            assert address_of(answer.wsgi_request) == kept
            assert answer.status_code == 200
