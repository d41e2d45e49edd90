"""Every page, in every state, at two widths: what a machine can tell of its accessibility."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from tests.browser import looks
from tests.browser.pages import ALL, NOT_PAGES, PAGES, go, names_of_site
from tests.browser.site import NARROW, WIDE, Site

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4"]
_OPTIONS = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"]}

#: Where the keyboard stops, and whether one sees it.
_FOCUS = r"""
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [element.dataset.stop ?? "", seen && inside, element.outerHTML.slice(0, 120)];
}
"""
_STOPS = r"""
() => {
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const groups = new Set();
  const stops = [...document.querySelectorAll(all)].filter((element) => {
    if (!element.checkVisibility() || element.disabled || element.tabIndex < 0) return false;
    if (element.type !== "radio") return true;
    const group = `${element.form?.id}/${element.name}`;
    return groups.has(group) ? false : groups.add(group);
  });
  stops.forEach((element, rank) => (element.dataset.stop = String(rank)));
  return stops.map((element) => element.outerHTML.slice(0, 120));
}
"""

pytestmark = pytest.mark.browser

Opened = Callable[[str], Page]


def test_every_url_of_the_site_is_looked_at_or_said_to_be_no_page() -> None:
    known = set(PAGES) | set(NOT_PAGES)

    assert names_of_site() - known == set(), "add them to tests/browser/pages.py"
    assert known - names_of_site() == set(), "take them out of tests/browser/pages.py"


@pytest.mark.parametrize("name", sorted(ALL))
def test_axe_finds_nothing_and_nothing_stands_on_anything(
    name: str, look: Opened, site: Site
) -> None:
    page = look(ALL[name][1].who)
    go(page, *ALL[name], site.world)
    found: list[str] = []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        results = Axe().run(page, options=_OPTIONS).response
        found += [
            f"{size['width']}: {one['id']}: {node['html'][:160]} {node['failureSummary']}"
            for one in results["violations"]
            for node in one["nodes"]
        ]
        found += [f"{size['width']}: {one}" for one in looks.faults_of(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_keyboard_reaches_everything_and_one_sees_where_it_is(
    name: str, look: Opened, site: Site
) -> None:
    page = look(ALL[name][1].who)
    go(page, *ALL[name], site.world)
    stops: list[str] = page.evaluate(_STOPS)
    page.evaluate("document.querySelector('[data-stop=\"0\"]').focus()")

    reached: set[int] = set()
    unseen: list[str] = []
    for _ in range(len(stops) + 1):
        focus = page.evaluate(_FOCUS)
        if focus is not None:
            reached |= {int(focus[0])} if focus[0] else set()
            unseen += [] if focus[1] else [focus[2]]
        page.keyboard.press("Tab")

    assert [html for rank, html in enumerate(stops) if rank not in reached] == []
    assert unseen == []
