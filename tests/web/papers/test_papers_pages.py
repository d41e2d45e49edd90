"""Certificates and lists on screen: from the record, from the list of a division, and checked by a stranger."""

import io
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.accounts.tries import CROWD_AFTER
from bascule.certificates.issue import candidates, issued_in
from bascule.certificates.models import Certificate
from bascule.journal import access as trail


@pytest.fixture
def cast(base: Base) -> Cast:
    mine, other = Cast.of_two_schools()
    return Cast(school=mine.uai, other_school=other.uai)


def path(cast: Cast, rest: str) -> str:
    return f"/e/{cast.school}/{YEAR}/{rest}"


def pages(answer: Any) -> int:
    assert answer.status_code == 200, answer.content.decode()
    assert answer["Content-Type"] == "application/pdf"
    return len(PdfReader(io.BytesIO(answer.content)).pages)


def last(cast: Cast) -> Certificate:
    return issued_in(uai=cast.school, year=YEAR)[0]


def test_a_certificate_is_two_clicks_from_the_record_and_the_same_again_a_duplicate(
    cast: Cast,
) -> None:
    pupil = candidates(uai=cast.school, year=YEAR)[0]
    url = path(cast, f"eleves/{pupil.id}/certificat/")
    cast.give("tom.prof", Profile.TEACHER)
    assert statuses(cast, url, refused=cast.person("tom.prof")) == RIGHT
    client = browser(cast.secretary)

    assert f'href="{url}"' in client.get(path(cast, f"eleves/{pupil.id}/")).content.decode()
    assert "numéroté" in client.get(url).content.decode()
    assert pages(client.post(url)) == 1
    assert "duplicata" in client.get(url).content.decode()
    assert pages(client.post(url)) == 1
    assert [row.number for row in issued_in(uai=cast.school, year=YEAR)] == [1]
    taken = trail.find(uais=[cast.school])[0]
    assert (taken.kind, taken.about) == ("paper.taken", f"student/{pupil.id}")

    exeat = path(cast, f"eleves/{pupil.id}/exeat/")
    assert "saisissez la sortie" in client.get(exeat).content.decode()
    assert client.post(exeat).status_code == 409
    assert client.get(path(cast, "eleves/999999/certificat/")).status_code == 404


def test_a_division_is_one_document_and_a_wrong_one_is_withdrawn(cast: Cast) -> None:
    client = browser(cast.secretary)
    every = candidates(uai=cast.school, year=YEAR)
    division = every[0].division or ""
    there = [one.id for one in every if one.division == division]
    url = path(cast, "papiers/certificats/")
    home = path(cast, "papiers/")

    assert client.get(home).status_code == 200
    listed = client.get(path(cast, "eleves/"), {"division": division}).content.decode()
    assert f'href="{url}?division={division}"' in listed
    assert f'href="{path(cast, "papiers/liste-de-classe/")}?division={division}"' in listed
    chooser = client.get(url, {"division": division}).content.decode()
    assert chooser.count('name="eleve"') == len(there)
    assert client.get(url, {"division": ""}).content.decode().count('name="eleve"') == len(every)
    assert client.post(url, {"division": division}).status_code == 409
    assert pages(client.post(url, {"division": division, "eleve": there[:1]})) == 1
    assert pages(client.post(url, {"division": division, "toute": "1"})) == len(there)
    assert pages(client.get(path(cast, "papiers/liste-de-classe/"))) >= len(
        {one.division for one in every}
    )
    assert client.get(path(cast, "papiers/liste-de-classe/?division=ZZ")).status_code == 409

    row = last(cast)
    answer = client.post(path(cast, f"papiers/{row.pk}/annuler/"), follow=True)
    assert "est annulé" in answer.content.decode()
    assert "plus valable" in browser().get(f"/verifier/{row.code}").content.decode()
    # An agent of the authority prints lists, and signs nothing for the school.
    agent = browser(cast.of_authority(Profile.DEEP))
    assert url not in agent.get(home).content.decode()
    assert agent.post(url, {"division": division, "toute": "1"}).status_code == 403


def test_a_stranger_is_told_initials_and_a_year_and_waits_after_too_many_tries(cast: Cast) -> None:
    pupil = candidates(uai=cast.school, year=YEAR)[0]
    browser(cast.secretary).post(path(cast, f"eleves/{pupil.id}/certificat/"))
    code, nobody = last(cast).code, Client(SERVER_NAME="localhost")

    asked = nobody.get("/verifier/", {"code": code.lower().replace("-", " ")}, follow=True)

    page = asked.content.decode()
    assert "Ce certificat est valable" in page
    assert str(pupil.birth_date.year) in page
    for hidden in (pupil.family_name, pupil.first_names.split()[0], f"{pupil.birth_date:%d/%m/%Y}"):
        assert hidden not in page
    assert nobody.get("/verifier/3333-3333-3333").status_code == 404
    for _ in range(CROWD_AFTER - 1):
        nobody.get("/verifier/3333-3333-3333")
    waits = nobody.get(f"/verifier/{code}")
    assert waits.status_code == 429
    assert int(waits["Retry-After"]) > 0
