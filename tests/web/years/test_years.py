"""The rectorat opens a year, follows it, stops, resumes, undoes, accounts and closes; a school sees its balance."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.bases import Base
from tests.cast import Cast, browser
from tests.preparation.schools import bring, prepare_next, school_under_way, year_after
from tests.pupils_of import pupils_of
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Permission, Profile
from bascule.preparation import openings
from bascule.preparation.closing import close_year
from bascule.preparation.opening import open_next_year
from bascule.schools.open_year import State, change_state, year_of, years_of

YEAR, NEXT = 2026, 2027
SIGNED: dict[str, Any] = {"actor": "tests"}


@pytest.fixture
def deep(cast: Cast) -> Client:
    return browser(cast.of_authority(Profile.DEEP))


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def signed() -> dict[str, Any]:
    return {"actor": "tests", "at": timezone.now()}


def press(client: Client, keeps_going: str = "non") -> int:
    answer = client.post(f"/rectorat/annees/{NEXT}/", {"keeps_going": keeps_going})
    assert answer.status_code == 302, text_of(answer)
    assert answer["Location"].endswith("?suivre=1")
    return int(answer["Location"].split("/")[-2])


def work(number: int) -> None:
    openings.run(number=number, clock=timezone.now)


def jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def names(cast: Cast) -> set[str]:
    return {
        line.family_name
        for uai in (cast.school, cast.other_school)
        for line in pupils_of(uai, YEAR)
    }


@pytest.mark.parametrize(
    "path",
    [
        "/rectorat/annees/",
        f"/rectorat/annees/{NEXT}/",
        f"/rectorat/annees/{YEAR}/bilan/",
        "/rectorat/annees/ouvertures/1/",
    ],
)
def test_who_opens_years_sees_these_pages_without_a_name(cast: Cast, path: str) -> None:
    openings.press(uais=[cast.school], year=NEXT, keeps_going=False, **signed())

    for profile in (Profile.DEEP, Profile.OPERATIONS):
        page = browser(cast.of_authority(profile)).get(path)
        assert page.status_code == 200
        assert not [name for name in names(cast) if name in text_of(page)]
    for person in (cast.head, cast.outsider, cast.of_authority(Profile.CECOIA)):
        assert browser(person).get(path).status_code == 404
    assert browser().get(path).status_code == 302


def test_the_plan_says_who_moves_and_who_is_blocked(cast: Cast, deep: Client) -> None:
    change_state(uai=cast.other_school, year=YEAR, state=State.CLOSED, **signed())

    text = text_of(deep.get(f"/rectorat/annees/{NEXT}/"))

    assert "1 établissement bloqué" in text
    assert "est close" in text
    assert "Ouvrir l’année pour 1 établissement" in text


def test_a_year_is_opened_by_a_press_and_a_worker(cast: Cast, deep: Client) -> None:
    number = press(deep)

    assert jobs() == ["years.open"]
    running = deep.get(f"/rectorat/annees/ouvertures/{number}/?suivre=1")
    assert 'http-equiv="refresh"' in running.content.decode()
    assert "Arrêter après l’établissement en cours" in text_of(running)
    assert (
        'http-equiv="refresh"'
        not in deep.get(f"/rectorat/annees/ouvertures/{number}/").content.decode()
    )

    work(number)

    done = deep.get(f"/rectorat/annees/ouvertures/{number}/?suivre=1")
    assert 'http-equiv="refresh"' not in done.content.decode()
    assert "Établissements traités : 2 sur 2" in text_of(done)
    assert "Annuler l’ouverture" in text_of(done)
    opened = {row.uai for row in years_of(cast.school, cast.other_school) if row.year == NEXT}
    assert opened == {cast.school, cast.other_school}


def test_a_second_press_says_that_the_first_is_not_over(cast: Cast, deep: Client) -> None:
    press(deep)

    again = deep.post(f"/rectorat/annees/{NEXT}/", {"keeps_going": "non"})

    assert again.status_code == 200
    assert "est en cours : attendez sa fin" in text_of(again)


def test_what_to_do_of_a_failure_must_be_chosen(cast: Cast, deep: Client) -> None:
    answer = deep.post(f"/rectorat/annees/{NEXT}/", {})

    assert answer.status_code == 200
    assert openings.list_openings() == []


def test_a_press_is_stopped_resumed_and_undone(cast: Cast, deep: Client) -> None:
    number = press(deep, "oui")
    here = f"/rectorat/annees/ouvertures/{number}/demande/"

    assert deep.post(here, {"ask": "stop"}).status_code == 302
    assert "arrêtée" in text_of(deep.get(f"/rectorat/annees/ouvertures/{number}/"))
    assert deep.post(here, {"ask": "skip"}).status_code == 302
    work(number)
    # Undoing is confirmed first.
    assert 'value="undo"' in text_of(deep.get(here))
    assert deep.post(here, {"ask": "undo"}).status_code == 302
    assert "L’annulation est en cours" in text_of(
        deep.get(f"/rectorat/annees/ouvertures/{number}/")
    )
    work(number)

    assert "annulée" in text_of(deep.get(f"/rectorat/annees/ouvertures/{number}/"))
    assert not [row for row in years_of(cast.school, cast.other_school) if row.year == NEXT]
    assert len(jobs()) == 3
    assert deep.post(here, {"ask": "else"}).status_code == 404
    assert deep.post(here, {"ask": "stop"}).status_code == 409


def test_a_school_that_failed_is_shown_with_its_reason(cast: Cast, deep: Client) -> None:
    number = press(deep, "oui")
    change_state(uai=cast.other_school, year=YEAR, state=State.CLOSED, **signed())
    work(number)

    text = text_of(deep.get(f"/rectorat/annees/ouvertures/{number}/"))

    assert "À regarder" in text
    assert "est close" in text
    assert "Reprendre en passant ceux qui ne le peuvent pas" in text


def test_a_departement_opens_its_own_schools_only(cast: Cast) -> None:
    cast.give("agent.ailleurs", Profile.DEEP, department="000")

    text = text_of(browser(cast.person("agent.ailleurs")).get(f"/rectorat/annees/{NEXT}/"))

    assert cast.school not in text
    assert "Il n’y a rien à ouvrir" in text


def test_a_year_is_closed_with_its_balance_and_reopened(cast: Cast, deep: Client) -> None:
    for uai in (cast.school, cast.other_school):
        open_next_year(uai=uai, year=NEXT, **signed())
    page = deep.get(f"/rectorat/annees/{YEAR}/bilan/")
    unknown = page.context["unknown"]
    there = f"/rectorat/annees/{YEAR}/cloture/"

    complete = deep.post(there, {"scope": "complets"})
    wrong = deep.post(there, {"scope": "tous", "unknown": "1"})
    done = deep.post(there, {"scope": "tous", "unknown": str(unknown)})

    assert unknown > 1
    assert "Aucun établissement ne peut être clos ainsi" in text_of(complete)
    assert f"saisissez ce nombre ({unknown})" in text_of(wrong)
    assert done.status_code == 302
    assert year_of(uai=cast.school, year=YEAR).state == State.CLOSED
    assert "Annuler la clôture" in text_of(deep.get(f"/rectorat/annees/{YEAR}/bilan/"))

    back = deep.post(f"/rectorat/annees/{YEAR}/reouverture/", {"uai": cast.school})

    assert back.status_code == 302
    assert year_of(uai=cast.school, year=YEAR).state == State.CURRENT
    assert year_of(uai=cast.other_school, year=YEAR).state == State.CLOSED


def test_a_year_is_not_reopened_for_a_school_out_of_reach(cast: Cast) -> None:
    open_next_year(uai=cast.school, year=NEXT, **signed())
    close_year(uai=cast.school, year=YEAR, unknown=6, **signed())
    cast.give("agent.ailleurs", Profile.DEEP, department="000")

    answer = browser(cast.person("agent.ailleurs")).post(
        f"/rectorat/annees/{YEAR}/reouverture/", {"uai": cast.school}
    )

    assert answer.status_code in {404, 409}
    assert year_of(uai=cast.school, year=YEAR).state == State.CLOSED


def test_a_school_sees_its_own_balance(cast: Cast) -> None:
    cast.give("remi.prof", Profile.TEACHER)
    path = f"/e/{cast.school}/{YEAR}/bilan/"

    assert statuses(cast, path, refused=cast.person("remi.prof")) == RIGHT
    assert "n’est pas ouverte" in text_of(browser(cast.head).get(path))


def test_unknown_pupils_are_named_to_who_may_read_pupils(base: Base) -> None:
    school = school_under_way(8)
    cast = Cast(school=school.uai, other_school=school.uai)
    open_next_year(uai=school.uai, year=NEXT, **signed())
    cast.give("lea.prepare", Profile.DELEGATE, permission=Permission.PREPARE)
    path = f"/e/{school.uai}/{YEAR}/bilan/"
    missing = school.population.present[0].family

    early = text_of(browser(cast.head).get(path))
    prepare_next(school)
    bring(school, year_after(school.population, without=1))
    head = text_of(browser(cast.head).get(path))
    delegate = text_of(browser(cast.person("lea.prepare")).get(path))

    assert "Aucun fichier de 2027-2028" in early
    assert missing not in early
    assert missing in head
    assert missing not in delegate
    assert "Pas encore connus" in delegate
