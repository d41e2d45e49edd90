"""The list of pupils and the record: who sees what, and what is noted of it."""

import re

import pytest
from tests.cast import Cast, browser

from bascule.accounts.profiles import Permission, Profile
from bascule.journal import access as trail
from bascule.journal.access import Criteria
from bascule.students.lookup import PupilLine, find_pupils

YEAR = 2026


@pytest.fixture
def pupil(cast: Cast) -> PupilLine:
    return find_pupils(uai=cast.school, year=YEAR).lines[0]


def test_a_secretary_finds_a_pupil_without_accents_or_case(cast: Cast, pupil: PupilLine) -> None:
    first = pupil.first_name.lower()
    page = browser(cast.secretary).get(f"/e/{cast.school}/{YEAR}/eleves/", {"q": f" {first} "})

    assert pupil.name in page.content.decode()


def test_a_birth_date_finds_a_pupil(cast: Cast, pupil: PupilLine) -> None:
    born = f"{pupil.birth_date:%d/%m/%Y}"

    found = find_pupils(uai=cast.school, year=YEAR, text=born)

    assert pupil.id in {line.id for line in found.lines}
    assert all(line.birth_date == pupil.birth_date for line in found.lines)


@pytest.mark.parametrize(
    "typed", ["%", "_", "'; DROP TABLE x; --", "00/00/0000", "x" * 5000, "é\u0301"]
)
def test_what_is_typed_is_never_more_than_a_text(cast: Cast, typed: str) -> None:
    page = browser(cast.secretary).get(f"/e/{cast.school}/{YEAR}/eleves/", {"q": typed})

    assert page.status_code == 200


def test_reading_a_record_is_noted_with_who_and_why(cast: Cast, pupil: PupilLine) -> None:
    page = browser(cast.secretary).get(f"/e/{cast.school}/{YEAR}/eleves/{pupil.id}/")

    (line,) = trail.find(uais=[cast.school], criteria=Criteria(kinds=("record.read",)))
    assert page.status_code == 200
    assert (line.actor, line.about) == (cast.secretary.login, f"student/{pupil.id}")
    assert line.purpose


def test_the_rectorat_sees_no_phone_of_a_family(cast: Cast, pupil: PupilLine) -> None:
    url = f"/e/{cast.school}/{YEAR}/eleves/{pupil.id}/"
    phone = re.compile(r"\b0[1-9](?:[ .]?\d\d){4}\b")

    of_school = browser(cast.secretary).get(url).content.decode()
    of_rectorat = browser(cast.of_authority(Profile.DEEP)).get(url).content.decode()

    assert phone.search(of_school)
    assert not phone.search(of_rectorat)


def test_a_head_next_door_is_told_that_the_pupil_is_not_there(cast: Cast, pupil: PupilLine) -> None:
    client = browser(cast.head_next_door)

    direct = client.get(f"/e/{cast.school}/{YEAR}/eleves/{pupil.id}/")
    through_mine = client.get(f"/e/{cast.other_school}/{YEAR}/eleves/{pupil.id}/")

    assert (direct.status_code, through_mine.status_code) == (404, 404)
    assert (
        trail.find(uais=["AUTORITE"], criteria=Criteria(kinds=("door.closed",)))[0].facts["school"]
        == cast.school
    )


def test_one_right_delegated_opens_one_page(cast: Cast) -> None:
    cast.give("lea.aide", Profile.DELEGATE, permission=Permission.PUPILS_READ)
    client = browser(cast.person("lea.aide"))

    assert client.get(f"/e/{cast.school}/{YEAR}/eleves/").status_code == 200
    assert client.get(f"/e/{cast.school}/{YEAR}/imports/").status_code == 403


def test_a_year_that_the_school_has_not_is_not_there(cast: Cast) -> None:
    assert browser(cast.head).get(f"/e/{cast.school}/2031/eleves/").status_code == 404
