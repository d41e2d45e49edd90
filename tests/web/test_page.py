"""The frame of pages: what the menu holds, which school and year one is in, and what stands across."""

import re
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from tests.accounts.acting import confined
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import BEFORE, YEAR

from bascule.accounts import support
from bascule.accounts.profiles import Permission, Profile
from bascule.schools.open_year import State, change_state, open_year

pytestmark = pytest.mark.usefixtures("samples")


@pytest.fixture
def samples(settings: Settings) -> None:
    """Add pages whose frame alone matters."""
    settings.ROOT_URLCONF = "tests.browser.urls"


@pytest.fixture
def years(cast: Cast) -> Cast:
    """Give the school a year that is closed and one in preparation."""
    signed: dict[str, Any] = {"uai": cast.school, "actor": "tests", "at": BEFORE}
    open_year(year=YEAR - 1, **signed)
    change_state(year=YEAR - 1, state=State.CLOSED, **signed)
    open_year(year=YEAR + 1, **signed)
    return cast


def menu(page: str) -> list[str]:
    found = re.search(r'<nav class="menu".*?</nav>', page, re.DOTALL)
    return re.findall(r'<a href="([^"]+)"', found[0]) if found else []


def choices(page: str) -> list[str]:
    return re.findall(
        r'<a href="([^"]+)"',
        "".join(re.findall(r'<details class="choice">.*?</details>', page, re.DOTALL)),
    )


def test_the_menu_holds_what_one_may_open(cast: Cast) -> None:
    of_secretary = menu(browser(cast.secretary).get("/").content.decode())
    of_division = menu(browser(cast.of_authority(Profile.DEEP)).get("/").content.decode())

    assert f"/e/{cast.school}/{YEAR}/eleves/" in of_secretary
    assert not [url for url in of_secretary if url.startswith("/rectorat/")]
    assert "/rectorat/etablissements/" in of_division


def test_whoever_may_open_nothing_has_no_menu(cast: Cast) -> None:
    assert menu(browser(cast.outsider).get("/").content.decode()) == []


def test_nobody_signed_in_sees_no_person_and_no_end_of_session(base: Base) -> None:
    page = browser().get("/informations/securite/").content.decode()

    assert 'class="person"' not in page
    assert "data-session-ends" not in page


def test_a_page_says_when_the_session_ends(cast: Cast) -> None:
    page = browser(cast.head).get("/").content.decode()

    assert "data-session-ends" in page
    assert 'data-url="/moi/encore/"' in page


# The year


def test_another_year_shows_the_same_page(years: Cast) -> None:
    page = browser(years.head).get(f"/e/{years.school}/{YEAR}/exemple/").content.decode()

    assert choices(page) == [
        f"/e/{years.school}/{year}/exemple/" for year in (YEAR - 1, YEAR, YEAR + 1)
    ]


def test_what_is_of_one_year_leads_to_no_other_of_that_number(years: Cast) -> None:
    page = browser(years.head).get(f"/e/{years.school}/{YEAR}/exemple/12/").content.decode()

    assert not [url for url in choices(page) if "/12/" in url]


@pytest.mark.parametrize(
    ("year", "said"),
    [
        (YEAR - 1, "2025-2026 – close : vous pouvez la consulter, elle ne se modifie plus."),
        (YEAR + 1, "2027-2028 – en préparation"),
    ],
)
def test_a_year_that_is_not_under_way_says_so_across_the_page(
    years: Cast, year: int, said: str
) -> None:
    page = browser(years.head).get(f"/e/{years.school}/{year}/exemple/").content.decode()

    assert re.findall(r'<div class="band [^>]+>([^<]+)</div>', page) == [said]


def test_the_year_under_way_says_nothing(years: Cast) -> None:
    page = browser(years.head).get(f"/e/{years.school}/{YEAR}/exemple/").content.decode()

    assert 'class="band' not in page


# The school


def test_whoever_has_two_schools_is_led_from_one_to_the_other(cast: Cast) -> None:
    cast.give("marie.deux", Profile.HEAD)
    cast.give("marie.deux", Profile.HEAD, cast.other_school)

    page = browser(cast.person("marie.deux")).get("/").content.decode()

    assert sorted(choices(page)) == sorted(
        f"/?ecole={uai}" for uai in (cast.school, cast.other_school)
    )


def test_the_frame_reads_no_other_school(cast: Cast) -> None:
    """What the frame opens for its years is closed again before the page reads what it opened."""
    page = browser(cast.head).get(f"/e/{cast.school}/{YEAR}/eleves/").content.decode()

    assert cast.other_school not in page


# Support


def test_a_support_session_is_said_on_every_page(cast: Cast) -> None:
    agent, now = cast.of_authority(Profile.CECOIA), timezone.now()
    with confined(agent) as asking:
        asked = support.ask(uai=cast.school, reason="écran blanc", minutes=30, actor=asking, at=now)
    with confined(cast.head, Permission.SUPPORT_ANSWER) as head:
        support.accept(uai=cast.school, support_id=asked.pk, actor=head, at=now)
    client = browser(agent)
    session = client.session
    session["support"] = asked.pk
    session.save()

    page = client.get(f"/e/{cast.school}/exemple/").content.decode()

    assert f"Session d’assistance : vous voyez les écrans de l’établissement {cast.school}" in page
