"""Sign in as people do: in a browser, with a real code, a real passkey, and no help from the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from itertools import count

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.site import Site
from tests.cast import PASSWORD
from tests.keys_of import HotpKey, TotpKey, hotp_key, paper_codes, totp_key

from bascule.accounts import activation
from bascule.accounts.models import Key, Person
from bascule.accounts.profiles import Profile
from bascule.accounts.session_store import IDLE

pytestmark = pytest.mark.browser

_RANK = count(1)
CHOSEN = "lanterne caillou geyser piano"


@pytest.fixture
def person(site: Site) -> Person:
    """Give somebody of the school whom no other test knows."""
    with site.opened():
        login = f"nadia.essai{next(_RANK)}"
        site.world.cast.give(login, Profile.SECRETARY)
        return site.world.cast.person(login)


@pytest.fixture
def page(site: Site, chromium: Browser) -> Iterator[Page]:
    window = site.window(chromium)
    yield window.new_page()
    window.close()


def keys_of(site: Site, person: Person) -> tuple[TotpKey, HotpKey]:
    with site.opened():
        return totp_key(person), hotp_key(person)


def give_password(page: Page, person: Person, password: str = PASSWORD) -> None:
    page.get_by_label("Identifiant").fill(person.login)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Continuer").click()


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code de votre clé").fill(code)
    page.get_by_role("button", name="Se connecter").click()


def is_in(page: Page, person: Person) -> None:
    expect(page.locator("details.person summary")).to_contain_text("Nadia")
    assert person.first_name == "Nadia"


def test_one_signs_in_with_the_code_of_an_application(
    site: Site, page: Page, person: Person
) -> None:
    application, _ = keys_of(site, person)
    page.goto("/")

    give_password(page, person)
    code = application.code()
    give_code(page, f"{code[:3]} {code[3:]}")

    is_in(page, person)
    page.locator("details.person summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("status").first).to_contain_text("Vous êtes déconnecté")


def test_one_signs_in_with_the_button_of_a_key_and_with_two_codes_when_it_ran_ahead(
    site: Site, page: Page, person: Person
) -> None:
    _, key = keys_of(site, person)
    page.goto("/connexion/")

    give_password(page, person)
    give_code(page, key.press(for_nothing=20))
    expect(page.get_by_role("alert")).to_contain_text("Donnez deux codes de suite")
    page.get_by_role("link", name="Donner deux codes de suite").click()
    page.get_by_label("Premier code").fill(key.press())
    page.get_by_label("Code suivant").fill(key.press())
    page.get_by_role("button", name="Accorder la clé").click()

    is_in(page, person)


def test_one_signs_in_without_javascript(site: Site, chromium: Browser, person: Person) -> None:
    application, _ = keys_of(site, person)
    window = site.window(chromium, java_script_enabled=False)
    page = window.new_page()
    page.goto("/moi/cles/")

    give_password(page, person)
    give_code(page, application.code())

    expect(page.get_by_role("heading", level=1)).to_have_text("Mes clés")
    window.close()


def test_one_signs_in_by_the_keyboard_alone(site: Site, page: Page, person: Person) -> None:
    application, _ = keys_of(site, person)
    page.goto("/connexion/")

    page.get_by_label("Identifiant").focus()
    page.keyboard.type(person.login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Code de votre clé").focus()
    page.keyboard.type(application.code())
    page.keyboard.press("Enter")

    is_in(page, person)


# ---------------------------------------------------------------- passkeys


@contextmanager
def device_in(window: BrowserContext, page: Page) -> Iterator[None]:
    """Put a device that holds passkeys into the browser; it says yes whenever it is asked."""
    session = window.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield
    session.detach()


def test_one_adds_a_passkey_and_signs_in_with_it(site: Site, page: Page, person: Person) -> None:
    application, _ = keys_of(site, person)
    page.goto("/moi/cles/acces/")
    give_password(page, person)
    give_code(page, application.code())

    with device_in(page.context, page):
        page.get_by_label("Nom de cette clé").fill("Portable")
        page.get_by_role("button", name="Ajouter la clé d’accès").click()
        expect(page.get_by_role("status").first).to_contain_text("Ajoutée : Clé d’accès – Portable")
        # The device that has one says so itself, and nothing is sent.
        page.goto("/moi/cles/acces/")
        page.get_by_role("button", name="Ajouter la clé d’accès").click()
        expect(page.locator("[data-said]")).to_contain_text("Cet appareil a déjà une clé d’accès")

        page.context.clear_cookies()
        page.goto("/connexion/")
        give_password(page, person)
        page.get_by_role("button", name="Utiliser ma clé d’accès").click()
        is_in(page, person)

    with site.opened():
        key = Key.objects.get(person=person, kind=Key.Kind.PASSKEY)
        assert key.last_used_at is not None
        assert key.counter > 0


def test_a_device_that_does_not_answer_leaves_the_code(
    site: Site, page: Page, person: Person
) -> None:
    application, _ = keys_of(site, person)
    with site.opened():
        Key.objects.create(
            kind=Key.Kind.PASSKEY,
            state=Key.State.ACTIVE,
            person=person,
            credential_id=f"lost {person.pk}".encode(),
            public_key=b"",
            received_at=timezone.now(),
        )
    page.goto("/connexion/")
    give_password(page, person)

    with device_in(page.context, page):
        page.get_by_role("button", name="Utiliser ma clé d’accès").click()
        expect(page.locator("[data-said]")).to_contain_text("n’a pas répondu", timeout=20_000)
    give_code(page, application.code())

    is_in(page, person)


# ---------------------------------------------------------------- activation


def test_one_activates_an_account_from_its_letter_to_the_paper_codes(
    site: Site, page: Page, person: Person
) -> None:
    with site.opened():
        Person.objects.filter(pk=person.pk).update(state=Person.State.INVITED, password="")
        person.refresh_from_db()
        letter = activation.issue_activation_code(person=person, at=timezone.now())
    page.goto("/connexion/")
    page.get_by_role("link", name="J’ai reçu une lettre").click()

    page.get_by_label("Identifiant").fill(person.login)
    page.get_by_label("Code d’activation").fill(letter.lower())
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Nouveau mot de passe").fill(f"{person.login}-2026")
    page.get_by_label("Le même, une seconde fois").fill(f"{person.login}-2026")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("fait de votre nom")
    page.get_by_label("Nouveau mot de passe").fill(CHOSEN)
    page.get_by_label("Le même, une seconde fois").fill(CHOSEN)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Une clé d’accès").click()
    with device_in(page.context, page):
        page.get_by_role("button", name="Ajouter la clé d’accès et se connecter").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Codes sur papier")
    page.get_by_role("button", name="Faire une feuille de codes").click()
    code = page.locator(".paper-codes code").first.inner_text()
    page.get_by_role("link", name="J’ai gardé mes codes").click()
    is_in(page, person)

    page.context.clear_cookies()
    page.goto("/connexion/")
    give_password(page, person, CHOSEN)
    give_code(page, code)
    is_in(page, person)


# ---------------------------------------------------------------- nothing is lost


def test_what_was_typed_before_the_end_of_a_session_comes_back_and_is_sent(
    site: Site, page: Page, person: Person
) -> None:
    application, key = keys_of(site, person)
    page.goto("/moi/exemple/")
    give_password(page, person)
    give_code(page, application.code())
    page.get_by_label("Note").fill("Trois lignes & un « guillemet »")
    end_session(site, page)

    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".notice-info")).to_contain_text("Ce que vous avez saisi est gardé")
    give_password(page, person)
    give_code(page, key.press())
    expect(page.get_by_role("heading", level=1)).to_have_text("Reprendre votre saisie")
    expect(page.locator(".kept")).to_contain_text("Trois lignes & un « guillemet »")
    page.get_by_role("button", name="Envoyer maintenant").click()

    expect(page.locator("main p").last).to_have_text("Trois lignes & un « guillemet »")
    assert page.url.endswith("/moi/exemple/")


def end_session(site: Site, page: Page) -> None:
    """Let half an hour go by."""
    cookies = {one.get("name"): one.get("value") for one in page.context.cookies()}
    with site.opened():
        store = import_module(settings.SESSION_ENGINE).SessionStore(
            cookies[settings.SESSION_COOKIE_NAME]
        )
        store["seen_at"] = (timezone.now() - IDLE - timedelta(seconds=1)).isoformat()
        store.save()


def test_a_locked_account_is_opened_by_a_code_on_paper(
    site: Site, page: Page, person: Person
) -> None:
    with site.opened():
        (code, *_) = paper_codes(person)
    page.goto("/connexion/")
    for _ in range(10):
        give_password(page, person, "not the right one")
    expect(page.get_by_role("alert")).to_contain_text("bloqué jusqu’à")

    page.get_by_role("link", name="Entrer avec un code sur papier").click()
    page.get_by_label("Identifiant").fill(person.login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Code sur papier").fill(code)
    page.get_by_role("button", name="Se connecter").click()

    is_in(page, person)
