"""A pupil's record: why each value is there, corrections by hand, what is refused, and the way back."""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR
from tests.exchange.test_places import PLACE, move
from tests.pupils_of import PupilOf, pupils_of
from tests.twins import guardians_of, twin

from bascule.accounts.profiles import Profile
from bascule.schools.open_year import State, change_state


@pytest.fixture
def pupil(cast: Cast) -> PupilOf:
    return pupils_of(cast.school, YEAR)[0]


def url(cast: Cast, pupil: PupilOf, rest: str = "") -> str:
    return f"/e/{cast.school}/{YEAR}/eleves/{pupil.id}/{rest}"


def text(answer: Any) -> str:
    return " ".join(html.fromstring(answer.content).find(".//main").text_content().split())


def typed(client: Client, address: str) -> dict[str, str]:
    """Give what a form holds, as a browser would send it back."""
    form = html.fromstring(client.get(address).content).xpath("//main//form[@method='post']")[-1]
    return {name: value for name, value in form.form_values() if name}


def test_a_value_says_its_file_and_line_then_who_typed_it_and_an_undoing_gives_it_back(
    cast: Cast, pupil: PupilOf
) -> None:
    client, page = browser(cast.secretary), url(cast, pupil, "scolarite/")
    before = text(client.get(page))

    sent = typed(client, url(cast, pupil, "corriger/scolarite/"))
    sent["regime"] = other = "22" if sent["regime"] == "21" else "21"
    answer = client.post(url(cast, pupil, "corriger/scolarite/"), sent)
    after = text(client.get(answer.headers["Location"]))
    told = text(client.get(url(cast, pupil, "historique/")))
    act_id = re.search(r"fait=(\d+)", answer.headers["Location"])
    assert act_id
    client.post(url(cast, pupil, f"annuler/{act_id[1]}/"))

    assert re.search(r"Du fichier \S+PRIVE\S+, importé par secretary le .*, ligne \d+", before)
    assert "C’est enregistré" in after
    assert "Saisie par PETIT Paul le" in after
    assert "sera remplacée par le prochain fichier" in after
    assert re.search(rf"fiche corrigée à la main Régime : avant \S+ après {other} Annuler", told)
    assert "import intégré" in told
    client.get(page)
    assert text(client.get(page)) == before


def test_a_wrong_value_is_told_beside_its_field_and_what_was_typed_stays(
    cast: Cast, pupil: PupilOf
) -> None:
    client, page = browser(cast.secretary), url(cast, pupil, "corriger/identite/")

    answer = client.post(
        page, typed(client, page) | {"birth_date": "31/02/2014", "usual_name": "DUPRÉ"}
    )

    tree = html.fromstring(answer.content)
    assert answer.status_code == 200
    assert tree.xpath("//input[@name='birth_date']/@value") == ["31/02/2014"]
    assert tree.xpath("//input[@name='usual_name']/@value") == ["DUPRÉ"]
    assert tree.xpath("//input[@name='birth_date']/@aria-describedby")[0].endswith("_error")
    # A secretary has no right to sensitive data: its field is not there, and its value stays.
    assert not tree.xpath("//*[@name='nationality']")


def test_who_comes_second_compares_before_anything_is_written(cast: Cast, pupil: PupilOf) -> None:
    client, page = browser(cast.secretary), url(cast, pupil, "corriger/scolarite/")
    mine = typed(client, page)
    browser(cast.head).post(page, mine | {"regime": "22"})

    late = client.post(page, mine | {"regime": "21"})
    again = dict(
        html.fromstring(late.content).xpath("//main//form[@method='post']")[-1].form_values()
    )
    saved = client.post(page, again)

    assert late.status_code == 409
    assert "Vous aviez vu" in text(late)
    assert "(21)" in text(client.get(saved.headers["Location"]))


def test_a_pupil_who_is_not_found_is_created_with_a_guardian(cast: Cast) -> None:
    client, page = browser(cast.head), f"/e/{cast.school}/{YEAR}/eleves/nouveau/"
    model = browser(cast.head)
    first = pupils_of(cast.school, YEAR)[0]
    like = typed(model, url(cast, first, "corriger/scolarite/"))
    nobody = client.get(f"/e/{cast.school}/{YEAR}/eleves/?q=Nouvelle+Zoé").content.decode()

    sent = typed(client, f"{page}?nom=Nouvelle+Zoé")
    sent |= {"birth_date": "12/3/2014", "sex": "2", "birth_commune": "94028"}
    sent |= {name: like[name] for name in ("mef", "division", "status", "regime")}
    sent |= {"previous_uai": cast.school, "previous_origin": "2"}
    sent |= {f"guardian.new.{name}": value for name, value in _GUARDIAN.items()}
    refused = client.post(page, sent | {"mef": "99999999999"})
    # What is missing is said as such, beside its field.
    unsaid = client.post(page, sent | {"previous_origin": "", "guardian.new.civility": ""})
    made = client.post(page, sent)
    twice = client.post(page, sent)

    assert "nouveau/?nom=Nouvelle%20Zo%C3%A9" in nobody
    assert refused.status_code == 200
    assert text(unsaid).count("Ce champ est obligatoire.") == 4
    countries = html.fromstring(unsaid.content).xpath("//select[@name='birth_country']/option")
    names = [option.text for option in countries]
    assert names[1:4] == ["FRANCE", "ACORES, MADERE", "AFGHANISTAN"]
    assert made.status_code == 302
    shown = text(client.get(made.headers["Location"]))
    assert "NOUVELLE Zoé" in shown
    # What was left blank was typed by nobody.
    assert "saisi à la main" in shown
    assert "non renseigné saisi à la main" not in shown
    assert "Cet élève a déjà un dossier" in text(twice)


