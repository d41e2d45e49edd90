"""GEP to the end in a browser: from the folder dropped to the closure paper."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser.site import Site
from tests.exchange.ready_school import YEAR, ReadySchool, ready_school
from tests.keys_of import totp_key

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.exchange.receive import receive_import
from bascule.generator.gep import gep_files

pytestmark = pytest.mark.browser

HEAD = "browser.gep"
SCREENS = Path("build/screens")


def folder_of(school: ReadySchool) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in gep_files(school.population, at=timezone.now()):
            archive.writestr(f"GEP/{file.name}", file.content)
    return out.getvalue()


def test_a_school_drops_its_folder_of_gep_and_signs_its_end(
    site: Site, journey: Callable[..., Page]
) -> None:
    with site.opened():
        school = ready_school(6, number=71)
        site.world.cast.give(HEAD, Profile.HEAD, school.uai)
        site.world.people[HEAD] = site.world.cast.person(HEAD)
        totp_key(site.world.people[HEAD])
    page = journey(HEAD)
    page.goto(f"/e/{school.uai}/{YEAR}/imports/deposer/")
    page.locator("input[type=file]").set_input_files(
        {"name": "gep.zip", "mimeType": "application/zip", "buffer": folder_of(school)}
    )
    page.get_by_role("button", name="Déposer le fichier").click()
    page.wait_for_url("**/controler/")
    with site.opened():
        signed = {"uai": school.uai, "actor": HEAD, "at": timezone.now()}
        runs.resume(**signed)
        (run,) = runs.list_runs(uai=school.uai)
        runs.approve(run_id=run.pk, as_authority=True, **signed)
        made = school.file(school.population, at=timezone.now())
        sent = receive_import(files=[made], year=YEAR, changes_software=True, **signed).run
        runs.approve(run_id=sent.pk, as_authority=True, **signed)
    page.goto(f"/e/{school.uai}/{YEAR}/arret-gep/")
    page.screenshot(path=SCREENS / "gep.png", full_page=True)
    expect(page.get_by_role("heading", name="Arrêt de GEP")).to_be_visible()
    page.get_by_role("link", name="Signer l’arrêt de GEP").click()
    page.get_by_label("Je signe l’arrêt de GEP").check()
    page.screenshot(path=SCREENS / "gep-sign.png", full_page=True)
    page.get_by_role("button", name="Arrêter GEP").click()
    page.wait_for_url("**/arret-gep/")
    page.screenshot(path=SCREENS / "gep-stopped.png", full_page=True)
    with page.expect_download() as paper:
        page.get_by_role("link", name=f"GEP-{school.uai}-1").click()
    assert paper.value.path().read_bytes().startswith(b"%PDF-")
