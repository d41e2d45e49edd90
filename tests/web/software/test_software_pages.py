"""The register on screen: the authority keeps it, a school reads where its own software stands."""

from dataclasses import replace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR
from tests.formats.conformity.test_signed import KEY, REPORT

from bascule.accounts.profiles import Profile
from bascule.formats.conformity.signed import read, write
from bascule.qualification.usage import software_of

HERE = "/rectorat/logiciels/"


def test_the_authority_qualifies_by_a_report_then_withdraws_and_takes_back(cast: Cast) -> None:
    name, _version = software_of(uai=cast.school, year=YEAR)
    content = write(replace(REPORT, software=name), KEY)
    deep = browser(cast.of_authority(Profile.DEEP))
    today = f"{timezone.localdate():%d/%m/%Y}"

    def deposit(reason: str = "") -> str:
        typed = {"report": SimpleUploadedFile("r.json", content), "starts_on": today}
        answer = deep.post(f"{HERE}rapport/", typed | {"reason": reason}, follow=True)
        return answer.content.decode()

    assert "n’est pas reconnue" in deposit()
    key = {"fingerprint": read(content).fingerprint, "holder": "Éditions d’essai"}
    assert "La clé est reconnue" in deep.post(f"{HERE}cles/", key, follow=True).content.decode()
    assert "déjà reconnue" in deep.post(f"{HERE}cles/", key).content.decode()
    assert "scénarios non réussis : 1 sur 2" in deposit()
    page = deposit("La ligne coupée est reprise à la main.")
    assert f"{name} 4.2 est qualifié" in page
    assert "Ligne coupée" in page

    home = deep.get(HERE, {"annee": YEAR}).content.decode()
    assert "version non dite" in home
    assert "dérogation" in home
    _leads_back_and_forth(deep, _line(home))
    advising = browser(cast.of_authority(Profile.CECOIA))
    assert "Qualifier à la main" not in advising.get(HERE).content.decode()
    removed = deep.post(f"{HERE}cles/{key['fingerprint']}/retirer/", follow=True).content.decode()
    assert "n’est plus reconnue" in removed


def _leads_back_and_forth(deep: Client, one: str) -> None:
    """Withdraw the line and take it back; both are told, and taken away."""
    assert "Aucune ligne" in deep.get(HERE, {"etat": "retire"}).content.decode()
    why = {"why": "Perd les options."}
    assert "est retirée" in deep.post(f"{one}retirer/", why, follow=True).content.decode()
    sheet = deep.get(f"{HERE}registre.csv", {"etat": "retire"}).content.decode()
    assert "Perd les options." in sheet
    assert "établissement" in deep.get(f"{HERE}utilises.csv").content.decode("utf-8-sig").lower()
    # Back again, once confirmed; the history says it all.
    assert f'href="{one}"' in deep.get(f"{one}retablir/").content.decode()
    back = deep.post(f"{one}retablir/", follow=True).content.decode()
    assert "est de nouveau qualifié" in back
    assert "retrait d’un logiciel annulé" in back


def test_a_school_reads_one_sentence_and_goes_on(cast: Cast) -> None:
    name, _version = software_of(uai=cast.school, year=YEAR)
    here = f"/e/{cast.school}/{YEAR}/imports/"
    secretary, deep = browser(cast.secretary), browser(cast.of_authority(Profile.DEEP))
    assert "Votre logiciel et le rectorat" not in secretary.get(here).content.decode()
    typed = {"editor": "Éditions", "software": name, "version": "4.2", "reason": "Connu."}
    typed["starts_on"] = "01/09/2026"
    wrong = deep.post(f"{HERE}a-la-main/", typed | {"version": "4;2"}).content.decode()
    assert "ne convient pas" in wrong
    assert "Connu." in wrong
    assert "est qualifié" in deep.post(f"{HERE}a-la-main/", typed, follow=True).content.decode()

    page = secretary.get(f"{here}deposer/").content.decode()
    assert f"Dites quelle version de {name} vous avez" in page
    assert "Déposer le fichier" in page
    refused = secretary.post(f"{here}logiciel/", {"version": "4;2"}).content.decode()
    assert "recopiez-la telle que le logiciel l’affiche" in refused
    said = secretary.post(f"{here}logiciel/", {"version": "3.9"}, follow=True).content.decode()
    assert "est enregistrée" in said
    assert f"{name} 3.9 n’est pas une version qualifiée" in said
    secretary.post(f"{here}logiciel/", {"version": "4.2.1"})
    assert "Votre logiciel et le rectorat" not in secretary.get(here).content.decode()


def _line(home: str) -> str:
    """Give the address of the first line of the register."""
    numbers = (part.split("/")[0] for part in home.split(f'href="{HERE}')[1:])
    return f"{HERE}{next(one for one in numbers if one.isdecimal())}/"
