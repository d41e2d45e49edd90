"""The pages of the sign-in: what they ask, what they say, where they lead."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client, override_settings
from django.utils import timezone
from pyotp import TOTP
from tests.accounts.soft_passkey import Device
from tests.cast import PASSWORD, Cast, browser
from tests.keys_of import SLIP, hotp_key, paper_codes, totp_key
from tests.noted import kinds_noted
from tests.web.signin.steps import give_code, give_password, text_of

from bascule.accounts import activation, tries
from bascule.accounts.keys import certificates, passkeys
from bascule.accounts.models import Key, KeyEvent, Person, Session
from bascule.accounts.session_store import IDLE

WRONG = "not her password at all"


# ---------------------------------------------------------------- password, then code


def test_a_password_then_a_code_lead_to_the_portal(cast: Cast) -> None:
    key, client = totp_key(cast.head), browser()

    first = give_password(client, cast.head)
    second = give_code(client, key.code())

    assert first.headers["Location"] == "/connexion/cle/"
    assert second.headers["Location"] == "/"
    assert client.get("/").status_code == 200
    assert kinds_noted(cast.head) == ["signin.done"]


def test_the_same_code_sent_several_times_at_once_lets_one_in(cast: Cast) -> None:
    key, clients = hotp_key(cast.head), [browser() for _ in range(4)]
    start = Barrier(len(clients))

    def send(client: Client, code: str) -> int:
        start.wait()
        try:
            return int(give_code(client, code).status_code)
        finally:
            connections.close_all()

    # Several times: sessions are written after the answer, and what waits for what changes.
    for _ in range(6):
        Person.objects.update(failed_count=0)
        for client in clients:
            client.cookies.clear()
            give_password(client, cast.head)
        code = key.press()
        with ThreadPoolExecutor(len(clients)) as pool:
            answers = pool.map(send, clients, [code] * len(clients))
            assert sorted(answers) == [200, 200, 200, 302]


def test_one_comes_back_to_the_page_that_one_wanted(cast: Cast) -> None:
    key, client = totp_key(cast.head), browser()
    asked = client.get("/moi/cles/?vue=1").headers["Location"]

    client.get(asked)
    give_password(client, cast.head, query=asked.removeprefix("/connexion/"))

    assert give_code(client, key.code()).headers["Location"] == "/moi/cles/?vue=1"


@pytest.mark.parametrize(
    "suite",
    [
        "https://example.org/",
        "//example.org/",
        "///example.org",
        "/\\example.org",
        "\\\\example.org",
        "javascript:alert(1)",
        "http:example.org",
        "example.org",
        "\t//example.org",
        "/%09/example.org\n",
        "/" + "a" * 3000,
    ],
)
def test_one_is_never_led_off_the_site(cast: Cast, suite: str) -> None:
    key, client = totp_key(cast.head), browser()
    client.post(
        "/connexion/",
        {"login": cast.head.login, "password": PASSWORD},
        query_params={"suite": suite},
    )

    to = give_code(client, key.code()).headers["Location"]

    assert re.fullmatch(r"/(%09/example\.org.*)?", to)
    assert browser(cast.head).get("/connexion/", {"suite": suite}).headers["Location"] == to


def test_whoever_is_in_is_not_asked_again(cast: Cast) -> None:
    assert browser(cast.head).get("/connexion/").headers["Location"] == "/"


@pytest.mark.parametrize("path", ["cle", "cle/accorder", "cle/activer"])
def test_a_key_without_a_password_is_not_asked_for(cast: Cast, path: str) -> None:
    answer = browser().get(f"/connexion/{path}/")

    assert answer.headers["Location"] == "/connexion/"


def test_whoever_waited_too_long_is_told_and_gives_her_password_again(cast: Cast) -> None:
    totp_key(cast.head)
    client = browser()
    give_password(client, cast.head)
    store = client.session
    store["pending"] = store["pending"] | {"until": timezone.now().isoformat()}
    store.save()

    answer = client.get("/connexion/cle/", follow=True)

    assert "a attendu trop longtemps" in text_of(answer)


def test_fields_say_what_browsers_fill_in(cast: Cast) -> None:
    totp_key(cast.head)
    client = browser()

    page = client.get("/connexion/").content.decode()
    give_password(client, cast.head)
    code = client.get("/connexion/cle/").content.decode()

    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'inputmode="numeric"' in code
    assert 'autocomplete="one-time-code"' in code


def test_what_was_typed_stays_but_no_secret(cast: Cast) -> None:
    totp_key(cast.head)
    client = browser()

    page = give_password(client, cast.head, WRONG).content.decode()
    give_password(client, cast.head)
    code = give_code(client, "000 111").content.decode()

    assert f'value="{cast.head.login}"' in page
    assert WRONG not in page
    assert "000 111" not in code


def test_a_wrong_password_is_said_with_what_to_do(cast: Cast) -> None:
    said = text_of(give_password(browser(), cast.head, WRONG))

    assert "L’identifiant ou le mot de passe ne convient pas" in said
    assert "J’ai reçu une lettre d’activation" in said
    assert "Mot de passe oublié : demandez un code d’activation" in said


def test_failures_count_although_the_page_says_no(cast: Cast) -> None:
    client = browser()
    give_password(client, cast.head, WRONG)

    cast.head.refresh_from_db()
    assert cast.head.failed_count == 1
    assert kinds_noted(cast.head) == ["signin.failed"]


# ---------------------------------------------------------------- locked


def lock(cast: Cast, client: Client) -> None:
    for _ in range(tries.LOCK_AFTER):
        give_password(client, cast.head, WRONG)


def test_a_locked_account_says_until_when_and_the_ways_out(cast: Cast) -> None:
    sheet, client = paper_codes(cast.head), browser()
    lock(cast, client)

    answer = give_password(client, cast.head)

    cast.head.refresh_from_db()
    assert cast.head.locked_until is not None
    said = text_of(answer)
    assert f"bloqué jusqu’à {tries.clock_time(cast.head.locked_until)}" in said
    assert "Entrer avec un code sur papier" in said
    assert "chef d’établissement ou l’assistance" in said

    page = client.get("/connexion/bloque/")
    assert "Trois façons de continuer" in text_of(page)
    refused = client.post(
        "/connexion/bloque/",
        {"login": cast.head.login, "password": PASSWORD, "code": "1111 1111 1111"},
    )
    assert "ne convient pas" in text_of(refused)
    done = client.post(
        "/connexion/bloque/",
        {"login": cast.head.login, "password": PASSWORD, "code": sheet[0]},
    )
    assert done.headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_an_address_that_failed_too_often_waits(cast: Cast) -> None:
    client = browser()
    for number in range(tries.CROWD_AFTER):
        client.post("/connexion/", {"login": f"guess.{number}", "password": WRONG})

    answer = give_password(client, cast.head)

    assert answer.status_code == 429
    assert "depuis votre réseau" in text_of(answer)


# ---------------------------------------------------------------- a key that ran ahead


def test_a_key_that_ran_ahead_is_offered_two_codes_and_comes_back(cast: Cast) -> None:
    key, client = hotp_key(cast.head), browser()
    give_password(client, cast.head)

    ahead = give_code(client, key.press(for_nothing=20))
    page = client.get("/connexion/cle/accorder/")
    done = client.post(
        "/connexion/cle/accorder/", {"first_code": key.press(), "second_code": key.press()}
    )

    assert "Donnez deux codes de suite" in text_of(ahead)
    assert 'href="/connexion/cle/accorder/"' in ahead.content.decode()
    assert "Premier code" in text_of(page)
    assert done.headers["Location"] == "/"


def test_a_key_a_hundred_presses_ahead_is_sent_to_the_help_desk(cast: Cast) -> None:
    key, client = hotp_key(cast.head), browser()
    give_password(client, cast.head)

    answer = client.post(
        "/connexion/cle/accorder/",
        {"first_code": key.press(for_nothing=100), "second_code": key.press()},
    )

    assert "appelez l’assistance" in text_of(answer)


# ---------------------------------------------------------------- keys handed over, lost


def test_a_key_handed_over_is_activated_on_the_way_in(cast: Cast) -> None:
    key, client = hotp_key(cast.head, state=Key.State.HANDED), browser()
    give_password(client, cast.head)

    to = client.get("/connexion/cle/").headers["Location"]
    wrong = client.post(to, {"slip_code": "AAAA", "first_code": "123456", "second_code": ""})
    done = client.post(to, {"slip_code": SLIP, "first_code": key.press(), "second_code": ""})

    assert to == "/connexion/cle/activer/"
    assert "fiche de remise" in text_of(wrong)
    assert done.headers["Location"] == "/moi/cles/papier/"


def test_a_lost_key_is_declared_after_the_password_and_opens_nothing(cast: Cast) -> None:
    key, client, inside = totp_key(cast.head), browser(), browser(cast.head)
    Session.objects.update(key=key.key)
    give_password(client, cast.head)

    page = client.get("/connexion/perdue/")
    done = client.post("/connexion/perdue/", {"key": key.key.pk}, follow=True)

    assert "Déclarer cette clé perdue" in text_of(page)
    assert "Elle n’ouvre plus rien" in text_of(done)
    assert "Demandez-en une autre" in text_of(done)
    assert inside.get("/").status_code == 302
    assert KeyEvent.objects.get().kind == "lost"
    assert client.get("/connexion/cle/").headers["Location"] == "/connexion/perdue/"


def test_nobody_declares_the_key_of_somebody_else_lost(cast: Cast) -> None:
    totp_key(cast.secretary)
    other, client = totp_key(cast.head), browser()
    give_password(client, cast.secretary)

    answer = client.post("/connexion/perdue/", {"key": other.key.pk})

    other.key.refresh_from_db()
    assert other.key.state == Key.State.ACTIVE
    assert answer.status_code == 200


def test_the_page_of_a_lost_key_helps_even_without_a_password(cast: Cast) -> None:
    said = text_of(browser().get("/connexion/perdue/"))

    assert "deux collègues habilités" in said
    assert "Donner mon mot de passe" in said


def test_somebody_without_any_key_is_told_what_to_do(cast: Cast) -> None:
    client = browser()
    give_password(client, cast.head)

    answer = client.get("/connexion/cle/", follow=True)

    assert answer.redirect_chain == [("/connexion/perdue/", 302)]
    assert "appelez l’assistance" in text_of(answer)


# ---------------------------------------------------------------- passkeys and certificates


def test_a_passkey_lets_in(cast: Cast) -> None:
    device, client = Device(), browser()
    store = browser(cast.head).session
    options = passkeys.ask_to_enrol(store, person=cast.head, at=timezone.now())
    passkeys.enrol(
        store,
        person_id=cast.head.pk,
        answer=device.enrol(options),
        origin="http://localhost",
        label="",
        actor="claire.morel",
        at=timezone.now(),
    )
    give_password(client, cast.head)
    page = client.get("/connexion/cle/").context["passkey_options"]

    refused = client.post("/connexion/cle/acces/", {"answer": "{}"}, follow=True)
    assert "n’a pas été reconnue" in text_of(refused)
    late = client.post("/connexion/cle/acces/", {"answer": device.enter(page)}, follow=True)
    assert "n’a pas été reconnue" in text_of(late)

    page = client.get("/connexion/cle/").context["passkey_options"]
    done = client.post("/connexion/cle/acces/", {"answer": device.enter(page)})
    assert done.headers["Location"] == "/"


def test_a_passkey_is_asked_for_under_the_name_it_is_bound_to_only(cast: Cast) -> None:
    Key.objects.create(
        kind=Key.Kind.PASSKEY,
        state=Key.State.ACTIVE,
        person=cast.head,
        credential_id=b"one",
        public_key=b"",
        received_at=timezone.now(),
    )
    client = Client(SERVER_NAME="127.0.0.1")
    give_password(client, cast.head)

    page = client.get("/connexion/cle/")

    assert "par son adresse principale, localhost" in text_of(page)
    assert "data-passkey" not in page.content.decode()


SUBJECT = "CN=Claire Morel,O=Academie,C=FR"


def certificate(person: Person) -> None:
    certificates.grant(
        person_id=person.pk, subject=SUBJECT, label="Carte", actor="tests", at=timezone.now()
    )


def test_a_certificate_named_by_the_settings_replaces_the_key(cast: Cast) -> None:
    certificate(cast.head)
    client = browser(headers={"X-Client-Subject": SUBJECT})

    with override_settings(BASCULE_CERTIFICATE_HEADER="X-Client-Subject"):
        done = give_password(client, cast.head)

    assert done.headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_a_certificate_is_ignored_when_the_settings_name_none(cast: Cast) -> None:
    certificate(cast.head)
    client = browser(headers={"X-Client-Subject": SUBJECT})

    give_password(client, cast.head)

    assert client.get("/").status_code == 302


def test_the_certificate_of_somebody_else_is_ignored(cast: Cast) -> None:
    certificate(cast.head)
    totp_key(cast.secretary)
    client = browser(headers={"X-Client-Subject": SUBJECT})

    with override_settings(BASCULE_CERTIFICATE_HEADER="X-Client-Subject"):
        answer = give_password(client, cast.secretary)

    assert answer.headers["Location"] == "/connexion/cle/"


def test_a_certificate_does_not_replace_the_password(cast: Cast) -> None:
    certificate(cast.head)
    client = browser(headers={"X-Client-Subject": SUBJECT})

    with override_settings(BASCULE_CERTIFICATE_HEADER="X-Client-Subject"):
        assert client.get("/").status_code == 302
        assert give_password(client, cast.head, WRONG).status_code == 200


# ---------------------------------------------------------------- activation


CHOSEN = "lanterne caillou geyser piano"


def begun(cast: Cast) -> tuple[Person, Client]:
    """Give somebody who gave the code of her letter, and her browser."""
    person = cast.person("lea.neuve", state=Person.State.INVITED)
    code = activation.issue_activation_code(person=person, at=timezone.now())
    client = browser()
    answer = client.post("/activation/", {"login": "lea.neuve", "letter_code": code})
    assert answer.headers["Location"] == "/activation/mot-de-passe/"
    return person, client


def chosen(cast: Cast) -> tuple[Person, Client]:
    person, client = begun(cast)
    answer = client.post(
        "/activation/mot-de-passe/", {"password": CHOSEN, "password_again": CHOSEN}
    )
    assert answer.headers["Location"] == "/activation/cle/"
    return person, client


def test_a_letter_leads_to_a_password_a_key_and_paper_codes(cast: Cast) -> None:
    _, client = chosen(cast)
    assert "Une application d’authentification" in text_of(client.get("/activation/cle/"))
    page = client.get("/activation/cle/application/")
    seed = page.context["written_seed"]

    done = client.post(
        "/activation/cle/application/",
        {"code": TOTP(seed.replace(" ", "")).now(), "label": "Téléphone"},
    )

    assert done.headers["Location"] == "/moi/cles/papier/"
    sheet = client.post("/moi/cles/papier/")
    assert len(re.findall(r"<code>\d{4} \d{4} \d{4}</code>", sheet.content.decode())) == 10
    assert client.get("/").status_code == 200
    assert Key.objects.get(kind="totp").label == "Téléphone"


def test_the_square_to_read_is_drawn_without_style_and_said_in_letters(cast: Cast) -> None:
    _, client = chosen(cast)

    page = client.get("/activation/cle/application/").content.decode()

    assert "<svg" in page
    assert "style=" not in page
    assert re.search(r'<code class="seed">([A-Z2-7]{4} ){7}[A-Z2-7]{4}</code>', page)


def test_a_wrong_code_keeps_the_same_square(cast: Cast) -> None:
    _, client = chosen(cast)
    seed = client.get("/activation/cle/application/").context["written_seed"]

    again = client.post("/activation/cle/application/", {"code": "000000", "label": "Mobile"})

    assert again.context["written_seed"] == seed
    assert "Ce code ne convient pas" in text_of(again)
    assert 'value="Mobile"' in again.content.decode()


def test_a_first_passkey_lets_in(cast: Cast) -> None:
    _, client = chosen(cast)
    options = client.get("/activation/cle/acces/").context["options"]

    done = client.post(
        "/activation/cle/acces/", {"answer": Device().enrol(options), "label": "Portable"}
    )

    assert done.headers["Location"] == "/moi/cles/papier/"
    assert client.get("/").status_code == 200


def test_two_different_passwords_are_said_to_differ(cast: Cast) -> None:
    _, client = begun(cast)

    answer = client.post("/activation/mot-de-passe/", {"password": CHOSEN, "password_again": WRONG})

    assert "sont différents" in text_of(answer)


def test_a_weak_password_is_refused_with_a_reason_and_a_proposal(cast: Cast) -> None:
    _, client = begun(cast)

    said = text_of(
        client.post(
            "/activation/mot-de-passe/",
            {"password": "lea.neuve2026", "password_again": "lea.neuve2026"},
        )
    )

    assert "fait de votre nom" in said
    assert "par exemple «" in said


def test_a_wrong_letter_says_what_to_do(cast: Cast) -> None:
    answer = browser().post("/activation/", {"login": "lea.neuve", "letter_code": "AAAA"})

    assert "demandez une nouvelle lettre" in text_of(answer)


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/activation/mot-de-passe/", "/activation/"),
        ("/activation/cle/", "/connexion/"),
        ("/activation/cle/application/", "/connexion/"),
        ("/activation/cle/acces/", "/connexion/"),
    ],
)
def test_no_step_of_an_activation_can_be_begun_in_the_middle(
    cast: Cast, path: str, to: str
) -> None:
    assert browser().get(path).headers["Location"] == to


def test_whoever_has_a_key_adds_no_first_one(cast: Cast) -> None:
    totp_key(cast.head)
    client = browser()
    give_password(client, cast.head)

    assert client.get("/activation/cle/").headers["Location"] == "/connexion/"


# ---------------------------------------------------------------- the way out, and back


def test_signing_out_is_a_form_and_ends_the_session(cast: Cast) -> None:
    client = browser(cast.head)
    assert client.get("/deconnexion/").status_code == 405

    answer = client.post("/deconnexion/", follow=True)

    assert "Vous êtes déconnecté" in text_of(answer)
    assert client.get("/").status_code == 302
    assert kinds_noted(cast.head) == ["signin.out"]


def test_a_form_sent_after_the_end_waits_for_the_same_person(cast: Cast) -> None:
    key = totp_key(cast.head)
    client = browser(cast.head, at=timezone.now() - IDLE)

    ended = client.post(
        "/moi/sessions/", {"handle": "abc", "note": "Trois lignes", "password": "x"}
    )
    page = client.get(ended.headers["Location"])
    give_password(client, cast.head)
    back = give_code(client, key.code())
    shown = client.get(back.headers["Location"])
    sent = client.post("/reprise/", {"handle": "abc", "note": "Trois lignes"})

    assert "Ce que vous avez saisi est gardé" in text_of(page)
    assert back.headers["Location"] == "/reprise/"
    assert "Trois lignes" in text_of(shown)
    assert 'name="password"' not in shown.content.decode()
    assert (sent.status_code, sent.headers["Location"]) == (307, "/moi/sessions/")
    assert client.get("/reprise/").headers["Location"] == "/"


def test_a_form_sent_after_the_end_is_not_shown_to_somebody_else(cast: Cast) -> None:
    key = totp_key(cast.secretary)
    client = browser(cast.head, at=timezone.now() - IDLE)
    client.post("/moi/sessions/", {"note": "Trois lignes"})

    give_password(client, cast.secretary)
    back = give_code(client, key.code())

    assert back.headers["Location"] == "/"
    assert client.get("/reprise/").headers["Location"] == "/"


def test_a_form_that_waits_can_be_given_up(cast: Cast) -> None:
    key = totp_key(cast.head)
    client = browser(cast.head, at=timezone.now() - IDLE)
    client.post("/moi/sessions/", {"note": "Trois lignes"})
    give_password(client, cast.head)
    give_code(client, key.code())

    answer = client.post("/reprise/abandon/", follow=True)

    assert "abandonnée" in text_of(answer)
    assert client.get("/reprise/").headers["Location"] == "/"


def test_few_codes_on_paper_are_said_at_the_sign_in(cast: Cast) -> None:
    sheet = paper_codes(cast.head)
    for code in sheet[:6]:
        client = browser()
        give_password(client, cast.head)
        give_code(client, code)

    client = browser()
    give_password(client, cast.head)
    answer = client.post("/connexion/cle/", {"code": sheet[6]}, follow=True)

    assert "Il vous reste 3 codes sur papier" in text_of(answer)


def test_a_code_sent_from_another_site_is_refused(cast: Cast) -> None:
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)

    assert client.post("/connexion/", {"login": "a", "password": "b"}).status_code == 403
    assert client.post("/deconnexion/").status_code == 403


def test_a_session_that_ended_is_said_to_have_ended(cast: Cast) -> None:
    client = browser(cast.head, at=timezone.now() - timedelta(hours=11))

    answer = client.get("/", follow=True)

    assert "Votre session est terminée" in text_of(answer)
