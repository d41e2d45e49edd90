"""What components do once a person handles them: the menu, the lists that open, the end of a session."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, expect
from tests.browser import looks
from tests.browser.site import NARROW, Site
from tests.browser.test_accessibility import OPTIONS

from bascule.accounts.session_store import IDLE

pytestmark = pytest.mark.browser

Opened = Callable[..., Page]

#: WCAG 1.4.12: what a reader may ask of any text.
_SPACED = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""


def forget(site: Site, page: Page) -> None:
    """End the session of a page as half an hour would."""
    (cookie,) = (
        one for one in page.context.cookies() if one.get("name") == settings.SESSION_COOKIE_NAME
    )
    with site.opened():
        store = import_module(settings.SESSION_ENGINE).SessionStore(cookie.get("value"))
        store["seen_at"] = (datetime.fromisoformat(store["seen_at"]) - IDLE).isoformat()
        store.save()


def minutes_later(page: Page, minutes: float) -> None:
    page.clock.fast_forward(int(minutes * 60_000))


# The end of a session


@pytest.fixture
def typed(journey: Opened) -> Page:
    """Give a form in which something was typed, and a clock that may be moved on."""
    page = journey("head")
    page.clock.install()
    page.goto("/moi/exemple/")
    page.get_by_label("Note").fill("À revoir avec la famille")
    return page


def test_two_minutes_before_the_end_one_is_asked_and_may_stay(typed: Page) -> None:
    dialog = typed.get_by_role("dialog")
    minutes_later(typed, 27)
    expect(dialog).to_be_hidden()

    minutes_later(typed, 1.5)
    expect(dialog).to_contain_text("elle se termine dans 2 min")
    expect(typed.get_by_role("button", name="Rester connecté")).to_be_focused()
    with typed.expect_response("**/moi/encore/") as answer:
        typed.get_by_role("button", name="Rester connecté").click()

    assert answer.value.status == 204
    expect(dialog).to_be_hidden()
    minutes_later(typed, 27)
    expect(dialog).to_be_hidden()
    minutes_later(typed, 1.5)
    expect(dialog).to_be_visible()
    expect(typed.get_by_label("Note")).to_have_value("À revoir avec la famille")


def test_escape_sends_the_question_away_for_good(typed: Page) -> None:
    minutes_later(typed, 28.5)
    expect(typed.get_by_role("dialog")).to_be_visible()

    typed.keyboard.press("Escape")
    minutes_later(typed, 0.5)

    expect(typed.get_by_role("dialog")).to_be_hidden()


def test_what_was_typed_outlives_the_session(typed: Page, site: Site) -> None:
    minutes_later(typed, 31)
    expect(typed.get_by_text("Votre session est terminée.")).to_be_visible()
    expect(typed.get_by_label("Note")).to_have_value("À revoir avec la famille")

    forget(site, typed)
    typed.get_by_role("button", name="Enregistrer").click()

    typed.wait_for_url("**/connexion/?fin=1")
    expect(typed.get_by_text("Ce que vous avez saisi est gardé")).to_be_visible()


def test_a_session_that_ended_elsewhere_says_so(typed: Page, site: Site) -> None:
    minutes_later(typed, 28.5)
    forget(site, typed)

    typed.get_by_role("button", name="Rester connecté").click()

    expect(typed.get_by_text("Votre session est terminée.")).to_be_visible()


def test_another_window_of_the_same_person_keeps_the_session_of_both(typed: Page) -> None:
    minutes_later(typed, 28.5)
    expect(typed.get_by_role("dialog")).to_be_visible()

    other = typed.context.new_page()
    other.clock.install(time=datetime.now().astimezone() + timedelta(minutes=28.5))
    other.goto("/moi/exemple/")

    expect(typed.get_by_role("dialog")).to_be_hidden()


# What opens and closes


def test_escape_and_a_click_elsewhere_close_a_list(journey: Opened) -> None:
    page = journey("head")
    page.goto("/")
    person = page.locator("details.person")

    person.locator("summary").click()
    expect(person.get_by_role("link", name="Mes clés")).to_be_visible()
    page.keyboard.press("Escape")
    expect(person).not_to_have_attribute("open", "")
    expect(person.locator("summary")).to_be_focused()

    person.locator("summary").click()
    page.get_by_role("heading", level=1).click()
    expect(person).not_to_have_attribute("open", "")


def test_the_menu_of_a_narrow_screen_opens_by_its_button(journey: Opened) -> None:
    page = journey("head", viewport=NARROW)
    page.goto("/")
    menu, button = (
        page.get_by_role("navigation", name="Menu principal"),
        page.get_by_role("button", name="Menu"),
    )

    expect(menu).to_be_hidden()
    button.click()
    expect(menu).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    assert looks.faults_of(page) == []


def test_a_form_that_comes_back_is_read_from_its_faults(journey: Opened) -> None:
    page = journey()
    page.goto("/connexion/")
    page.get_by_role("button", name="Continuer").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Identifiant").click()
    expect(page.get_by_label("Identifiant")).to_be_focused()


def test_a_table_is_stopped_at_only_where_it_scrolls(journey: Opened) -> None:
    page = journey()
    page.goto("/composants/")
    table = page.get_by_role("group", name="Divisions de l’année 2026-2027")

    expect(table).not_to_have_attribute("tabindex", "0")
    page.set_viewport_size(NARROW)
    expect(table).to_have_attribute("tabindex", "0")


# Other ways to look


def test_without_script_the_menu_is_there_and_forms_are_sent(journey: Opened) -> None:
    page = journey("head", java_script_enabled=False, viewport=NARROW)
    page.goto("/moi/exemple/")

    expect(page.get_by_role("navigation", name="Menu principal")).to_be_visible()
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
    page.get_by_label("Note").fill("vu")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("vu", exact=True)).to_be_visible()


@pytest.mark.parametrize("path", ["/composants/", "/erreur/404/", "/connexion/"])
def test_in_the_dark_axe_finds_nothing_either(journey: Opened, path: str) -> None:
    page = journey(color_scheme="dark")
    page.goto(path)

    page.evaluate(Axe().axe_script)
    results = page.evaluate("options => axe.run(document, options)", OPTIONS)

    assert [
        (one["id"], node["html"][:120]) for one in results["violations"] for node in one["nodes"]
    ] == []


@pytest.mark.parametrize("width", [1366, 320])
def test_wider_spacing_of_text_cuts_nothing(journey: Opened, width: int) -> None:
    page = journey(bypass_csp=True, viewport={"width": width, "height": 768})
    page.goto("/composants/")
    page.add_style_tag(content=_SPACED)

    assert [one for one in looks.faults_of(page) if "target" not in one] == []


def test_paper_bears_the_school_and_no_menu(journey: Opened) -> None:
    page = journey("head")
    page.goto("/moi/exemple/")
    page.emulate_media(media="print")

    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.locator(".place-school")).to_be_visible()
    expect(page.locator(".printed-on")).to_be_visible()
