"""The list of pupils and the record: who sees what, and what is noted of it."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR, ready_school
from tests.pupils_of import PupilOf, pupils_of

from bascule.accounts.profiles import Permission, Profile
from bascule.exchange import long_lists
from bascule.journal import access as trail
from bascule.journal.access import Criteria
from bascule.preparation.opening import open_next_year
from bascule.students.typed import Typed, understood


@pytest.fixture
def pupil(cast: Cast) -> PupilOf:
    return pupils_of(cast.school, YEAR)[0]


def url(cast: Cast, rest: str = "") -> str:
    return f"/e/{cast.school}/{YEAR}/eleves/{rest}"


def found(client: Any, address: str) -> set[str]:
    """Give the numbers of the pupils that a list shows."""
    text = client.get(address).content.decode()
    return set(re.findall(r'<th scope="row"><a href="/e/\w+/\d+/eleves/(\d+)/">', text))


def test_pupils_are_found_by_whatever_one_knows_of_them(cast: Cast, pupil: PupilOf) -> None:
    client, me = browser(cast.secretary), str(pupil.id)
    born = pupil.birth_date

    for typed in (
        pupil.first_name.lower(),
        f"{pupil.first_name[:3]} {pupil.family_name.lower()}",
        f"{born:%d/%m/%Y}",
        f"{born:%d%m%Y}",
        f"{born:%d.%m.%y} {pupil.family_name[:2]}",
        str(pupil.number),
    ):
        assert me in found(client, f"{url(cast)}?q={typed}"), typed
    assert found(client, f"{url(cast)}?q={pupil.first_name[1:]}") == set()
    assert client.get(f"{url(cast)}?q={pupil.ine}").headers["Location"] == url(cast, f"{me}/")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("D’Été  jean-luc", Typed(("D", "ETE", "JEAN", "LUC"))),
        ("1/9/12", Typed(born=understood("2012-09-01").born)),
        ("31/02/2012", Typed(("31", "02", "2012"))),
        ("123 456 789 ab", Typed(national="123456789AB")),
        ("% _ '; DROP TABLE x; --", Typed(("DROP", "TABLE", "X"))),
    ],
)
def test_what_is_typed_is_understood_as_a_person_means_it(typed: str, meant: Typed) -> None:
    assert understood(typed) == meant


def test_who_is_not_found_is_looked_for_elsewhere_and_the_other_year_shows_the_same_screen(
    cast: Cast, pupil: PupilOf
) -> None:
    opened = open_next_year(uai=cast.school, year=YEAR + 1, actor="tests", at=timezone.now())
    client, there = browser(cast.secretary), f"/e/{cast.school}/{YEAR + 1}/eleves/"

    nobody = client.get(f"{url(cast)}?q=zzzz").content.decode()
    filtered = client.get(f"{url(cast)}?sexe=1&page=1").content.decode()
    record = client.get(url(cast, f"{pupil.id}/scolarite/")).content.decode()

    assert opened.carried_count
    assert "Vérifiez l’orthographe" in nobody
    assert f'href="{there}?q=zzzz">Chercher dans l’année 2027-2028' in nobody
    assert "Créer l’élève" in nobody
    assert f'href="{there}?sexe=1"' in filtered
    assert f'href="{there}{pupil.id}/scolarite/"' in record
    assert client.get(f"{there}{pupil.id}/scolarite/").status_code == 200


def test_a_list_is_filtered_sorted_and_shown_with_the_columns_one_chose(
    cast: Cast, pupil: PupilOf
) -> None:
    client = browser(cast.secretary)
    everybody = found(client, url(cast))

    boys, girls = (found(client, f"{url(cast)}?sexe={sex}") for sex in "12")
    page = client.get(f"{url(cast)}?sexe=2&tri=-naissance&col=nom&col=naissance&col=regime")
    kept = client.post(
        url(cast, "colonnes/"), {"col": ["nom", "regime", "nationalite"], "liste": "sexe=2"}
    )
    again = client.get(kept.headers["Location"]).content.decode()

    assert boys | girls == everybody
    assert not boys & girls
    assert "Filtres en cours" in page.content.decode()
    assert 'aria-sort="descending"' in page.content.decode()
    # The columns are kept for whoever chose them, and for nobody else on the same computer.
    assert "Régime</th>" in again
    assert "INE</th>" not in again
    assert "Nationalité</th>" not in again
    assert kept.headers["Location"].endswith("eleves/?sexe=2")
    assert "Régime</th>" not in browser(cast.head).get(url(cast)).content.decode()
    assert found(client, f"{url(cast)}?page=99") == everybody


def test_a_page_costs_the_same_queries_for_many_pupils_as_for_two(cast: Cast) -> None:
    def asked(uai: str, login: str) -> int:
        cast.give(login, Profile.HEAD, uai)
        client = browser(cast.person(login))
        client.get(f"/e/{uai}/{YEAR}/eleves/")
        with counted() as queries:
            client.get(f"/e/{uai}/{YEAR}/eleves/?col=nom&col=responsables&col=telephones")
        return len(queries)

    larger = ready_school(50, number=3)
    larger.bring()

    assert asked(larger.uai, "chez.elle") == asked(cast.school, "ici.meme")


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries


def test_what_one_sees_is_taken_as_a_file_and_noted(cast: Cast, pupil: PupilOf) -> None:
    client = browser(cast.secretary)
    asked = "?sexe=1&col=nom&col=ine&col=telephones&col=bourses"

    book = client.get(url(cast, f"liste.xlsx{asked}"))
    text = client.get(url(cast, f"liste.csv{asked}")).content

    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.content))
    rows = sheets.get_sheet_by_name("Élèves").to_python()
    # A secretary does not see grants: what she may not see is in no file of hers.
    assert rows[0] == ["Nom de famille", "INE", "Téléphones des responsables"]
    assert {f"{row[1]}" for row in rows[1:]} <= {
        f"{one.ine}" for one in pupils_of(cast.school, YEAR)
    }
    assert ["Filtres", "masculin"] in sheets.get_sheet_by_name("À lire").to_python()
    assert re.search(
        rf'"eleves_{cast.school}_2026-2027_\d{{8}}-\d{{4}}.xlsx"', book["Content-Disposition"]
    )
    assert text.startswith(b"\xef\xbb\xbfNom de famille;INE;")
    assert text.count(b"\r\n") == len(rows)
    noted = trail.find(uais=[cast.school], criteria=Criteria(kinds=("paper.taken",)))
    assert {line.facts["pupils"] for line in noted} == {len(rows) - 1}
    # The rectorat reads pupils, and takes no list of them away.
    assert browser(cast.of_authority(Profile.DEEP)).get(url(cast, "liste.csv")).status_code == 403


def test_a_long_list_is_written_apart_for_whoever_asked_and_forgotten_after_a_day(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_lists, "AT_ONCE", 2)
    client, now = browser(cast.secretary), timezone.now()

    asked = client.get(url(cast, "liste.csv?sexe=1&col=nom&col=naissance&tri=-naissance"))
    page = asked.headers["Location"]
    waiting = client.get(page).content.decode()
    long_lists.write(uai=cast.school, number=int(page.split("/")[-2]), at=now)
    ready = client.get(page).content.decode()
    taken = client.get(f"{page}fichier/").content.decode("utf-8-sig").splitlines()

    assert "<progress" in waiting
    assert "Télécharger la liste" in ready
    born = [line.split(";")[1] for line in taken[1:]]
    assert taken[0] == "Nom de famille;Né(e) le"
    assert born == sorted(born, key=lambda day: day.split("/")[::-1], reverse=True)
    assert len(born) > 2
    assert browser(cast.head).get(page).status_code == 404
    long_lists.forget(uai=cast.school, at=now + timedelta(days=2))
    assert client.get(page).status_code == 404


def test_the_standard_lists_lead_to_pages_that_answer(cast: Cast) -> None:
    client = browser(cast.head)
    page = client.get(url(cast, "listes/")).content.decode()

    links = re.findall(r'<th scope="row"><a href="([^"]+)"', page)

    assert len(links) == 11
    assert {client.get(link.replace("&amp;", "&")).status_code for link in links} == {200}


def test_reading_a_record_is_noted_with_who_and_why(cast: Cast, pupil: PupilOf) -> None:
    page = browser(cast.secretary).get(url(cast, f"{pupil.id}/"))

    (line,) = trail.find(uais=[cast.school], criteria=Criteria(kinds=("record.read",)))
    assert page.status_code == 200
    assert (line.actor, line.about) == (cast.secretary.login, f"student/{pupil.id}")
    assert line.purpose


def test_the_rectorat_sees_no_phone_of_a_family(cast: Cast, pupil: PupilOf) -> None:
    phone = re.compile(r"\b0[1-9](?:[ .]?\d\d){4}\b")
    asked = "?col=nom&col=telephones&col=telephone"
    mine, theirs = browser(cast.secretary), browser(cast.of_authority(Profile.DEEP))

    for address in (url(cast, f"{pupil.id}/responsables/"), url(cast, asked)):
        assert phone.search(mine.get(address).content.decode())
        assert not phone.search(theirs.get(address).content.decode())


def test_a_head_next_door_is_told_that_the_pupil_is_not_there(cast: Cast, pupil: PupilOf) -> None:
    client = browser(cast.head_next_door)

    direct = client.get(url(cast, f"{pupil.id}/"))
    through_mine = client.get(f"/e/{cast.other_school}/{YEAR}/eleves/{pupil.id}/")

    assert (direct.status_code, through_mine.status_code) == (404, 404)
    assert (
        trail.find(uais=["AUTORITE"], criteria=Criteria(kinds=("door.closed",)))[0].facts["school"]
        == cast.school
    )


def test_one_right_delegated_opens_one_page(cast: Cast) -> None:
    cast.give("lea.aide", Profile.DELEGATE, permission=Permission.PUPILS_READ)
    client = browser(cast.person("lea.aide"))

    assert client.get(url(cast)).status_code == 200
    assert client.get(f"/e/{cast.school}/{YEAR}/imports/").status_code == 403


def test_a_year_that_the_school_has_not_is_not_there(cast: Cast) -> None:
    assert browser(cast.head).get(f"/e/{cast.school}/2031/eleves/").status_code == 404