_GUARDIAN = {
    "family_name": "NOUVELLE", "first_name": "Anne", "civility": "2", "level": "1", "kinship": "10",
    "profession": "52", "shares_address": "oui", "address.line1": "3 rue Neuve", "address.postcode": "94000",
    "address.town": "CRETEIL",
}  # fmt: skip


def test_each_sees_of_a_record_what_her_rights_show(cast: Cast, pupil: PupilOf) -> None:
    phone = re.compile(r"\b0[1-9](?:[ .]?\d\d){4}\b")
    tabs = (
        "",
        "responsables/",
        "adresses/",
        "scolarite/",
        "scolarites/",
        "an-dernier/",
        "bourses/",
        "historique/",
    )
    seen = {
        who.login: " ".join(text(browser(who).get(url(cast, pupil, tab))) for tab in tabs)
        for who in (cast.head, cast.secretary, cast.of_authority(Profile.DEEP))
    }
    head, secretary, deep = seen.values()

    assert "Nationalité" in head
    assert "Nationalité" not in secretary
    assert phone.search(secretary)
    assert not phone.search(deep)
    assert "Corriger" not in deep
    assert (
        browser(cast.of_authority(Profile.DEEP))
        .get(url(cast, pupil, "corriger/identite/"))
        .status_code
        == 403
    )
    assert browser(cast.head_next_door).get(url(cast, pupil, "historique/")).status_code == 404
    assert browser(cast.head).get(url(cast, pupil, "corriger/historique/")).status_code == 404
    change_state(uai=cast.school, year=YEAR, state=State.CLOSED, actor="tests", at=timezone.now())
    closed = browser(cast.head).get(url(cast, pupil))
    assert "Corriger" not in text(closed)


def test_a_guardian_who_is_there_twice_is_merged_and_separated_again(cast: Cast) -> None:
    one, other = pupils_of(cast.school, YEAR)[:2]
    (first, *_) = guardians_of(cast.school, one.id)
    second = twin(cast.school, of=one.id, beside=other.id)
    client, page = browser(cast.secretary), f"/e/{cast.school}/{YEAR}/eleves/doublons/"

    seen = text(client.get(page))
    answer = client.post(page, {"garder": first, "fusionner": second})
    done = client.get(answer.headers["Location"])
    merged = guardians_of(cast.school, other.id)
    (undoing,) = html.fromstring(done.content).xpath("//main//form/@action")
    client.post(undoing)

    assert "1 doublon possible" in seen
    assert (first in merged, second in merged) == (True, False)
    assert second in guardians_of(cast.school, other.id)


def test_an_address_written_twice_is_made_one_and_given_back(cast: Cast, base: Base) -> None:
    kept, other = move(base.ready[0], PLACE, PLACE._replace(line1="12 bis av de St Cloud"))
    client, page = browser(cast.secretary), f"/e/{cast.school}/{YEAR}/eleves/doublons/"

    seen = text(client.get(page))
    answer = client.post(page, {"garder": kept, "adresse": [kept, other]})
    done = client.get(answer.headers["Location"])
    (undoing,) = html.fromstring(done.content).xpath("//main//form/@action")

    assert "12 bis av de St Cloud" in seen
    assert "Aucune adresse à réunir" in text(done)
    client.post(undoing)
    assert "12 bis av de St Cloud" in text(client.get(page))


def test_the_head_takes_a_copy_of_all_that_is_held_and_nobody_else_does(
    cast: Cast, pupil: PupilOf
) -> None:
    head = browser(cast.head)
    assert url(cast, pupil, "copie/") in head.get(url(cast, pupil)).content.decode()
    answer = head.get(url(cast, pupil, "copie/"))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        assert bundle.namelist() == ["eleve.html", "eleve.json"]
        held = json.loads(bundle.read("eleve.json"))
    assert [one["uai"] for one in held["schools"]] == [cast.school]
    assert held["directory"] == {}
    secretary = browser(cast.secretary)
    assert secretary.get(url(cast, pupil, "copie/")).status_code == 403
    assert "copie/" not in secretary.get(url(cast, pupil)).content.decode()
