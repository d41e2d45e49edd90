"""The board is for who follows schools, each her own; a school is two clicks away, and has its adviser."""

from django.utils import timezone
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR

from bascule.accounts.profiles import Profile

BOARD = f"/rectorat/campagne/rentree/{YEAR}/"


def test_a_departement_follows_its_own_schools_and_nobody_else_any(cast: Cast) -> None:
    cast.give("suivi.seul", Profile.DEEP, department=cast.school[:3])
    cast.give("suivi.ailleurs", Profile.DEEP, department="000")
    own = browser(cast.person("suivi.seul"))
    elsewhere = browser(cast.person("suivi.ailleurs"))

    page = own.get(BOARD).content.decode()
    school = own.get(f"{BOARD}etablissements/{cast.school}/").content.decode()

    assert cast.school in page
    assert "Premier fichier d’élèves intégré" in page
    assert "MOREL" not in school
    assert "n°" in school, "its imports"
    assert cast.school not in elsewhere.get(BOARD).content.decode()
    assert elsewhere.get(f"{BOARD}etablissements/{cast.school}/").status_code == 404
    assert elsewhere.get(f"{BOARD}tableau.csv").content.decode().count("\n") == 1
    assert own.get("/rectorat/campagne/inconnue/2026/").status_code == 404
    assert browser(cast.head).get(BOARD).status_code == 404
    assert browser().get(BOARD).status_code == 302


def test_an_adviser_is_somebody_who_follows_the_school(cast: Cast) -> None:
    adviser = cast.of_authority(Profile.CECOIA)
    client = browser(cast.of_authority(Profile.DEEP))
    here = f"{BOARD}etablissements/{cast.school}/"

    refused = client.post(f"{here}conseiller/", {"person": cast.head.pk}, follow=True)
    done = client.post(f"{here}conseiller/", {"person": adviser.pk}, follow=True)
    board = client.get(f"{BOARD}?conseiller={adviser.pk}").content.decode()

    assert "Cette personne ne suit pas" in refused.content.decode()
    assert "Le conseiller est enregistré" in done.content.decode()
    assert cast.school in board
    assert cast.other_school not in board


def test_nobody_is_late_in_a_year_that_no_school_has(cast: Cast) -> None:
    there = f"/rectorat/campagne/rentree/{YEAR - 3}/"
    adviser = browser(cast.of_authority(Profile.CECOIA))

    page = adviser.get(there).content.decode()
    tasks = adviser.get(f"{BOARD}phase-1/").content.decode()
    reminders = adviser.get(f"{BOARD}relance/").content.decode()

    assert "Aucun établissement n’a l’année" in page
    assert "Relancer" not in page
    assert BOARD in page, "the years that there are"
    assert adviser.get(f"{there}relance/").headers["Location"] == there
    # What she may not open is not offered, here as in the menu; nor is a school's head to ask.
    assert 'href="/rectorat/annees/"' not in tasks
    assert "/rectorat/arret-gep/" in tasks
    assert "ne recevraient rien" in reminders
    assert "votre chef d’établissement" not in adviser.get("/").content.decode()


def test_the_sheet_is_noted_and_named_by_its_hour(cast: Cast) -> None:
    answer = browser(cast.of_authority(Profile.DEEP)).get(f"{BOARD}tableau.xlsx")

    assert (
        f"campagne-rentree_2026-2027_{timezone.localtime():%Y%m%d}" in answer["Content-Disposition"]
    )
    assert answer.content.startswith(b"PK")
