"""The register of pages, which all that looks at pages goes by. Needs no browser."""

from tests.browser.pages import NOT_PAGES, PAGES, names_of_site


def test_every_url_of_the_site_is_looked_at_or_said_to_be_no_page() -> None:
    known = set(PAGES) | set(NOT_PAGES)

    assert sorted(names_of_site() - known) == [], "add them to tests/browser/pages.py"
    assert sorted(known - names_of_site()) == [], "take them out of tests/browser/pages.py"
