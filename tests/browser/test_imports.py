"""A real file, deposited, compared and confirmed in a browser that is closed, doubled and led astray."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from time import monotonic
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser.site import Site
from tests.exchange.ready_school import YEAR, ReadySchool, ready_school
from tests.exchange.tables_by_hand import HEADINGS, as_csv, messy
from tests.keys_of import totp_key

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.exchange.models import ImportRun
from bascule.generator.files import MadeFile
from bascule.generator.population import Population
from bascule.schools.open_year import State, open_year

pytestmark = pytest.mark.browser

HEAD = "browser.imports"
#: Seconds in which one says what the columns of a table are.
_TOLD_WITHIN = 120
#: Apart from the schools of the other tests; one for each test.
_NUMBERS = count(41)


@pytest.fixture
def make(site: Site) -> Callable[[int], ReadySchool]:
    """Give a school ready for its pupils, and HEAD at its head."""

    def made(pupils: int) -> ReadySchool:
        with site.opened():
            school = ready_school(pupils, number=next(_NUMBERS))
            login = f"browser.imports.{school.uai.lower()}"
            site.world.cast.give(login, Profile.HEAD, school.uai)
            site.world.people[HEAD] = site.world.cast.person(login)
            totp_key(site.world.people[HEAD])
        return school

    return made


def deposit(page: Page, school: ReadySchool, population: Population | None = None) -> None:
    page.goto(f"/e/{school.uai}/{YEAR}/imports/deposer/")
    choose(page, school, population)
    page.get_by_role("button", name="Déposer le fichier").click()
    page.wait_for_url("**/controler/")


def choose(page: Page, school: ReadySchool, population: Population | None = None) -> None:
    name, content = school.file(population, at=timezone.now())
    page.locator("input[name=deposited]").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": content}
    )


def read_as_the_worker_does(site: Site, school: ReadySchool) -> None:
    with site.opened():
        runs.resume(uai=school.uai, actor="worker", at=timezone.now())


def imports_of(site: Site, school: ReadySchool) -> list[ImportRun]:
    with site.opened():
        return list(runs.list_runs(uai=school.uai))


def writings_of(site: Site, school: ReadySchool) -> int:
    with site.base.look() as administrator:
        query = "SELECT count(*) FROM journal_act WHERE uai = %s AND kind = 'import.apply'"
        return int(administrator.execute(query, [school.uai]).fetchall()[0][0])


def press(page: Page) -> Any:
    return page.locator("main form .btn-primary").first


def comes_back(page: Page, site: Site, url: str) -> None:
    """End the session, and come back to the page as one signs in again."""
    page.context.clear_cookies()
    page.goto(url)
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": site.cookie_of(HEAD),
                "url": site.url,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
    )
    page.goto(url)


def test_six_hundred_pupils_come_in_though_the_session_ends_at_each_step(
    site: Site, make: Callable[[int], ReadySchool], journey: Callable[..., Page]
) -> None:
    school, page = make(600), journey(HEAD)
    deposit(page, school)
    of_run = page.url.removesuffix("controler/")

    comes_back(page, site, page.url)
    expect(page).to_have_url(f"{of_run}controler/")
    read_as_the_worker_does(site, school)
    # The page asks by itself, and goes on.
    page.wait_for_url(f"{of_run}comparer/")
    comes_back(page, site, of_run)
    expect(page).to_have_url(f"{of_run}comparer/")
    press(page).click()
    page.wait_for_url(f"{of_run}resultat/")
    comes_back(page, site, of_run)
    expect(page.locator("main")).to_contain_text("Import intégré")

    (run,) = imports_of(site, school)
    assert (run.state, run.counts["pupils_read"]) == (
        ImportRun.State.APPLIED,
        len(school.population.pupils),
    )
    assert writings_of(site, school) == 1


def test_a_file_of_thirteen_hundred_pupils_is_written_once_whatever_is_pressed(
    site: Site, make: Callable[[int], ReadySchool], journey: Callable[..., Page]
) -> None:
    school, page = make(1300), journey(HEAD)
    with site.opened():
        school.bring()
    deposit(page, school, school.next_day(0.1))
    read_as_the_worker_does(site, school)
    page.wait_for_url("**/comparer/")
    compared = page.url
    other = page.context.new_page()
    other.goto(compared)
    assert writings_of(site, school) == 1

    # From the preview to the end nothing is disputed: one press, and a hand that trembles.
    press(page).dblclick()
    page.wait_for_url("**/resultat/")
    assert writings_of(site, school) == 2
    page.go_back()
    page.wait_for_url("**/resultat/")
    press(other).click()
    other.wait_for_url("**/resultat/")

    assert writings_of(site, school) == 2
    assert imports_of(site, school)[0].state == ImportRun.State.APPLIED


def test_two_years_in_two_windows_are_never_taken_for_each_other(
    site: Site, make: Callable[[int], ReadySchool], journey: Callable[..., Page]
) -> None:
    school, page = make(30), journey(HEAD)
    with site.opened():
        open_year(
            uai=school.uai,
            year=YEAR + 1,
            state=State.PREPARATION,
            actor="rectorat",
            at=timezone.now(),
        )
    page.goto(f"/e/{school.uai}/{YEAR}/imports/deposer/")
    other = page.context.new_page()
    other.goto(f"/e/{school.uai}/{YEAR + 1}/imports/deposer/")

    choose(other, school)
    other.get_by_role("button", name="Déposer le fichier").click()

    expect(other.locator("main")).to_contain_text(f"{YEAR}-{YEAR + 1}")
    assert f"/{YEAR + 1}/imports/deposer/" in other.url
    choose(page, school)
    page.get_by_role("button", name="Déposer le fichier").click()
    page.wait_for_url(f"**/{YEAR}/imports/*/controler/")
    assert {run.year for run in imports_of(site, school)} == {YEAR}


def test_without_scripts_a_file_is_deposited_and_confirmed_and_a_list_is_read(
    site: Site, make: Callable[[int], ReadySchool], journey: Callable[..., Page]
) -> None:
    school, page = make(20), journey(HEAD, java_script_enabled=False)
    deposit(page, school)
    read_as_the_worker_does(site, school)
    # The page asks again by itself, without scripts too.
    page.wait_for_url("**/comparer/")
    press(page).click()
    page.wait_for_url("**/resultat/")
    pupil = school.population.present[0]
    page.goto(f"/e/{school.uai}/{YEAR}/eleves/?q={pupil.family.lower()}+{pupil.first.lower()}")

    expect(page.locator("tbody tr").first).to_contain_text(pupil.family)


def deposit_table(page: Page, school: ReadySchool, table: MadeFile) -> None:
    page.goto(f"/e/{school.uai}/{YEAR}/imports/deposer/")
    given = {"name": table.name, "mimeType": "application/octet-stream", "buffer": table.content}
    page.locator("input[name=deposited]").set_input_files(given)  # type: ignore[arg-type]
    page.get_by_role("button", name="Déposer le fichier").click()


def tells_its_columns(page: Page, school: ReadySchool, table: MadeFile, name: str) -> None:
    """Deposit a table of which two headings mean nothing, and say what they are, in less than two minutes."""
    began = monotonic()
    deposit_table(page, school, table)
    page.wait_for_url("**/colonnes/")
    expect(page.locator("main")).to_contain_text("Aucune colonne n’est proposée pour")
    names = page.get_by_label("Patronyme usuel")
    expect(page.locator(".field", has=names)).to_contain_text(name)
    names.select_option(label="Nom de famille")
    page.get_by_role("button", name="Lire le tableau ainsi").click()
    expect(page.locator("main")).to_contain_text("Il manque : Date de naissance.")
    expect(names).to_have_value("family_name")
    page.get_by_label("Anniversaire").select_option(label="Date de naissance")
    page.get_by_role("button", name="Lire le tableau ainsi").click()
    page.wait_for_url("**/controler/")
    assert monotonic() - began < _TOLD_WITHIN


def test_a_messy_table_is_told_once_then_corrected_and_taken_with_no_question(
    site: Site, make: Callable[[int], ReadySchool], journey: Callable[..., Page]
) -> None:
    school, page = make(30), journey(HEAD, java_script_enabled=False)
    pupils = school.population.present
    # Nobody would guess two of its headings, and a first name is missing.
    headings = ("Patronyme usuel", *HEADINGS[1:2], "Anniversaire", *HEADINGS[3:])
    cut = replace(
        school.population,
        pupils=tuple(
            replace(one, first="") if one is pupils[0] else one for one in school.population.pupils
        ),
    )

    tells_its_columns(page, school, messy(cut, headings), pupils[1].family)
    read_as_the_worker_does(site, school)
    page.wait_for_url("**/comparer/")
    assert press(page).inner_text() == f"Importer {len(pupils) - 1} élèves, en mettre 1 de côté"
    press(page).click()
    page.wait_for_url("**/resultat/")

    # Corrected, and saved as CSV on the way: its headings are known, nothing is asked.
    deposit_table(page, school, as_csv(school.population, headings))
    page.wait_for_url("**/controler/")
    read_as_the_worker_does(site, school)
    page.wait_for_url("**/comparer/")
    press(page).click()
    page.wait_for_url("**/resultat/")

    last, first = imports_of(site, school)
    created = (first.counts["pupils_created"], last.counts["pupils_created"])
    assert (created, last.counts["pupils_rejected"]) == ((len(pupils) - 1, 1), 0)
