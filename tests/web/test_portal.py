"""The portal: what waits for me, where I am."""

from datetime import date, timedelta

from django.utils import timezone
from tests.cast import Cast, browser
from tests.exchange.ready_school import AT, YEAR, ready_school
from tests.ine.asking import ask, population, put_in_dispute

from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission, Profile
from bascule.exchange.export import export
from bascule.exchange.receive import receive_import
from bascule.helpdesk import news
from bascule.schools.directory import known_school


def portal_of(cast: Cast, login: str) -> str:
    return browser(cast.person(login)).get("/").content.decode()


def test_an_import_to_confirm_waits_for_who_may_confirm(cast: Cast) -> None:
    school = ready_school(5, number=3)
    run = receive_import(
        files=[school.file()], uai=school.uai, year=YEAR, actor="secretary", at=AT
    ).run
    cast.give("chef.trois", Profile.HEAD, school.uai)
    cast.give("prof.trois", Profile.TEACHER, school.uai)

    page = portal_of(cast, "chef.trois")
    assert f"/e/{school.uai}/{YEAR}/imports/{run.pk}/" in page
    assert f"Confirmer l’import n° {run.pk} ({known_school(school.uai).name})" in page
    assert f"/imports/{run.pk}/" not in portal_of(cast, "prof.trois")


def test_a_right_that_ends_soon_is_announced_to_who_holds_it(cast: Cast) -> None:
    cast.give(
        "lea.aide",
        Profile.DELEGATE,
        permission=Permission.PUPILS_READ,
        ends_on=timezone.localdate() + timedelta(days=10),
    )
    cast.give(
        "leo.aide",
        Profile.DELEGATE,
        permission=Permission.PUPILS_READ,
        ends_on=timezone.localdate() + timedelta(days=100),
    )

    assert "Un de vos droits se termine" in portal_of(cast, "lea.aide")
    assert "Un de vos droits se termine" not in portal_of(cast, "leo.aide")


def test_news_is_shown_while_it_lasts(cast: Cast) -> None:
    now, today = timezone.now(), timezone.localdate()
    signed = {"body": "Texte.", "actor": "deep", "at": now}
    news.publish(title="La campagne ouvre", starts_on=today, ends_on=today, **signed)
    news.publish(
        title="Plus tard", starts_on=today + timedelta(1), ends_on=today + timedelta(9), **signed
    )

    text = browser(cast.head).get("/").content.decode()

    assert "La campagne ouvre" in text
    assert "Plus tard" not in text


def test_one_takes_another_of_ones_own_schools_and_no_other(cast: Cast) -> None:
    cast.give("deux.ecoles", Profile.HEAD)
    cast.give("deux.ecoles", Profile.HEAD, cast.other_school)
    both, one = browser(cast.person("deux.ecoles")), browser(cast.head)

    there = both.get("/", {"ecole": cast.other_school}).content.decode()
    still_there = both.get("/").content.decode()
    refused = one.get("/", {"ecole": cast.other_school}).content.decode()

    assert f"/e/{cast.other_school}/{YEAR}/eleves/" in there
    assert f"/e/{cast.other_school}/{YEAR}/eleves/" in still_there
    assert f"/e/{cast.other_school}/" not in refused


def test_who_holds_no_right_is_told_whom_to_ask(cast: Cast) -> None:
    text = browser(cast.outsider).get("/").content.decode()

    assert "Aucune application ne vous est ouverte" in text


def test_a_right_begins_on_its_day(cast: Cast) -> None:
    cast.give("lea.aide", Profile.SECRETARY, starts_on=date(2999, 1, 1))

    assert "Aucune application ne vous est ouverte" in portal_of(cast, "lea.aide")


def test_an_account_to_activate_and_a_right_that_ends_lead_to_the_staff(cast: Cast) -> None:
    cast.person("lea.neuve", state=Person.State.INVITED)
    cast.give(
        "lea.neuve",
        Profile.DELEGATE,
        permission=Permission.PUPILS_READ,
        ends_on=timezone.localdate() + timedelta(days=10),
    )

    text = browser(cast.head).get("/").content.decode()

    assert "Un compte n’est pas encore activé" in text
    assert "Un droit donné se termine bientôt" in text
    assert text.count(f'<a href="/e/{cast.school}/personnel/">') >= 2
    assert 'href=""' not in text


def test_numbers_that_came_wait_for_the_school_and_disputes_for_the_authority(cast: Cast) -> None:
    school = ready_school(5, number=3)
    school.bring(population(school))
    ask(school)
    cast.give("chef.trois", Profile.HEAD, school.uai)
    agent = cast.of_authority(Profile.BEA_INE)

    assert "5 INE sont arrivés, à réexporter" in portal_of(cast, "chef.trois")
    page = browser(cast.person("chef.trois")).get(f"/e/{school.uai}/{YEAR}/ine/").content.decode()
    assert "Tous vos élèves ont un INE" in page
    assert "litige d’INE" not in browser(agent).get("/").content.decode()

    request = put_in_dispute(school.uai)
    assert "1 litige d’INE à examiner" in browser(agent).get("/").content.decode()
    path = f"/rectorat/identites/{school.uai}/{request.pk}/"
    answer = browser(agent).post(f"{path}repondre/", {"reponse": "different", "why": ""})
    assert "Dites en quelques mots" in answer.content.decode()
    export(uai=school.uai, year=YEAR, kinds=["eleves"], actor="secretary", at=timezone.now())
    assert "à réexporter" not in portal_of(cast, "chef.trois")
