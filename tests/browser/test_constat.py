"""A head signs her constat in a browser: what waits on the portal, the figures, the code of the key, the paper."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from tests.bea.acting import pass_night
from tests.browser.looks import faults_of
from tests.browser.site import NARROW, WIDE, Site
from tests.exchange.ready_school import AT, YEAR, ready_school
from tests.keys_of import totp_key

from bascule.accounts.profiles import Profile
from bascule.constat.rounds import change_days

pytestmark = pytest.mark.browser

HEAD = "browser.constat"
SCREENS = Path("build/screens")


def look_at(page: Page, name: str) -> None:
    """Keep what one sees, on an office screen and on a telephone, and refuse what is plainly wrong."""
    for size, width in ((WIDE, "1366"), (NARROW, "320")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True)
        assert faults_of(page) == []
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def test_a_head_signs_the_figures_of_the_start_of_the_year(  # noqa: PLR0915 - a journey
    site: Site, journey: Callable[..., Page]
) -> None:
    with site.opened():
        school = ready_school(24, number=73)
        school.bring()
        site.world.cast.give(HEAD, Profile.HEAD, school.uai)
        site.world.people[HEAD] = site.world.cast.person(HEAD)
        key = totp_key(site.world.people[HEAD])
        there = [one for one in school.population.pupils if one.left_on is None]
        # The school came after the constat was opened: prolonging it lets it in.
        last = timezone.localdate() + timedelta(days=14)
        change_days(year=YEAR, closes_on=last, actor="papep", at=timezone.now())
        pass_night(day=AT.date(), uais=[school.uai])
    page = journey(HEAD)

    page.goto("/")
    page.get_by_role("link", name="Signer le constat de rentrée").click()
    expect(page.locator("main")).to_contain_text("Tout est prêt")
    look_at(page, "constat-ready")
    page.get_by_role("link", name="Signer le constat").click()
    page.get_by_label("Je certifie ces effectifs exacts").check()
    page.get_by_label("Code de votre clé").fill(key.code())
    page.get_by_role("button", name="Signer le constat").click()

    page.wait_for_url("**/constat/")
    expect(page.locator("main")).to_contain_text("Le constat est signé")
    look_at(page, "constat-signed")
    with page.expect_download() as download:
        page.get_by_role("link", name="Document signé").click()
    paper = SCREENS / "constat-paper.pdf"
    download.value.save_as(paper)
    said = PdfReader(paper).pages[0].extract_text()
    assert f"CR-{YEAR}-{school.uai}-1" in said
    assert f"{len(there)} élèves sont présents" in said
    papep = journey("papep")
    papep.goto("/rectorat/constat/?etat=signe")
    expect(papep.locator("main")).to_contain_text(school.uai)
