"""A school profiles its first nomenclatures, from their receipt to the validation, and never touches a mouse."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from tests.browser.site import Site
from tests.exchange.ready_school import YEAR

from bascule.accounts.profiles import Profile
from bascule.preparation import descent, offers
from bascule.schools.directory import register_school
from bascule.schools.open_year import State, open_year
from bascule.values.uai import make_uai

pytestmark = pytest.mark.browser

FOLDER = Path("build/screens")
WHO = "browser.profiling"
FIRST, SECOND, MATHS = "20110019110", "20010018110", "061300"
THIRD_MUSIC = "10310002110"
#: More presses than any of these pages asks for.
_MOST = 300
#: Apart from the schools of the other tests; one for each test.
_NUMBERS = count(61)


@pytest.fixture
def uai(site: Site) -> str:
    """Give a school whose year was just opened; nothing ever came to it."""
    signed: dict[str, Any] = {"actor": "tests", "at": timezone.now()}
    with site.opened():
        found = make_uai("099", next(_NUMBERS))
        register_school(uai=found, name="Lycée Sainte-Claire", **signed)
        open_year(uai=found, year=YEAR, state=State.CURRENT, **signed)
        login = f"{WHO}.{found.lower()}"
        site.world.cast.give(login, Profile.SECRETARY, found)
        site.world.people[WHO] = site.world.cast.person(login)
    return found


@dataclass
class Keyboard:
    """Somebody before a page, with a keyboard alone."""

    page: Page
    pictures: str = ""

    def to(self, selector: str, *, back: bool = False) -> None:
        """Go from field to field until this one; that it can be reached is what is tested."""
        for _ in range(_MOST):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    def ticks(self, code: str) -> None:
        self.to(f"input[name=choix][value='{code}']")
        self.page.keyboard.press("Space")

    def searches(self, text: str, *, back: bool = False) -> None:
        self.to("#q", back=back)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self.enters()

    def presses(self, selector: str) -> None:
        self.to(selector)
        self.enters()

    def enters(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def is_on(self, title: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def draws(self, name: str) -> None:
        if self.pictures:
            self.page.screenshot(path=FOLDER / f"{self.pictures}.{name}.png", full_page=True)


@pytest.mark.parametrize("scripts", ["scripts", "no-scripts"])
def test_the_whole_profiling_is_done_with_the_keyboard(
    site: Site, chromium: Browser, uai: str, scripts: str
) -> None:
    window = site.window(chromium, WHO, java_script_enabled=scripts == "scripts")
    page = window.new_page()
    user = Keyboard(page, "profiling-keyboard" if scripts == "scripts" else "")

    page.goto(f"/e/{uai}/{YEAR}/nomenclatures/")
    user.presses("main form .btn-primary")
    expect(page.get_by_text("sont reçues")).to_be_visible()
    user.presses("main .actions .btn-primary")
    chooses(user)
    computes_and_validates(user)

    with site.opened():
        state = offers.state_of(uai=uai, year=YEAR)
        standing = descent.standings(uai, year=YEAR)[uai]
    assert set(state.mefs) == {FIRST, SECOND}
    assert standing.is_validated
    assert site.faults == []
    window.close()


def chooses(user: Keyboard) -> None:
    """Choose MEF, then the subjects that may be options."""
    user.is_on("Profilage : les MEF")
    user.searches("premiere generale")
    user.ticks(FIRST)
    # She looks for something else meanwhile: what she ticked stays.
    user.searches("2nde generale", back=True)
    expect(user.page.get_by_text(f"PREMIERE GENERALE ({FIRST})")).to_be_visible()
    user.ticks(SECOND)
    user.draws("mefs")
    user.presses("button[name=continuer]")
    user.is_on("Profilage : les matières optionnelles")
    user.ticks(MATHS)
    user.draws("subjects")
    user.presses("button[name=continuer]")


def computes_and_validates(user: Keyboard) -> None:
    """Go through the steps that remain."""
    user.is_on("Profilage : les programmes")
    expect(user.page.get_by_text("Vos choix ont changé")).to_be_visible()
    user.presses("main form .btn-primary")
    expect(user.page.get_by_text("Les programmes sont à jour").first).to_be_visible()
    user.draws("programmes")
    user.presses("main form a.btn-primary")
    user.is_on("Profilage : les formations d’origine")
    user.searches("3eme")
    user.ticks(THIRD_MUSIC)
    user.draws("origins")
    user.presses("button[name=continuer]")
    user.is_on("Profilage : valider")
    user.draws("validate")
    user.presses("main form .btn-primary")
    expect(user.page.get_by_text("Le profilage est validé.").first).to_be_visible()
    user.draws("validated")
