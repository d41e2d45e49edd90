"""A year just opened goes green, step by step, to its first import."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser.site import Site
from tests.keys_of import totp_key
from tests.preparation.new_year import YEAR, NewYear, new_year, structures_of_last_year

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.generator.files import private_file

pytestmark = pytest.mark.browser

FOLDER = Path("build/screens")
HEAD = "browser.guide"
#: Apart from the schools of the other tests; one for each test.
_NUMBERS = count(7)


@pytest.fixture
def school(site: Site) -> NewYear:
    """Give a school of which the rectorat opened the year, and nothing else was done."""
    with site.opened():
        made = new_year(20, number=next(_NUMBERS))
        structures_of_last_year(made)
        login = f"browser.guide.{made.uai.lower()}"
        site.world.cast.give(login, Profile.HEAD, made.uai)
        site.world.people[HEAD] = site.world.cast.person(login)
        totp_key(site.world.people[HEAD])
    return made


@dataclass
class Head:
    """The head of the school, before her browser."""

    page: Page
    school: NewYear
    pictures: int = 0

    def sees(self, *green: str) -> None:
        """Look at the guide: these steps are done, and no other."""
        self.page.goto(f"/e/{self.school.uai}/{YEAR}/fil-conducteur/")
        self.pictures += 1
        name = f"guide-journey.{self.pictures}.png"
        self.page.screenshot(path=FOLDER / name, full_page=True)
        done = self.page.locator("tbody tr", has=self.page.locator(".state-success"))
        assert done.locator("th").all_inner_texts() == [*OPENED, *green]

    def follows(self, words: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=words).first.click()

    def presses(self, words: str) -> None:
        self.page.get_by_role("button", name=words).click()

    def takes_over(self) -> None:
        self.follows("Faire la bascule STS")
        self.page.get_by_label("Oui", exact=True).check()
        self.presses("Faire la bascule STS")

    def verifies(self) -> None:
        self.follows("Vérifier les données communes")
        self.follows("Modifier")
        for label, text in TYPED.items():
            self.page.get_by_label(label, exact=True).fill(text)
        self.presses("Enregistrer")
        self.presses("Ces données sont exactes")

    def validates(self) -> None:
        self.follows("Relire et valider les divisions")
        self.presses("Valider divisions et groupes")
        expect(self.page.get_by_text("Les divisions et les groupes sont validés.")).to_be_visible()

    def deposits(self) -> None:
        self.follows("Importer le fichier des élèves")
        made = private_file(self.school.population, version="3.1", at=timezone.now())
        self.page.locator("input[type=file]").set_input_files(
            {"name": made.name, "mimeType": "text/xml", "buffer": made.content}
        )
        self.presses("Déposer le fichier")

    def confirms(self) -> None:
        self.page.reload()
        self.page.locator("main form .btn-primary").first.click()
        self.page.wait_for_url("**/resultat/")

    def exports(self, to: Path) -> list[str]:
        self.follows("Produire les exports")
        with self.page.expect_download() as taken:
            self.presses("Exporter les fichiers de votre logiciel")
        taken.value.save_as(to)
        return zipfile.ZipFile(to).namelist()


def read_as_the_worker_does(school: NewYear) -> None:
    runs.resume(uai=school.uai, actor="worker", at=timezone.now())


def test_the_guide_goes_green_step_by_step_to_the_first_accepted_import(
    site: Site, school: NewYear, journey: Callable[..., Page], tmp_path: Path
) -> None:
    head = Head(journey(HEAD), school)
    head.page.goto("/")
    head.follows("étape suivante : Bascule STS")
    head.sees()
    head.takes_over()
    head.sees(*CARRIED)
    head.verifies()
    head.sees(*CARRIED, COMMON)

    with site.opened():
        school.receive_nomenclatures()
    head.sees(*CARRIED, COMMON, *PROFILED)
    head.validates()
    head.sees(*CARRIED, COMMON, *PROFILED, STRUCTURES)
    assert "ExportXML_Nomenclature.zip" in head.exports(tmp_path / "exports.zip")
    head.sees(*CARRIED, COMMON, *PROFILED, STRUCTURES, EXPORTS)

    head.deposits()
    with site.opened():
        read_as_the_worker_does(school)
    head.confirms()
    head.sees(*CARRIED, COMMON, *PROFILED, STRUCTURES, EXPORTS, *IMPORTED)
    expect(head.page.get_by_text("Toutes les étapes sont faites")).to_be_visible()


def test_what_is_pressed_too_early_says_what_is_missing_and_leads_to_the_guide(
    site: Site, school: NewYear, journey: Callable[..., Page]
) -> None:
    page = journey(HEAD)
    for path, button in (
        ("exports", "Exporter les fichiers de votre logiciel"),
        ("structures", "Valider divisions et groupes"),
    ):
        page.goto(f"/e/{school.uai}/{YEAR}/{path}/")
        page.get_by_role("button", name=button).click()

        expect(page.get_by_text("Il manque l’étape « Nomenclatures reçues »")).to_be_visible()
        expect(page.locator("main a.btn-primary")).to_be_visible()


OPENED = ("Année ouverte", "Clés de sécurité actives")
CARRIED = ("Bascule STS", "Utilisation de Sconet déclarée")
COMMON = "Données communes vérifiées"
PROFILED = ("Nomenclatures reçues", "Profilage validé")
STRUCTURES = "Divisions et groupes validés"
EXPORTS = "Exports remis à votre logiciel"
IMPORTED = ("Premier fichier d’élèves intégré", "Aucun dossier bloqué")
TYPED = {
    "Adresse": "1 RUE DES ESSAIS",
    "Code postal": "99000",
    "Ville": "VILLE FICTIVE",
    "Nom du chef d’établissement": "MOREL",
    "Sa qualité": "Directrice",
}
