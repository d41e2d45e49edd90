"""The rectorat looks at its campaign, sees a step turn green by itself, and writes to who is late."""

from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker
from tests.bases import Server, made_base, pointed_at
from tests.browser.site import NARROW, Site, served
from tests.browser.world import World
from tests.cast import Cast
from tests.keys_of import totp_key
from tests.preparation.new_year import YEAR, NewYear, new_year

from bascule.accounts.profiles import Profile
from bascule.campaign.reminders import reminders_of
from bascule.ops import jobs

pytestmark = pytest.mark.browser

FOLDER = Path("build/screens")


@pytest.fixture
def schools() -> list[NewYear]:
    return []


@pytest.fixture
def site(
    server: Server,
    template: str,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
    schools: list[NewYear],
) -> Iterator[Site]:
    """Give a site of its own: what its schools do, everybody follows."""
    with made_base(server, template) as base:
        with django_db_blocker.unblock(), pointed_at(server, base.name):
            schools += [new_year(12, number=number) for number in (1, 2, 3)]
            schools[0].receive_common_data()
            schools[0].receive_structures()
            for school in schools[:2]:
                school.receive_nomenclatures()
            world = World(Cast(schools[0].uai, schools[1].uai), schools[0].uai, schools[1].uai)
            world.people = {"deep": world.cast.of_authority(Profile.DEEP)}
            for person in (world.people["deep"], world.cast.head, world.cast.head_next_door):
                totp_key(person)
        with served(base, tmp_path_factory.mktemp("campaign")) as url:
            yield Site(url=url, base=base, blocker=django_db_blocker, world=world)


def test_a_step_turns_green_by_itself_and_who_is_late_is_written_to(
    site: Site, journey: Callable[..., Page], schools: list[NewYear], tmp_path: Path
) -> None:
    page = journey("deep")
    page.goto("/rectorat/campagne/")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        f"Campagne « Rentrée » {YEAR}-{YEAR + 1}"
    )
    exports = page.get_by_role("row", name="Exports remis à votre logiciel")
    expect(exports.get_by_role("cell").nth(3)).to_have_text("0")
    shot(page, "board")

    # The school makes its exports; nobody ticks anything.
    with site.opened():
        schools[0].export()
    page.reload()
    expect(exports.get_by_role("cell").nth(3)).to_have_text("1")

    page.goto(f"/rectorat/campagne/rentree/{YEAR}/?etape=exports")
    page.get_by_role("link", name="Relancer la sélection").click()
    page.get_by_label("Objet").fill("Exports attendus pour {etablissement}")
    # Nothing leaves that was not seen as it is.
    page.get_by_role("button", name="Envoyer les messages").click()
    expect(page.get_by_text("Le texte a changé")).to_be_visible()
    shown = page.locator(".messages-shown li")
    expect(shown).to_have_count(1)
    expect(page.get_by_role("row").filter(has_text="pas d’adresse")).to_have_count(1)
    shot(page, "remind")
    page.get_by_role("button", name="Envoyer les messages").click()
    expect(page.get_by_text("1 établissement est relancé")).to_be_visible()

    with (
        site.opened(),
        override_settings(BASCULE_HOME=tmp_path, EMAIL_BACKEND="bascule.campaign.outbox.Outbox"),
    ):
        for one in reminders_of(uai=schools[1].uai, campaign="rentree", year=YEAR):
            jobs.begin_reminders(first=one.pk, last=one.pk)
            jobs.send_reminder(uai=one.uai, number=one.pk)
    to, subject = head_of_the_only_message(tmp_path)
    assert (to, subject[:22]) == (site.world.cast.head_next_door.email, "Exports attendus pour ")

    page.get_by_role("row").filter(has_text=schools[1].uai).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Ses relances")).to_be_visible()
    expect(page.get_by_text("Exports attendus pour").first).to_be_visible()
    shot(page, "school")


def test_the_rectorat_decides_on_a_task_of_its_own(
    site: Site, journey: Callable[..., Page]
) -> None:
    page = journey("deep")
    page.goto(f"/rectorat/campagne/rentree/{YEAR}/phase-1/")
    expect(page.get_by_text("Établissements qui les ont reçues : 2 sur 3.")).to_be_visible()
    page.locator("#note-nomenclatures").fill("Deux sur trois suffisent pour commencer.")
    page.get_by_role("button", name="On y va (go)").nth(2).click()
    expect(page.get_by_text("Deux sur trois suffisent pour commencer.").first).to_be_visible()
    shot(page, "tasks")


def head_of_the_only_message(home: Path) -> tuple[str, str]:
    (file,) = (home / "outbox").iterdir()
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    return message["To"], message["Subject"].strip()


def shot(page: Page, name: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"campaign-{name}-wide.png", full_page=True)
    page.set_viewport_size(NARROW)
    page.screenshot(path=FOLDER / f"campaign-{name}-narrow.png", full_page=True)
    page.set_viewport_size({"width": 1366, "height": 768})
