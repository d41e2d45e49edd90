"""Each profile signs in with her password and a real key, and lands on her portal."""

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.site import Site
from tests.cast import PASSWORD
from tests.keys_of import hotp_key, totp_key

from bascule.accounts.profiles import Profile

pytestmark = pytest.mark.browser

#: Trades that people hold; the two others are what a head gives and what a school accepts.
TRADES = [one for one in Profile if one not in {Profile.DELEGATE, Profile.SUPPORT}]


@pytest.mark.parametrize("profile", TRADES, ids=lambda profile: profile.code)
def test_everybody_signs_in_with_an_application_and_lands_on_the_portal(
    site: Site, chromium: Browser, profile: Profile
) -> None:
    login = f"browser.{profile.code}"
    with site.opened():
        site.world.cast.give(login, profile)
        person = site.world.cast.person(login)
        key = totp_key(person)
    window = site.window(chromium)
    page = window.new_page()

    give_password(page, login)
    give_code(page, key.code())

    expect(page).to_have_url(f"{site.url}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(person.first_name)
    assert site.faults == []
    window.close()


def test_a_secretary_signs_in_with_a_key_that_has_a_button(site: Site, chromium: Browser) -> None:
    with site.opened():
        site.world.cast.give("browser.button", Profile.SECRETARY)
        key = hotp_key(site.world.cast.person("browser.button"))
    window = site.window(chromium)
    page = window.new_page()

    give_password(page, "browser.button")
    give_code(page, key.press(for_nothing=2))

    expect(page).to_have_url(f"{site.url}/")
    expect(page.get_by_role("link", name="Élèves").first).to_be_visible()
    window.close()


def test_the_same_code_opens_nothing_a_second_time(site: Site, chromium: Browser) -> None:
    with site.opened():
        site.world.cast.give("browser.twice", Profile.SECRETARY)
        key = hotp_key(site.world.cast.person("browser.twice"))
    code = key.press()
    first, second = site.window(chromium), site.window(chromium)
    page, again = first.new_page(), second.new_page()

    give_password(page, "browser.twice")
    give_code(page, code)
    expect(page).to_have_url(f"{site.url}/")
    give_password(again, "browser.twice")
    give_code(again, code)

    expect(again).to_have_url(f"{site.url}/connexion/cle/")
    expect(again.get_by_role("alert").or_(again.locator(".error-summary")).first).to_be_visible()
    first.close()
    second.close()


def give_password(page: Page, login: str) -> None:
    page.goto("/connexion/")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/connexion/cle/")


def give_code(page: Page, code: str) -> None:
    page.locator("input[autocomplete=one-time-code]").first.fill(code)
    page.keyboard.press("Enter")
    page.wait_for_load_state("load")
