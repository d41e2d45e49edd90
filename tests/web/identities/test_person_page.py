"""An agent opens a person of the directory, makes two of them one with a colleague, and takes it back."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client, override_settings
from tests.cast import Cast, browser
from tests.exchange.ready_school import AT, YEAR, ready_school
from tests.ine.asking import ask, population, rows

from bascule.accounts.profiles import Profile
from bascule.ine import national

BY: dict[str, Any] = {"actor": "worker", "at": AT}


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@dataclass(frozen=True, slots=True)
class Two:
    """Two persons of the directory, and two agents."""

    uai: str
    person: int
    other: int
    number: str
    other_number: str
    name: str
    student_id: int
    first: Client
    second: Client

    @property
    def path(self) -> str:
        return f"/rectorat/identites/personne/{self.person}/"

    def decide(self, client: Client, way: str, **typed: Any) -> str:
        answer = client.post(f"{self.path}{way}/", typed, follow=True)
        assert answer.status_code == 200, text_of(answer)
        return text_of(answer)


@pytest.fixture
def two(cast: Cast) -> Two:
    school = ready_school(4, number=3)
    school.bring(population(school))
    ask(school)
    one, other = rows(
        school.uai,
        "SELECT p.id, n.number, p.first_name || ' ' || p.family_name, l.student_id FROM ine_person p"
        " JOIN ine_number n ON n.person_id = p.id JOIN ine_link l ON l.person_id = p.id"
        " ORDER BY p.id LIMIT 2",
    )
    agents = []
    for login in ("agent.un", "agent.deux"):
        cast.give(login, Profile.BEA_INE)
        agents.append(browser(cast.person(login)))
    return Two(school.uai, one[0], other[0], one[1], other[1], one[2].lower(), one[3], *agents)


def test_two_persons_are_made_one_by_two_agents_and_are_two_again(two: Two) -> None:
    # By the number, or by the name as it sounds.
    search = "/rectorat/identites/ine/"
    assert two.path in text_of(two.first.get(search, {"ine": two.number}))
    assert two.path in text_of(two.first.get(search, {"ine": two.name}))
    page = text_of(two.first.get(two.path, {"q": two.other_number}))
    assert all(words in page for words in (two.uai, "en vigueur", "C’est le même élève"))

    typed: dict[str, Any] = {"reunir": two.other, "q": two.other_number}
    assert "Dites en quelques mots" in two.decide(two.first, "autre", **typed)
    assert "Un second agent" in two.decide(two.first, "autre", **typed, why="Acte.")
    merge, asked = rows(two.uai, "SELECT m.id, d.id FROM ine_merge m, ine_decision d")[0]
    assert "un autre agent répond" in text_of(two.first.get("/rectorat/identites/"))
    assert "1 fusion d’identités attend" in text_of(two.second.get("/"))
    assert "un autre agent y répond" in two.decide(two.first, f"fusion/{merge}", suite="confirmer")
    page = two.decide(two.second, f"fusion/{merge}", suite="confirmer")
    assert all(words in page for words in ("c’est un seul élève", two.other_number, "retiré"))

    # A decision about somebody else is not there.
    third = rows(two.uai, "SELECT max(id) FROM ine_person")[0][0]
    elsewhere = f"/rectorat/identites/personne/{third}/annuler/{asked}/"
    assert two.second.post(elsewhere).status_code == 404
    merged = rows(two.uai, "SELECT max(id) FROM ine_decision")[0][0]
    assert "tout est comme avant" in two.decide(two.second, f"annuler/{merged}")


def test_a_record_is_separated_and_two_persons_are_kept_apart(two: Two) -> None:
    typed: dict[str, Any] = {"q": two.other_number, "why": "Cousins."}
    assert "plus personne ne sera" in two.decide(two.first, "autre", distinguer=two.other, **typed)
    assert "retirez d’abord" in two.decide(two.first, "autre", reunir=two.other, **typed)
    assert "est retirée" in two.decide(two.first, "retirer", retirer=two.other, why="Erreur.")

    record = f"{two.uai}/{YEAR}/{two.student_id}"
    page = two.decide(two.first, "separer", fiche=record, why="Deux enfants.")

    assert all(words in page for words in ("avec son propre INE", "fiche séparée", "Deux enfants."))
    found = rows(two.uai, f"SELECT person_id FROM ine_link WHERE student_id = {two.student_id:d}")  # noqa: S608
    assert found[0][0] not in (two.person, two.other)


def test_what_the_national_service_does_not_say_is_asked_again_by_an_agent(cast: Cast) -> None:
    cast.give("agent.un", Profile.BEA_INE)
    client, school = browser(cast.person("agent.un")), ready_school(4, number=3)
    school.bring(population(school))
    with override_settings(BASCULE_INE_SERVICE="fichiers"):
        ask(school)
        lines = national.lines_to_send()
        national.note_sent(lines, **BY)
        doubt = national.Answer(lines[0].id, national.Outcome.DISPUTE)
        national.take(answers=[doubt], **BY)
        ask(school, days=1)
        (dispute,) = rows(school.uai, "SELECT id FROM ine_request WHERE state = 'LITIGE'")
        path = f"/rectorat/identites/{school.uai}/{dispute[0]}/"

        page = text_of(client.get(path))
        assert "Redemander l’INE au service national" in page
        assert "Ce sont deux élèves différents" not in page
        assert "Dites en quelques mots" in text_of(client.post(f"{path}redemander/", {"why": ""}))
        asked = client.post(f"{path}redemander/", {"why": "Vu avec le service."}, follow=True)

        assert "la demande repart" in text_of(asked)
        assert lines[0].id in [line.id for line in national.lines_to_send()]
