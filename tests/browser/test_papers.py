"""A parent waits at the desk: the certificate is three clicks away, and whoever is shown it may check it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader
from tests.browser.site import Site
from tests.browser.world import YEAR

pytestmark = pytest.mark.browser


def test_from_a_search_to_a_certificate_that_a_stranger_checks(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    window = site.window(chromium, "secretary")
    page = window.new_page()
    page.goto(f"/e/{site.world.school}/{YEAR}/eleves/?presence=presents")
    page.locator("main table tbody th a").first.click()
    page.get_by_role("link", name="Certificat de scolarité").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Établir le certificat").click()
    paper = tmp_path / "certificat.pdf"
    taken.value.save_as(paper)
    (sheet,) = PdfReader(paper).pages
    code = sheet.extract_text().split("/verifier/")[1].split()[0]
    window.close()

    stranger = site.window(chromium)
    page = stranger.new_page()
    page.goto("/verifier/")
    page.get_by_label("Code du certificat").fill(code.lower())
    page.get_by_role("button", name="Vérifier").click()

    expect(page.get_by_text("Ce certificat est valable")).to_be_visible()
    assert site.faults == []
    stranger.close()


def test_one_press_exports_and_the_list_of_exchanges_gives_each_file_again(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    window = site.window(chromium, "head of imports")
    page = window.new_page()
    uai, _run = site.world.imports["applied"]
    page.goto(f"/e/{uai}/{YEAR}/echanges/")
    page.get_by_role("link", name="Exporter", exact=True).click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Exporter les fichiers de votre logiciel").click()
    assert taken.value.suggested_filename.startswith("Exports_")
    page.get_by_role("link", name="Suivi des échanges").click()
    page.get_by_label("Nature").select_option("eleves")
    page.get_by_role("button", name="Chercher", exact=True).click()

    expect(page.get_by_role("status").filter(has_text="1 échange trouvé")).to_be_visible()
    with page.expect_download() as again:
        page.get_by_role("link", name="ExportXML_ElevesAvecAdresses.zip").click()
    again.value.save_as(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes()[:2] == b"PK"
    assert site.faults == []
    window.close()
