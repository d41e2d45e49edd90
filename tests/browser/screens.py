"""Draw every page into `build/screens`, at the size of an office screen and of a telephone.

The pictures of the documentation are drawn into `docs/pictures`.

`make screens` runs it. It fails when a page scrolls sideways, when things stand on each other, or when
a page is empty.
"""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FloatRect
from tests.browser import looks
from tests.browser.pages import ALL, go
from tests.browser.site import NARROW, WIDE, Site

FOLDER = Path("build/screens")
DOCUMENTATION = Path("docs/pictures")
#: What the documentation shows, and the page of each.
PICTURES = {
    "portal": "portal.full",
    "guide": "guide-steps.full",
    "comparison": "exchanges-compare.planned",
    "anomalies": "anomalies-inbox.full",
    "record": "pupils-record.full",
    "glance": "glance-school.full",
    "base": "bea-board.full",
    "dispute": "identities-dispute.full",
    "campaign": "campaign-board.full",
    "figures": "figures-home.full",
    "constat": "constat-home.full",
}
#: Pages whose picture begins at what they are about: the words there.
BEGINS = {
    "comparison": "Ce que l’import fera",
    "campaign": "Établissement par établissement",
    "figures": "Élèves présents à la date, par niveau et sexe",
}

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1366", "320"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_a_picture_of_each_page(
    name: str, size: dict[str, int], windows: dict[str, BrowserContext], site: Site
) -> None:
    page = windows[ALL[name][1].who].new_page()
    page.set_viewport_size(size)  # type: ignore[arg-type]
    go(page, *ALL[name], site.world)

    page.screenshot(path=FOLDER / f"{name}.{size['width']}.png", full_page=True)

    found = looks.faults_of(page)
    page.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_for_the_documentation(
    name: str, windows: dict[str, BrowserContext], site: Site
) -> None:
    visit = ALL[PICTURES[name]]
    page = windows[visit[1].who].new_page()
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    go(page, *visit, site.world)
    clip = None
    if name in BEGINS:
        page.get_by_text(BEGINS[name]).first.evaluate("(element) => element.scrollIntoView()")
        # Beside it, the menu has ended.
        clip = FloatRect(x=310, y=0, width=1006, height=WIDE["height"])
    page.screenshot(path=DOCUMENTATION / f"{name}.png", clip=clip)
    page.close()
