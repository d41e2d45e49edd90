"""The anomalies of a year worked through: one from the keyboard, then twenty-seven in four clicks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.site import Site
from tests.exchange.schools_for_tests import YEAR, ReadySchool, make_ready
from tests.exchange.spoiled import spoiled_file, spoiled_mef
from tests.keys_of import totp_key

from bascule.accounts.profiles import Profile
from bascule.generator.academy import Academy, Kind
from bascule.generator.population import populate
from bascule.generator.school import teaching_year

pytestmark = pytest.mark.browser

SPOILED = 27


@pytest.fixture
def school(site: Site) -> ReadySchool:
    """Give a school whose last file has twenty-seven pupils under a MEF that nobody knows."""
    with site.opened():
        teaching = teaching_year(
            Academy("Essais", 1, (140,) * 81, (Kind.COLLEGE,) * 81).school(81), YEAR
        )
        made = make_ready(populate(teaching))
        made.bring(spoiled_file(made.population, SPOILED))
        site.world.cast.give("browser.anomalies", Profile.SECRETARY, made.uai)
        site.world.people["browser.anomalies"] = site.world.cast.person("browser.anomalies")
        totp_key(site.world.people["browser.anomalies"])
    return made


def test_an_anomaly_is_mended_from_the_keyboard_and_twenty_seven_in_four_clicks(
    school: ReadySchool, journey: Callable[..., Page]
) -> None:
    page, here = journey("browser.anomalies"), f"/e/{school.uai}/{YEAR}/anomalies/"
    page.goto(f"{here}?onglet=a-corriger")
    one_from_the_keyboard(page)
    page.goto(here)
    the_next_one_takes_the_focus(page, spoiled_mef(school.population))

    blocking = count_of(page, "Bloquantes")
    page.get_by_role("link", name=f"Corriger les {SPOILED}…").click()
    page.get_by_role("radio").first.click()
    page.get_by_role("button", name="Voir ce qui change").click()
    page.get_by_role("button", name=f"Corriger {SPOILED} fiches").click()
    expect(page.get_by_text(f"{SPOILED} fiches corrigées.")).to_be_visible()
    expect(tabs(page)).to_contain_text(f"Bloquantes ({blocking - SPOILED})")
    page.get_by_role("button", name="Annuler ce que je viens de faire").click()
    expect(tabs(page)).to_contain_text(f"Bloquantes ({blocking})")


def one_from_the_keyboard(page: Page) -> None:
    before = count_of(page, "À corriger")
    field = page.get_by_label("Courriel –").first
    field.focus()
    page.keyboard.type("nulle part encore")
    page.keyboard.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value("nulle part encore")
    page.keyboard.press("Control+A")
    page.keyboard.type("parent@exemple.fr")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Corrigé :").first).to_be_visible()
    expect(tabs(page)).to_contain_text(f"À corriger ({before - 1})")


def the_next_one_takes_the_focus(page: Page, right: str) -> None:
    before, fields = count_of(page, "Bloquantes"), page.locator(".mend [name=valeur]")
    following = fields.nth(1).get_attribute("id")
    fields.first.focus()
    page.keyboard.type(right)
    page.keyboard.press("Enter")
    expect(page.locator(f"#{following}")).to_be_focused()
    expect(tabs(page)).to_contain_text(f"Bloquantes ({before - 1})")
    page.get_by_role("button", name="Annuler Corrigé").click()
    expect(tabs(page)).to_contain_text(f"Bloquantes ({before})")


def tabs(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Importance des anomalies")


def count_of(page: Page, word: str) -> int:
    return int(tabs(page).inner_text().partition(f"{word} (")[2].partition(")")[0])
