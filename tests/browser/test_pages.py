"""The register of pages, which all that looks at pages goes by. Needs no browser."""

import re
from importlib import resources
from pathlib import Path

from tests.browser.pages import NOT_PAGES, PAGES, names_of_site

STATIC = Path(str(resources.files("bascule.web"))) / "static"
#: What a sheet says for some widths only: blocks of one level of braces.
_OF_WIDTH = re.compile(r"@media[^{]*width[^{]*\{((?:[^{}]*\{[^{}]*\})*)")
_COLOURS = re.compile(
    r"(?m)(?:^|[\s;{])((?:color|background|background-color|opacity|filter)\s*:[^;}]*)"
)


def test_every_url_of_the_site_is_looked_at_or_said_to_be_no_page() -> None:
    known = set(PAGES) | set(NOT_PAGES)

    assert sorted(names_of_site() - known) == [], "add them to tests/browser/pages.py"
    assert sorted(known - names_of_site()) == [], "take them out of tests/browser/pages.py"


def test_no_colour_changes_with_the_width_of_the_window() -> None:
    """So contrasts are measured at one width. Edges of things that are not text may change."""
    sheets = [path.read_text(encoding="utf-8") for path in STATIC.glob("*.css")]
    narrow = [block for sheet in sheets for block in _OF_WIDTH.findall(sheet)]

    assert len(narrow) > 3
    assert [found for block in narrow for found in _COLOURS.findall(block)] == []
