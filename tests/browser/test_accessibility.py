"""Every page, in every state, at two widths: what a machine can tell of its accessibility."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from tests.browser import looks
from tests.browser.pages import ALL, PAGES, SAMPLES, go, settle
from tests.browser.site import NARROW, WIDE, Site

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4"]
_HOW = {"resultTypes": ["violations"], "preload": False, "iframes": False}
OPTIONS = {"runOnly": {"type": "tag", "values": _RULES}, **_HOW}
#: What the width of the window changes; the rest of a page is the same, its colours too (`test_pages.py`).
_OF_WIDTH = ["target-size", "scrollable-region-focusable"]
OPTIONS_OF_WIDTH = {"runOnly": {"type": "rule", "values": _OF_WIDTH}, **_HOW}
#: Letters get smaller with the window: big ones are asked the contrast of small ones.
_AXE = (
    Axe().axe_script
    + r"""
{
  const usual = axe._audit.checks["color-contrast"].options;
  const options = { ...usual, contrastRatio: { ...usual.contrastRatio, large: usual.contrastRatio.normal } };
  axe.configure({ checks: [{ id: "color-contrast", options }] });
}
"""
)

#: Where the keyboard should stop; from then on, each press tells where it stops, and whether one sees it.
_STOPS = r"""
(whole) => {
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const groups = new Set();
  const around = whole ? document : document.querySelector("main");
  const stops = [...around.querySelectorAll(all)].filter((element) => {
    if (!element.checkVisibility() || element.disabled || element.tabIndex < 0) return false;
    if (element.type !== "radio") return true;
    const group = `${element.form?.id}/${element.name}`;
    return groups.has(group) ? false : groups.add(group);
  });
  if (!whole) around.focus();
  stops.forEach((element, rank) => (element.dataset.stop = String(rank)));
  window.reached = {};
  addEventListener("keyup", () => {
    const element = document.activeElement;
    if (!element?.dataset.stop) return;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    window.reached[element.dataset.stop] = seen && inside;
  }, true);
  return stops.map((element) => element.outerHTML.slice(0, 120));
}
"""

pytestmark = pytest.mark.browser

Opened = Callable[[str], Page]


#: One state of each page, and those where something was sent or opened.
_WALKED = sorted(
    name for name, (url, visit) in ALL.items() if visit.act or visit is (PAGES | SAMPLES)[url][0]
)


#: Pages walked with the frame around them; it is the same for the others, that are entered by their content.
_WHOLE = {
    *(name for name in _WALKED if ALL[name][0] in SAMPLES),
    *("portal.full", "portal.menu-of-person", "public-components.full", "signin-password.full"),
}


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_page_hinders_nobody(name: str, look: Opened, site: Site) -> None:
    """Axe finds nothing, nothing stands on anything, the keyboard reaches everything and one sees where it is."""
    page = look(ALL[name][1].who)
    go(page, *ALL[name], site.world)
    found = _not_walked(page, is_whole=name in _WHOLE) if name in _WALKED else []
    page.evaluate(_AXE)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        settle(page)
        found += [f"{size['width']}: {one}" for one in looks.faults_of(page)]
        # At the narrow width, one state of each page is enough for axe: the others have the same parts;
        # and the frame, in which other things show, is looked at whole on some.
        if size is WIDE or name in _WALKED:
            is_whole = size is WIDE or name in _WHOLE
            faults = _axe(page, OPTIONS if is_whole else OPTIONS_OF_WIDTH)
            found += [f"{size['width']}: {one}" for one in faults]
    assert not found, "\n".join(found)


def _axe(page: Page, options: dict[str, Any]) -> list[str]:
    results = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in results["violations"]
        for node in one["nodes"]
    ]


def _not_walked(page: Page, *, is_whole: bool) -> list[str]:
    """Walk through a page with the Tab key; give what it does not reach, or reaches unseen."""
    page.bring_to_front()
    stops: list[str] = page.evaluate(_STOPS, is_whole)
    reached: dict[str, bool] = {}
    # Twice around at most: the browser's own controls are a stop too, and pages may begin anywhere.
    left = 2 * len(stops) + 4
    while left > 0 and len(reached) < len(stops):
        for _ in range(presses := len(stops) - len(reached)):
            page.keyboard.press("Tab")
        left -= presses
        reached = page.evaluate("reached")
    return [
        *(f"not reached: {html}" for rank, html in enumerate(stops) if str(rank) not in reached),
        *(f"reached, not seen: {stops[int(rank)]}" for rank, seen in reached.items() if not seen),
    ]
