"""Divisions and groups, made and validated on their page."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.site import Site
from tests.keys_of import totp_key
from tests.preparation.new_year import YEAR, NewYear, new_year

from bascule.accounts.profiles import Profile

pytestmark = pytest.mark.browser

FOLDER = Path("build/screens")
_NUMBERS = count(21)


@pytest.fixture
def school(site: Site) -> NewYear:
    """Give a school that has its pupils."""
    with site.opened():
        made = new_year(20, number=next(_NUMBERS))
        made.receive_nomenclatures()
        made.receive_structures()
        made.export()
        made.bring()
        login = f"browser.structures.{made.uai.lower()}"
        site.world.cast.give(login, Profile.HEAD, made.uai)
        site.world.people["browser.structures"] = site.world.cast.person(login)
        totp_key(site.world.people["browser.structures"])
    return made


def test_a_division_and_a_group_are_made_and_one_that_has_pupils_stays(
    site: Site, school: NewYear, journey: Callable[..., Page]
) -> None:
    page, here = journey("browser.structures"), f"/e/{school.uai}/{YEAR}/structures/"
    page.goto(here)
    page.get_by_role("link", name="Ajouter une division").click()
    page.get_by_label("Code", exact=True).fill("6Z")
    page.get_by_label("Libellé").fill("Sixième de la rentrée")
    page.locator("input[name=mefs]").first.check()
    page.get_by_label("Effectif prévu").fill("24")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("main").get_by_text("6Z").first).to_be_visible()

    page.goto(here)
    page.get_by_role("link", name="Ajouter un groupe").click()
    page.get_by_label("Code", exact=True).fill("6ZLV1")
    page.get_by_role("checkbox", name="6Z", exact=False).first.check()
    page.get_by_role("button", name="Enregistrer").click()
    page.goto(here)
    page.screenshot(path=FOLDER / "structures-journey.1.png", full_page=True)
    page.get_by_role("button", name="Valider divisions et groupes").click()
    expect(page.get_by_text("Les divisions et les groupes sont validés.")).to_be_visible()
    assert {"6Z", "6ZLV1"} <= codes(site, school)

    full = next(iter(sorted(codes(site, school, kind="D") - {"6Z"})))
    page.get_by_role("link", name=full, exact=True).first.click()
    page.screenshot(path=FOLDER / "structures-journey.2.png", full_page=True)
    expect(page.get_by_text("Cette division a des élèves")).to_be_visible()
    expect(page.get_by_role("button", name="Retirer")).to_have_count(0)


def codes(site: Site, school: NewYear, kind: str = "") -> set[str]:
    with site.opened(), site.base.look() as administrator:
        found = administrator.execute(
            "SELECT code FROM schools_structure WHERE uai = %s AND year = %s AND kind LIKE %s",
            [school.uai, YEAR, kind or "%"],
        )
        return {code for (code,) in found.fetchall()}
