"""A real browser before the real site: one server and one base for all, one browser for each module."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django import DjangoDbBlocker
from tests.bases import Server, made_base, pointed_at
from tests.browser import world
from tests.browser.site import CHROMIUM, WIDE, Site, served

TRACES = Path("build/traces")
_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End with the looks at pages: each is short, so all processes have done at once."""
    items.sort(key=lambda item: item.path.name == "test_accessibility.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> "Iterator[None]":
    report = yield
    if report.failed:  # type: ignore[attr-defined]
        item.stash[_FAILED] = True
    return report


@pytest.fixture(scope="session")
def site(
    server: Server,
    template: str,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    with made_base(server, template) as base:
        with django_db_blocker.unblock(), pointed_at(server, base.name):
            people = world.build()
        with served(base, tmp_path_factory.mktemp("site")) as url:
            yield Site(url=url, base=base, blocker=django_db_blocker, world=people)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Not for the whole run: while it is open, a loop runs in this thread, and Django would ask nothing
    # of the base in the tests of other modules.
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is not there: no page was looked at.")
        pytest.skip(f"{CHROMIUM} is not there.")
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def windows(chromium: Browser, site: Site) -> Iterator[dict[str, BrowserContext]]:
    """Keep one window for each person, opened when it is first asked."""

    class Windows(dict[str, BrowserContext]):
        def __missing__(self, who: str) -> BrowserContext:
            self[who] = site.window(chromium, who)
            return self[who]

    kept = Windows()
    yield kept
    for window in kept.values():
        window.close()


@pytest.fixture
def look(windows: dict[str, BrowserContext]) -> Iterator[Callable[[str], Page]]:
    """Open a page for somebody, at the size of an office screen; the one of the test before, once it is left."""
    taken: set[str] = set()
    opened: list[Page] = []

    def open_page(who: str) -> Page:
        window = windows[who]
        if who in taken or not window.pages:
            page = window.new_page()
            if who in taken:
                opened.append(page)
        else:
            page = window.pages[0]
            page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        taken.add(who)
        return page

    yield open_page
    for page in opened:
        page.close()


@pytest.fixture
def journey(
    chromium: Browser, site: Site, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Open a window of its own for somebody; what happens in it is kept if the test fails."""
    opened: list[BrowserContext] = []

    def open_page(who: str = "nobody", **options: object) -> Page:
        opened.append(site.window(chromium, who, **options))
        # No pictures: what a page held is enough to see it again, and they cost a fifth of a journey.
        opened[-1].tracing.start(snapshots=True)
        return opened[-1].new_page()

    yield open_page
    name = "".join(sign if sign.isalnum() else "-" for sign in request.node.name)
    for rank, window in enumerate(opened):
        failed = request.node.stash.get(_FAILED, False)
        window.tracing.stop(path=TRACES / f"{name}.{rank}.zip" if failed else None)
        window.close()


@pytest.fixture(autouse=True)
def nothing_is_complained_of(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which a browser complained."""
    watched = "site" in request.fixturenames
    if watched:
        # First: where there is no browser, nothing is served to it.
        request.getfixturevalue("chromium")
    site: Site | None = request.getfixturevalue("site") if watched else None
    yield
    if site is not None:
        faults, site.faults[:] = list(site.faults), []
        assert not faults, "\n".join(faults)
