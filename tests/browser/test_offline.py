"""Without the network, what was typed is neither sent nor lost."""

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.site import Site

pytestmark = pytest.mark.browser


def test_a_form_sent_without_the_network_stays_and_says_so(site: Site, chromium: Browser) -> None:
    window = site.window(chromium, "secretary")
    page = window.new_page()
    page.goto("/moi/exemple/")
    band = page.get_by_text("Vous êtes hors connexion.")
    expect(band).to_be_hidden()

    window.set_offline(True)
    page.get_by_label("Note").fill("ce que j’ai tapé")
    page.get_by_role("button", name="Enregistrer").click()

    expect(band).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("ce que j’ai tapé")
    window.set_offline(False)
    expect(band).to_be_hidden()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main p", has_text="ce que j’ai tapé")).to_be_visible()
    window.close()
