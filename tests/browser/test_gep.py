"""GEP to the end in a browser: from the folder dropped to the closure paper, through differences put right."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from tests.browser.looks import faults_of
from tests.browser.site import NARROW, WIDE, Site
from tests.exchange.ready_school import YEAR, ReadySchool, ready_school
from tests.exchange.schools_for_tests import without_pupils
from tests.exchange.tables_elsewhere import gep_folder
from tests.keys_of import totp_key

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.generator.population import Population

pytestmark = pytest.mark.browser

HEAD, SECRETARY = "browser.gep", "browser.gep.bureau"
SCREENS = Path("build/screens")


def look_at(page: Page, name: str) -> None:
    """Keep what one sees, on an office screen and on a telephone, and refuse what is plainly wrong."""
    for size, width in ((WIDE, "1366"), (NARROW, "320")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True)
        assert faults_of(page) == []
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def deposited(page: Page, site: Site, school: ReadySchool) -> None:
    """Press, and let the worker read."""
    page.get_by_role("button", name="Déposer le fichier").click()
    page.wait_for_url("**/controler/")
    with site.opened():
        runs.resume(uai=school.uai, actor="worker", at=timezone.now())
    page.wait_for_url("**/comparer/")


def sends(page: Page, site: Site, school: ReadySchool, population: Population) -> None:
    """Deposit the file of the software and confirm it, as many as it says gone."""
    page.goto(f"/e/{school.uai}/{YEAR}/imports/deposer/")
    name, content = school.file(population, at=timezone.now())
    page.get_by_label("Fichier de votre logiciel").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": content}
    )
    deposited(page, site, school)
    page.locator("main .btn-primary").first.click()
    leavers = page.get_by_label("Nombre d’élèves partis ou absents du fichier")
    if leavers.count():
        leavers.fill(page.locator("main strong").first.inner_text())
        page.locator("main form .btn-primary").first.click()
    page.wait_for_url("**/resultat/")


def takes_over(page: Page, site: Site, school: ReadySchool, folder: Path) -> None:
    """Drop the folder, look at how it is read and at what it would do, and confirm."""
    page.goto(f"/e/{school.uai}/{YEAR}/imports/deposer/")
    page.get_by_text("Reprendre un dossier de GEP").click()
    page.get_by_label("Ou le dossier de GEP").set_input_files(folder)
    look_at(page, "gep-deposit")
    deposited(page, site, school)
    expect(page.locator("main")).to_contain_text("Ancien logiciel, sous DOS")
    look_at(page, "gep-compare")
    page.get_by_role("link", name="Vérifier ou changer").click()
    look_at(page, "gep-accents")
    page.get_by_role("button", name="Lire ainsi").click()
    with site.opened():
        runs.resume(uai=school.uai, actor="worker", at=timezone.now())
    page.wait_for_url("**/comparer/")
    page.locator("main form .btn-primary").first.click()
    page.wait_for_url("**/resultat/")


def signs(head: Page, school: ReadySchool, name: str) -> str:
    """Sign with a reason for the one difference left; gives the text of the paper."""
    head.goto(f"/e/{school.uai}/{YEAR}/arret-gep/")
    head.get_by_role("link", name="Signer l’arrêt de GEP").click()
    head.get_by_label(name).fill("Arrivé après la reprise.")
    head.get_by_label("Je signe l’arrêt de GEP").check()
    look_at(head, "gep-sign")
    head.get_by_role("button", name="Arrêter GEP").click()
    head.wait_for_url("**/arret-gep/")
    look_at(head, "gep-stopped")
    with head.expect_download() as download:
        head.get_by_role("link", name=f"GEP-{school.uai}-1").click()
    paper = SCREENS / "gep-paper.pdf"
    download.value.save_as(paper)
    return PdfReader(paper).pages[0].extract_text()


def test_a_school_drops_its_folder_of_gep_corrects_and_signs_its_end(
    site: Site, journey: Callable[..., Page], tmp_path: Path
) -> None:
    with site.opened():
        school = ready_school(40, number=71)
        for login, profile in ((HEAD, Profile.HEAD), (SECRETARY, Profile.SECRETARY)):
            site.world.cast.give(login, profile, school.uai)
            site.world.people[login] = site.world.cast.person(login)
            totp_key(site.world.people[login])
    late, lost, *_ = school.population.present
    folder = gep_folder(without_pupils(school.population, late.id), tmp_path)
    page, head = journey(SECRETARY), journey(HEAD)
    takes_over(page, site, school, folder)

    # The first file of the software: it forgot one, and knows one whom GEP did not.
    sends(head, site, school, without_pupils(school.population, lost.id))
    page.goto(f"/e/{school.uai}/{YEAR}/arret-gep/")
    expect(page.locator("main")).to_contain_text(f"{lost.family} {lost.first}")
    look_at(page, "gep-differences")
    # Corrected in the software: one difference is left, which is right.
    sends(head, site, school, school.population)
    page.goto(f"/e/{school.uai}/{YEAR}/arret-gep/")
    expect(page.locator("main")).not_to_contain_text(f"{lost.family} {lost.first}")
    said = signs(head, school, f"{late.family} {late.first}")
    assert "Arrivé après la reprise." in said
    assert late.family in said

    # From then on GEP is not offered, and a table of it is refused.
    page.goto(f"/e/{school.uai}/{YEAR}/imports/deposer/")
    expect(page.get_by_text("Reprendre un dossier de GEP")).to_have_count(0)
    page.get_by_label("Fichier de votre logiciel").set_input_files(folder / "F_ELE.DBF")
    page.get_by_role("button", name="Déposer le fichier").click()
    expect(page.locator("main")).to_contain_text("GEP est arrêté dans cet établissement")
    of_authority = journey("deep")
    of_authority.goto("/rectorat/arret-gep/")
    expect(of_authority.locator("main")).to_contain_text(f"GEP-{school.uai}-1")
    look_at(of_authority, "gep-authority")
