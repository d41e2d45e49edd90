"""A secretary's day with a record: found without accents, corrected, explained, given back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.site import Site
from tests.exchange.ready_school import YEAR, ready_school
from tests.keys_of import totp_key
from tests.pupils_of import PupilOf, pupils_of

from bascule.accounts.profiles import Profile
from bascule.values import civil_identity

pytestmark = pytest.mark.browser

FOLDER = Path("build/screens")


@pytest.fixture
def found(site: Site) -> tuple[str, PupilOf]:
    """Give a pupil of a school whose secretary may sign in."""
    with site.opened():
        school = ready_school(6, number=91)
        school.bring()
        site.world.cast.give("browser.record", Profile.SECRETARY, school.uai)
        site.world.people["browser.record"] = site.world.cast.person("browser.record")
        totp_key(site.world.people["browser.record"])
        pupils = pupils_of(school.uai, YEAR)
    return school.uai, next(one for one in pupils if not one.name.isascii())


def test_a_pupil_is_found_corrected_explained_and_given_back(
    found: tuple[str, PupilOf], journey: Callable[..., Page]
) -> None:
    page, (uai, pupil) = journey("browser.record"), found
    # From any page, without accents, the first name first.
    page.goto(f"/e/{uai}/{YEAR}/exports/")
    search = page.get_by_label("Nom, INE ou date de naissance d’un élève")
    search.fill(
        f"{civil_identity.key(pupil.first_name).lower()} {civil_identity.key(pupil.family_name)[:3]}"
    )
    search.press("Enter")
    page.get_by_role("link", name=pupil.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(pupil.name)

    page.get_by_role("link", name="Corriger").click()
    page.locator("#id_usual_name").fill("DE LA TOUR")
    page.locator("#id_birth_date").fill("31/02/2014")
    page.locator("#id_birth_date").press("Enter")
    expect(page.get_by_text("Ce que vous avez saisi est conservé")).to_be_visible()
    expect(page.locator("#id_usual_name")).to_have_value("DE LA TOUR")
    page.screenshot(path=FOLDER / "record-journey.1.png", full_page=True)
    page.locator("#id_birth_date").fill(f"{pupil.birth_date:%d%m%Y}")
    page.get_by_role("button", name="Enregistrer").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("DE LA TOUR")
    typed = page.locator("dl.sourced > div", has_text="Nom d’usage")
    expect(typed).to_contain_text("saisi à la main")
    typed.get_by_text("Pourquoi cette valeur ?").click()
    expect(typed).to_contain_text("sera remplacée par le prochain fichier")
    page.screenshot(path=FOLDER / "record-journey.2.png", full_page=True)
    page.get_by_role("button", name="Annuler cette modification").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(pupil.name)
    expect(page.get_by_role("button", name="Rétablir")).to_be_visible()
