"""My sessions, and my password."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.cast import PASSWORD, Cast, browser
from tests.keys_of import totp_key
from tests.web.signin.steps import give_code, give_password, text_of

from bascule.accounts.models import Session
from bascule.accounts.sessions import handle_of
from bascule.web.me.browsers import describe

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox sur Windows"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/130.0.0.0 Safari/537.36", "Chrome sur Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/130.0 Safari/537.36 Edg/130.0", "Edge sur Windows"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {WEBKIT} Safari/604.1", "Safari sur iPhone"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Safari/605.1.15", "Safari sur Mac"),
        (f"Mozilla/5.0 (Linux; Android 14) {WEBKIT} Chrome/130.0 Mobile Safari/537.36", "Chrome sur Android"),
        ("curl/8.0", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_its_person_knows_it(agent: str, words: str) -> None:
    assert describe(agent) == words


def test_i_see_where_i_am_signed_in_and_which_one_is_here(cast: Cast) -> None:
    key, client = totp_key(cast.head), browser(headers={"User-Agent": FIREFOX})
    give_password(client, cast.head)
    give_code(client, key.code())
    browser(cast.head)
    browser(cast.secretary)
    browser(cast.head, at=timezone.now() - timedelta(hours=3))

    page = client.get("/moi/sessions/")

    assert len(page.context["rows"]) == 2
    assert page.content.decode().count("ce navigateur") == 1
    said = text_of(page)
    assert "Firefox sur Windows" in said
    assert "127.0.0.1" in said
    assert "Application d’authentification" in said


def test_the_page_does_not_show_the_numbers_that_open_sessions(cast: Cast) -> None:
    client = browser(cast.head)
    browser(cast.head)

    page = client.get("/moi/sessions/").content.decode()

    assert not any(row.session_key in page for row in Session.objects.all())


def test_i_end_one_session(cast: Cast) -> None:
    here, there, third = browser(cast.head), browser(cast.head), browser(cast.head)
    row = Session.objects.get(pk=there.session.session_key)

    done = here.post("/moi/sessions/", {"handle": handle_of(row)}, follow=True)
    again = here.post("/moi/sessions/", {"handle": handle_of(row)}, follow=True)

    assert "La session est terminée" in text_of(done)
    assert "déjà terminée" in text_of(again)
    assert there.get("/").status_code == 302
    assert third.get("/").status_code == 200


def test_i_end_all_the_others(cast: Cast) -> None:
    here, there, other = browser(cast.head), browser(cast.head), browser(cast.secretary)

    done = here.post("/moi/sessions/", follow=True)

    assert "1 autre session est terminée" in text_of(done)
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert other.get("/").status_code == 200


def test_i_do_not_end_the_session_of_somebody_else(cast: Cast) -> None:
    mine, other = browser(cast.head), browser(cast.secretary)
    row = Session.objects.get(pk=other.session.session_key)

    mine.post("/moi/sessions/", {"handle": handle_of(row)})

    assert other.get("/").status_code == 200


CHOSEN = "lanterne caillou geyser piano"


def fields(current: str = PASSWORD, new: str = CHOSEN, again: str = "") -> dict[str, str]:
    return {"current_password": current, "password": new, "password_again": again or new}


def test_i_change_my_password_and_stay_in(cast: Cast) -> None:
    here, there = browser(cast.head), browser(cast.head)

    done = here.post("/moi/mot-de-passe/", fields(), follow=True)

    assert "Votre mot de passe est changé" in text_of(done)
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302
    totp_key(cast.head)
    assert give_password(browser(), cast.head, CHOSEN).status_code == 302
    assert give_password(browser(), cast.head, PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (fields(current="wrong"), "Le mot de passe actuel ne convient pas"),
        (fields(new="claire.morel.2026"), "fait de votre nom"),
        (fields(new="court"), "trop court"),
        (fields(again="autre chose"), "sont différents"),
        (fields(new=PASSWORD), "votre ancien mot de passe"),
    ],
)
def test_a_password_is_not_changed_and_the_page_says_why(
    cast: Cast, typed: dict[str, str], said: str
) -> None:
    client = browser(cast.head)

    answer = client.post("/moi/mot-de-passe/", typed)

    assert said in text_of(answer)
    assert not any(f'value="{secret}"' in answer.content.decode() for secret in typed.values())
    cast.head.refresh_from_db()
    totp_key(cast.head)
    assert give_password(browser(), cast.head, PASSWORD).status_code == 302


def test_no_password_waits_in_a_session_that_ended(cast: Cast) -> None:
    client = browser(cast.head, at=timezone.now() - timedelta(minutes=40))

    client.post("/moi/mot-de-passe/", fields())

    kept = str(client.session["kept"])
    assert PASSWORD not in kept
    assert CHOSEN not in kept
