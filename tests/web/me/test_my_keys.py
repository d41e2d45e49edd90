"""My keys: what I see, add, remove, declare lost; and nobody else's."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pyotp import TOTP
from tests.accounts.soft_passkey import Device
from tests.cast import PASSWORD, Cast, browser
from tests.keys_of import SLIP, hotp_key, paper_codes, totp_key
from tests.web.signin.steps import give_code, give_password, text_of

from bascule.accounts import signin
from bascule.accounts.models import Key, KeyEvent, PaperCode

PAGES = [
    "/moi/cles/",
    "/moi/cles/application/",
    "/moi/cles/acces/",
    "/moi/cles/activer/",
    "/moi/cles/papier/",
    "/moi/sessions/",
    "/moi/mot-de-passe/",
    "/moi/confirmation/",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_ones_own_is_for_whoever_is_signed_in(cast: Cast, path: str) -> None:
    assert browser().get(path).headers["Location"].startswith("/connexion/?suite=")
    for person in (cast.head, cast.secretary, cast.outsider):
        assert browser(person).get(path).status_code == 200


def test_i_see_my_keys_and_those_of_nobody_else(cast: Cast) -> None:
    totp_key(cast.head)
    hotp_key(cast.secretary, serial="ABC-778899")

    said = text_of(browser(cast.head).get("/moi/cles/"))

    assert "Application d’authentification" in said
    assert "778899" not in said


def test_a_key_is_called_by_its_label_or_its_number(cast: Cast) -> None:
    key = totp_key(cast.head)
    Key.objects.filter(pk=key.key.pk).update(label="Téléphone")
    hotp_key(cast.head, serial="ABC-778899")

    said = text_of(browser(cast.head).get("/moi/cles/"))

    assert "Application d’authentification – Téléphone" in said
    assert "Clé OTP – ABC-778899" in said


def test_the_key_of_this_session_is_marked(cast: Cast) -> None:
    key, client = totp_key(cast.head), browser()
    hotp_key(cast.head)
    give_password(client, cast.head)
    give_code(client, key.code())

    page = client.get("/moi/cles/").content.decode()

    assert page.count("celle de cette session") == 1


def test_one_key_alone_is_warned_of(cast: Cast) -> None:
    totp_key(cast.head)

    assert "une seule clé" in text_of(browser(cast.head).get("/moi/cles/"))
    paper_codes(cast.head)
    assert "une seule clé" not in text_of(browser(cast.head).get("/moi/cles/"))


def test_few_codes_left_are_warned_of(cast: Cast) -> None:
    totp_key(cast.head)
    paper_codes(cast.head)
    assert "10 codes restants" in text_of(browser(cast.head).get("/moi/cles/"))

    kept = PaperCode.objects.values_list("pk", flat=True)[:2]
    PaperCode.objects.exclude(pk__in=list(kept)).update(used_at=timezone.now())

    said = text_of(browser(cast.head).get("/moi/cles/"))
    assert "Il reste peu de codes" in said
    assert "2 codes restants" in said


def test_an_application_is_added_and_lets_in(cast: Cast) -> None:
    client = browser(cast.head)
    totp_key(cast.head)
    seed = client.get("/moi/cles/application/").context["written_seed"].replace(" ", "")

    wrong = client.post("/moi/cles/application/", {"code": "000000", "label": ""})
    done = client.post("/moi/cles/application/", {"code": TOTP(seed).now(), "label": "Mobile"})

    assert "Ce code ne convient pas" in text_of(wrong)
    assert done.headers["Location"] == "/moi/cles/"
    assert Key.objects.filter(person=cast.head, label="Mobile", state="active").exists()
    assert client.get("/moi/cles/application/").context["written_seed"].replace(" ", "") != seed


def test_a_passkey_is_added(cast: Cast) -> None:
    client = browser(cast.head)
    options = client.get("/moi/cles/acces/").context["options"]

    refused = client.post("/moi/cles/acces/", {"answer": "{}", "label": ""})
    options = refused.context["options"]
    done = client.post("/moi/cles/acces/", {"answer": Device().enrol(options), "label": "Bureau"})

    assert "n’a pas été reconnue" in text_of(refused)
    assert done.headers["Location"] == "/moi/cles/"
    assert Key.objects.get().label == "Bureau"


def test_a_key_handed_over_is_activated(cast: Cast) -> None:
    key, client = hotp_key(cast.head, state=Key.State.HANDED), browser(cast.head)
    assert "Activer une clé remise" in text_of(client.get("/moi/cles/"))

    wrong = client.post(
        "/moi/cles/activer/", {"slip_code": SLIP, "first_code": "000000", "second_code": ""}
    )
    done = client.post(
        "/moi/cles/activer/", {"slip_code": SLIP, "first_code": key.press(), "second_code": ""}
    )

    assert "ne convient pas" in text_of(wrong)
    assert done.headers["Location"] == "/moi/cles/"
    key.key.refresh_from_db()
    assert key.key.state == Key.State.ACTIVE


def test_a_sheet_is_shown_once_and_can_be_printed(cast: Cast) -> None:
    client = browser(cast.head)
    before = client.get("/moi/cles/papier/")

    sheet = client.post("/moi/cles/papier/").content.decode()
    after = client.get("/moi/cles/papier/").content.decode()

    codes = re.findall(r"<code>(\d{4} \d{4} \d{4})</code>", sheet)
    assert "Faire une feuille de codes" in text_of(before)
    assert len(set(codes)) == 10
    assert not any(code in after for code in codes)
    assert "Il y reste 10 codes" in after
    assert [event.kind for event in KeyEvent.objects.all()] == ["added"]


def test_a_key_is_removed_once_it_is_confirmed(cast: Cast) -> None:
    first = totp_key(cast.head).key
    totp_key(cast.head, seed=b"another twenty bytes")
    client = browser(cast.head)

    asked = client.get(f"/moi/cles/{first.pk}/retirer/")
    done = client.post(f"/moi/cles/{first.pk}/retirer/")

    assert "Elle n’ouvrira plus rien" in text_of(asked)
    assert done.headers["Location"] == "/moi/cles/"
    first.refresh_from_db()
    assert first.state == Key.State.WITHDRAWN


def test_the_last_key_stays_and_the_page_says_why(cast: Cast) -> None:
    key = totp_key(cast.head).key

    answer = browser(cast.head).post(f"/moi/cles/{key.pk}/retirer/")

    assert "votre seule clé" in text_of(answer)
    key.refresh_from_db()
    assert key.state == Key.State.ACTIVE


def test_a_key_declared_lost_ends_the_session_that_it_opened(cast: Cast) -> None:
    key, client = totp_key(cast.head), browser()
    give_password(client, cast.head)
    give_code(client, key.code())

    asked = client.get(f"/moi/cles/{key.key.pk}/perdue/")
    client.post(f"/moi/cles/{key.key.pk}/perdue/")

    assert "votre session s’arrête aussitôt" in text_of(asked)
    key.key.refresh_from_db()
    assert key.key.state == Key.State.LOST
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("what", ["retirer", "perdue"])
def test_the_key_of_somebody_else_is_not_there(cast: Cast, what: str) -> None:
    key = totp_key(cast.head).key
    for person in (cast.secretary, cast.head_next_door, cast.outsider):
        client = browser(person)
        assert client.get(f"/moi/cles/{key.pk}/{what}/").status_code == 404
        assert client.post(f"/moi/cles/{key.pk}/{what}/").status_code == 404
    assert browser().get(f"/moi/cles/{key.pk}/{what}/").status_code == 302

    key.refresh_from_db()
    assert key.state == Key.State.ACTIVE


# ---------------------------------------------------------------- the password once more


def long_ago(cast: Cast) -> Client:
    """Give the browser of somebody who signed in an hour ago and is still at work."""
    now = timezone.now()
    client = browser(cast.head, at=now - timedelta(hours=1))
    store = client.session
    store["seen_at"] = now.isoformat()
    store.save()
    return client


@pytest.mark.parametrize("path", ["application", "acces", "papier", "{}/retirer"])
def test_keys_are_not_touched_on_a_browser_left_open(cast: Cast, path: str) -> None:
    key = totp_key(cast.head).key
    client = long_ago(cast)
    page = f"/moi/cles/{path.format(key.pk)}/"

    for answer in (client.get(page), client.post(page)):
        assert answer.headers["Location"].startswith("/moi/confirmation/?suite=")
    wrong = client.post("/moi/confirmation/", {"password": "wrong"}, query_params={"suite": page})
    done = client.post("/moi/confirmation/", {"password": PASSWORD}, query_params={"suite": page})

    assert "ne convient pas" in text_of(wrong)
    assert done.headers["Location"] == page
    assert client.get(page).status_code == 200
    assert KeyEvent.objects.count() == 0


def test_a_lost_key_is_declared_without_waiting_for_a_password(cast: Cast) -> None:
    key = totp_key(cast.head).key

    assert long_ago(cast).post(f"/moi/cles/{key.pk}/perdue/").status_code == 302

    key.refresh_from_db()
    assert key.state == Key.State.LOST
    assert timedelta(hours=1) > signin.PROOF
