"""The anomalies on screen: the list, a value beside a row, one value for many, explanations, the way back."""

import re
from typing import Any

import pytest
from django.test import Client
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange import ready_school as others
from tests.exchange.schools_for_tests import YEAR, ReadySchool, ready_school
from tests.exchange.spoiled import WRONG, spoiled_file, spoiled_mef
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.exchange.rules.book import BY_CODE

SPOILED = 5


@pytest.fixture
def school(base: Base) -> tuple[Cast, ReadySchool]:
    """Give a school whose last file has pupils of one MEF under one that nobody knows, and a wrong e-mail."""
    mine, other = ready_school(), others.ready_school(4, number=2)
    mine.bring(spoiled_file(mine.population, SPOILED))
    return Cast(school=mine.uai, other_school=other.uai), mine


def path(school: ReadySchool, rest: str = "") -> str:
    return f"/e/{school.uai}/{YEAR}/anomalies/{rest}"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    content: str = answer.content.decode()
    return content


def tab_count(page: str, word: str) -> int:
    found = re.search(rf"{word} \(([0-9]+)\)", page)
    assert found is not None
    return int(found[1])


def row_of(client: Client, school: ReadySchool, code: str, tab: str = "bloquantes") -> str:
    page = text(client.get(path(school, f"?onglet={tab}&regle={code}")))
    found = re.search(r'id="anomalie-([0-9]+)"', page)
    assert found is not None
    return found[1]


def test_one_value_beside_a_row_is_checked_at_once_and_undone(
    school: tuple[Cast, ReadySchool],
) -> None:
    cast, mine = school
    cast.give("tom.prof", Profile.TEACHER)
    assert statuses(cast, path(mine), refused=cast.person("tom.prof")) == RIGHT
    client = browser(cast.secretary)
    before = tab_count(text(client.get(path(mine))), "À corriger")
    row = row_of(client, mine, "TELEP_B_01", "a-corriger")
    typed = {"anomalie": row, "valeur": "tou<jours", "retour": "onglet=a-corriger"}

    refused = text(client.post(path(mine, "corriger/"), typed))
    assert BY_CODE["TELEP_B_01"].title in refused
    assert 'value="tou&lt;jours"' in refused
    alone = text(client.post(path(mine, "corriger/"), typed, headers={"HX-Request": "true"}))
    assert alone.lstrip().startswith("<tr")
    assert "autofocus" in alone

    typed["valeur"] = "parent@exemple.fr"
    done = client.post(path(mine, "corriger/"), typed, follow=True)
    assert "Corrigé" in text(done)
    assert tab_count(text(done), "À corriger") == before - 1
    act = re.search(r'name="acte" value="([0-9]+)"', text(done))
    assert act is not None
    undone = client.post(path(mine, "annuler/"), {"acte": act[1]}, follow=True)
    assert tab_count(text(undone), "À corriger") == before
    assert "Rien n’a été corrigé ici" in text(client.get(path(mine, "corrections/")))
    # Without JavaScript or with it, what is done is the same.
    again = text(client.post(path(mine, "corriger/"), typed, headers={"HX-Request": "true"}))
    assert 'hx-swap-oob="true"' in again
    assert tab_count(again, "À corriger") == before - 1
    here = text(client.get(path(mine, "corrections/")))
    assert "parent@exemple.fr" in here
    assert "PETIT Paul" in here


def test_one_value_for_all_that_met_a_rule_is_looked_at_then_given(
    school: tuple[Cast, ReadySchool],
) -> None:
    cast, mine = school
    client = browser(cast.secretary)
    page = text(client.get(path(mine)))
    before = tab_count(page, "Bloquantes")
    assert f"Corriger les {SPOILED}…" in page
    assert "/aide/anomalies/ACMEF_B_01/" in page
    record = re.search(rf"/e/{mine.uai}/{YEAR}/eleves/[0-9]+/", page)
    assert record is not None
    assert "À corriger dans ce dossier" in text(client.get(record[0]))
    together = path(mine, "corriger-ensemble/")
    choose = text(client.get(f"{together}?regle=ACMEF_B_01"))
    right = spoiled_mef(mine.population)
    assert f'value="{right}"' in choose
    given = {"regle": "ACMEF_B_01", "lu": WRONG, "valeur": right}
    seen = text(client.post(together, given))
    assert "Rien n’est encore modifié" in seen
    assert f"Corriger {SPOILED} fiches" in seen
    done = client.post(together, {**given, "faire": "1"}, follow=True)
    assert f"{SPOILED} fiches corrigées" in text(done)
    assert tab_count(text(done), "Bloquantes") == before - SPOILED
    assert "À corriger dans ce dossier" not in text(client.get(record[0]))
    act = re.search(r'name="acte" value="([0-9]+)"', text(done))
    assert act is not None
    undone = client.post(path(mine, "annuler/"), {"acte": act[1]}, follow=True)
    assert tab_count(text(undone), "Bloquantes") == before
    nothing = text(client.post(together, {"regle": "ACMEF_B_01", "lu": WRONG, "autre": " "}))
    assert "Choisissez la bonne valeur" in nothing


def test_anomalies_are_explained_or_announced_for_a_rule_or_one_by_one(
    school: tuple[Cast, ReadySchool],
) -> None:
    cast, mine = school
    client = browser(cast.secretary)
    before = tab_count(text(client.get(path(mine))), "Bloquantes")
    row = row_of(client, mine, "ACMEF_B_01")
    asked = {"anomalie": row, "reason": "", "until": "31/08/2099"}
    assert "Expliquer 1 anomalie" in text(client.post(path(mine, "expliquer/"), asked))
    asked["reason"] = "Dérogation accordée"
    assert "au plus tard le 31/08/2027" in text(client.post(path(mine, "expliquer/"), asked))
    done = client.post(path(mine, "expliquer/"), {**asked, "until": "31/08/2027"}, follow=True)
    assert tab_count(text(done), "Bloquantes") == before - 1
    explained = text(client.get(path(mine, "?etat=expliquees")))
    assert "Dérogation accordée" in explained
    assert "Revenir sur cette réponse" in explained
    told = client.post(path(mine, "annoncer/"), {"regle": "ACMEF_B_01"}, follow=True)
    assert tab_count(text(told), "Bloquantes") == before - SPOILED
    assert "Aucune anomalie" not in text(client.get(path(mine, "?etat=annoncees")))
    act = re.search(r'name="acte" value="([0-9]+)"', text(told))
    assert act is not None
    undone = client.post(path(mine, "annuler/"), {"acte": act[1]}, follow=True)
    assert tab_count(text(undone), "Bloquantes") == before - 1


def test_each_rule_has_its_page_that_everybody_may_read(client: Client, base: Base) -> None:
    listed = text(client.get("/aide/anomalies/"))
    for code, rule in BY_CODE.items():
        assert f"/aide/anomalies/{code}/" in listed
        page = text(client.get(f"/aide/anomalies/{code}/")).replace("&#x27;", "'")
        assert rule.remedy in page
    assert client.get("/aide/anomalies/RIEN/").status_code == 404
