"""A year just opened goes green step by step, and pupils go round: files down, pupils up, numbers back."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser.site import Site
from tests.keys_of import totp_key
from tests.preparation.new_year import YEAR, NewYear, new_year, structures_of_last_year

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.generator.files import private_file
from bascule.generator.population import Population

pytestmark = pytest.mark.browser

FOLDER = Path("build/screens")
HEAD = "browser.guide"
#: Apart from the schools of the other tests; one for each test.
_NUMBERS = count(31)


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

    def deposits(self, population: Population) -> None:
        self.page.get_by_role("link", name="Déposer un fichier").or_(
            self.page.get_by_role("link", name="Importer le fichier des élèves")
        ).first.click()
        made = private_file(population, version="3.1", at=timezone.now())
        self.page.locator("input[name=deposited]").set_input_files(
            {"name": made.name, "mimeType": "text/xml", "buffer": made.content}
        )
        self.presses("Déposer le fichier")

    def goes_to_exchanges(self, part: str) -> None:
        self.page.get_by_role("link", name="Échanges").first.click()
        self.page.get_by_role("main").get_by_role("link", name=part, exact=True).click()

    def corrects(self, division: str) -> None:
        """Put the division of the first pupil right, from the keyboard."""
        self.page.goto(f"/e/{self.school.uai}/{YEAR}/anomalies/")
        value = self.page.get_by_placeholder("Division").first
        value.fill(division)
        value.press("Enter")
        expect(self.page.get_by_text("Corrigé :").first).to_be_visible()

    def confirms(self) -> None:
        self.page.reload()
        self.page.locator("main form .btn-primary").first.click()
        self.page.wait_for_url("**/resultat/")

    def exports(self, to: Path) -> list[str]:
        self.follows("Produire les exports")
        return self.takes_exports(to)

    def takes_exports(self, to: Path) -> list[str]:
        with self.page.expect_download() as taken:
            self.presses("Exporter les fichiers de votre logiciel")
        taken.value.save_as(to)
        return zipfile.ZipFile(to).namelist()


def read_as_the_worker_does(school: NewYear) -> None:
    runs.resume(uai=school.uai, actor="worker", at=timezone.now())


def pupils_of(archive: Path) -> list[ET.Element]:
    """Read the pupils of an export as other software does."""
    with zipfile.ZipFile(archive) as exports:
        name = next(name for name in exports.namelist() if "Eleves" in name)
        with zipfile.ZipFile(io.BytesIO(exports.read(name))) as official:
            content = official.read(official.namelist()[0])
    return list(ET.fromstring(content).iter("ELEVE"))  # noqa: S314 - our own file


def with_unknown_division(population: Population, count: int) -> Population:
    """Make a file in which the first pupils of a division are in one that does not exist."""
    division = population.pupils[0].division
    mates = [pupil.id for pupil in population.present if pupil.division == division][:count]
    pupils = [
        replace(pupil, division="9Z") if pupil.id in mates else pupil for pupil in population.pupils
    ]
    return Population(population.teaching, population.persons, pupils)


def test_pupils_go_round_from_a_new_year_to_their_numbers_sent_back(  # noqa: PLR0915 - a year
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
    ready = (*CARRIED, COMMON, *PROFILED, STRUCTURES, EXPORTS)
    head.sees(*ready)

    # The software names a division that is not there: two records are held back.
    population = school.population
    head.deposits(with_unknown_division(population, 2))
    with site.opened():
        read_as_the_worker_does(school)
    head.confirms()
    head.sees(*ready, IMPORTED)
    # One is put right here, the other in the software.
    head.corrects(population.pupils[0].division)
    head.sees(*ready, IMPORTED)
    head.goes_to_exchanges("Importer")
    head.deposits(population)
    with site.opened():
        read_as_the_worker_does(school)
    head.confirms()
    head.sees(*ready, IMPORTED, UNBLOCKED)
    expect(head.page.get_by_text("Toutes les étapes sont faites")).to_be_visible()

    head.goes_to_exchanges("Exporter")
    head.takes_exports(tmp_path / "numbers.zip")
    pupils = pupils_of(tmp_path / "numbers.zip")
    assert len(pupils) == len(population.pupils)
    assert all(pupil.get("ELEVE_ID") and pupil.get("ELENOET") for pupil in pupils)
    given = {pupil.ine for pupil in population.pupils if pupil.ine}
    assert given == {found for pupil in pupils if (found := pupil.findtext("ID_NATIONAL"))}


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
IMPORTED = "Premier fichier d’élèves intégré"
UNBLOCKED = "Aucun dossier bloqué"
TYPED = {
    "Adresse": "1 RUE DES ESSAIS",
    "Code postal": "99000",
    "Ville": "VILLE FICTIVE",
    "Nom du chef d’établissement": "MOREL",
    "Sa qualité": "Directrice",
}
