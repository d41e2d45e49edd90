"""The rectorat opens a year for its schools, follows it, and takes it back."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker
from tests.bases import Server, made_base, pointed_at
from tests.browser.site import Site, served
from tests.browser.world import World
from tests.cast import Cast
from tests.exchange.ready_school import YEAR, ready_school
from tests.keys_of import totp_key

from bascule.accounts.profiles import Profile
from bascule.preparation import openings
from bascule.schools.open_year import State, years_of

pytestmark = pytest.mark.browser

FOLDER = Path("build/screens")
_SCHOOLS = 4


@pytest.fixture
def site(
    server: Server,
    template: str,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """Give a site of its own: a year that opens changes every school of a base."""
    with made_base(server, template) as base:
        with django_db_blocker.unblock(), pointed_at(server, base.name):
            schools = [ready_school(12, number=number) for number in range(1, _SCHOOLS + 1)]
            for school in schools:
                school.bring()
            world = World(Cast(schools[0].uai, schools[1].uai), schools[0].uai, schools[1].uai)
            world.people = {"deep": world.cast.of_authority(Profile.DEEP)}
            totp_key(world.people["deep"])
        with served(base, tmp_path_factory.mktemp("years")) as url:
            yield Site(url=url, base=base, blocker=django_db_blocker, world=world)


def now() -> datetime:
    return datetime.now(tz=UTC)


def test_a_year_opens_for_all_before_ones_eyes_and_is_taken_back(
    site: Site, journey: Callable[..., Page]
) -> None:
    page = journey("deep")
    page.goto("/rectorat/annees/")
    page.goto(f"/rectorat/annees/{YEAR + 1}/")
    page.screenshot(path=FOLDER / "years-journey.1.png", full_page=True)
    page.get_by_role("button", name=f"Ouvrir l’année pour {_SCHOOLS} établissements").click()
    expect(page.get_by_text(f"Établissements traités : 0 sur {_SCHOOLS}")).to_be_visible()
    number = int(page.url.rstrip("/").split("?")[0].rstrip("/").rsplit("/", 1)[1])

    seen: list[int] = []

    def look(_line: object, rank: int, total: int) -> None:
        page.reload()
        expect(page.get_by_text(f"Établissements traités : {rank} sur {total}")).to_be_visible()
        seen.append(rank)
        if rank == total // 2:
            page.screenshot(path=FOLDER / "years-journey.2.png", full_page=True)

    with site.opened():
        openings.run(number=number, clock=now, on_school=look)
    assert seen == [1, 2, 3, 4]
    page.goto(f"/rectorat/annees/ouvertures/{number}/")
    page.screenshot(path=FOLDER / "years-journey.3.png", full_page=True)
    assert states(site) == {State.PREPARATION}

    page.get_by_role("link", name="Annuler l’ouverture").click()
    page.get_by_role("button", name="Annuler l’ouverture").click()
    with site.opened():
        openings.run(number=number, clock=now)
    page.goto(f"/rectorat/annees/ouvertures/{number}/")
    page.screenshot(path=FOLDER / "years-journey.4.png", full_page=True)
    assert states(site) == set()


def states(site: Site) -> set[str]:
    """Give the states in which the new year is found."""
    with site.opened():
        uais = [line.uai for line in years_of(site.world.school, site.world.other)]
        return {row.state for row in years_of(*uais) if row.year == YEAR + 1}
