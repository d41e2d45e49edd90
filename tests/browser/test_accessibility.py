"""Every page, in every state, at two widths: what a machine can tell of its accessibility."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from tests.browser import looks
from tests.browser.pages import ALL, PAGES, SAMPLES, go, settle
from tests.browser.site import NARROW, WIDE, Site

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": _RULES},
    "resultTypes": ["violations"],
    "preload": False,
    "iframes": False,
}

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


@pytest.mark.parametrize("name", sorted(ALL))
def test_axe_finds_nothing_and_nothing_stands_on_anything(
    name: str, look: Opened, site: Site
) -> None:
    page = look(ALL[name][1].who)
    go(page, *ALL[name], site.world)
    page.evaluate(Axe().axe_script)
    found: list[str] = []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        settle(page)
        results = page.evaluate("options => axe.run(document, options)", OPTIONS)
        found += [
            f"{size['width']}: {one['id']}: {node['html'][:160]} {node['failureSummary']}"
            for one in results["violations"]
            for node in one["nodes"]
        ]
        found += [f"{size['width']}: {one}" for one in looks.faults_of(page)]
    assert not found, "\n".join(found)


#: One state of each page, and those where something was sent or opened.
_WALKED = sorted(
    name for name, (url, visit) in ALL.items() if visit.act or visit is (PAGES | SAMPLES)[url][0]
)


@pytest.mark.parametrize("name", _WALKED)
def test_the_keyboard_reaches_everything_and_one_sees_where_it_is(
    name: str, look: Opened, site: Site
) -> None:
    page = look(ALL[name][1].who)
    go(page, *ALL[name], site.world)
    page.bring_to_front()
    stops: list[str] = page.evaluate(_STOPS)

    reached: dict[int, bool] = {}
    # Twice around at most: the browser's own controls are a stop too, and pages may begin anywhere.
    for _ in range(2 * len(stops) + 4):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus and focus[0]:
            reached[int(focus[0])] = focus[1]
        if len(reached) == len(stops):
            break

    assert [html for rank, html in enumerate(stops) if rank not in reached] == [], "not reached"
    assert [stops[rank] for rank, seen in reached.items() if not seen] == [], "reached, not seen"
