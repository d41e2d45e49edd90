"""The constat on screen: the authority opens it, the head signs with her key, nobody else does."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone
from tests.bea.acting import pass_night
from tests.cast import Cast, browser
from tests.exchange.ready_school import AT, YEAR, ready_school
from tests.keys_of import totp_key
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.constat.sign import sign
from bascule.exchange.receive import receive_import
from bascule.journal.act import act
from bascule.journal.retention import PUPILS_ACT

THERE = f"/rectorat/constat/{YEAR}/"


def days(last: int) -> dict[str, str]:
    today = timezone.localdate()
    typed = {"observed_on": today, "opens_on": today, "closes_on": today + timedelta(days=last)}
    return {name: f"{day:%d/%m/%Y}" for name, day in typed.items()}


def test_the_head_signs_the_constat_with_her_key(cast: Cast) -> None:
    cast.give("tom.prof", Profile.TEACHER)
    before = browser(cast.head).get(f"/e/{cast.school}/{YEAR}/constat/")
    assert "n’est pas ouvert" in before.content.decode()
    browser(cast.of_authority(Profile.PAPEP)).post(f"{THERE}ouvrir/", days(9))
    here = f"/e/{cast.school}/{YEAR}/constat/"
    assert statuses(cast, here, refused=cast.person("tom.prof")) == RIGHT
    assert statuses(cast, f"{here}signer/", refused=cast.secretary) == RIGHT | {"head": 302}
    head, secretary = browser(cast.head), browser(cast.secretary)
    assert "encore rien reçu" in head.get(here).content.decode()
    pass_night(day=AT.date())
    assert "Signer le constat de rentrée" in head.get("/").content.decode()
    assert "Signer le constat" not in secretary.get(here).content.decode()

    key = totp_key(cast.head)
    signing = {"signs": "on", "code": "000000"}
    wrong = head.post(f"{here}signer/", signing).content.decode()
    assert "id_code_error" in wrong
    done = head.post(f"{here}signer/", signing | {"code": key.code()}, follow=True).content.decode()
    assert "Le constat est signé" in done
    # A code serves once, and a signature too.
    again = head.post(f"{here}signer/", signing | {"code": key.code()}, follow=True)
    assert "Le constat est déjà signé" in again.content.decode()
    paper = secretary.get(f"{here}1/document/")
    assert paper.content.startswith(b"%PDF-")
    # Once pupils of its year are purged, the page says that it stays but cannot be counted again.
    assert "ne peuvent plus être recomptés" not in head.get(here).content.decode()
    with act(uai=cast.school, kind=PUPILS_ACT, actor="ops", at=timezone.now()) as opened:
        opened.facts["years"] = [YEAR]
    assert "ne peuvent plus être recomptés" in head.get(here).content.decode()
    assert "Constat</th>" in head.get(f"/e/{cast.school}/{YEAR}/base-academique/").content.decode()


def test_an_import_that_waits_is_told_before_one_signs(cast: Cast) -> None:
    school = ready_school(5, number=3)
    run = receive_import(
        files=[school.file()], uai=school.uai, year=YEAR, actor="secretary", at=AT
    ).run
    cast.give("chef.trois", Profile.HEAD, school.uai)
    browser(cast.of_authority(Profile.PAPEP)).post(f"{THERE}ouvrir/", days(9))

    page = browser(cast.person("chef.trois")).get(f"/e/{school.uai}/{YEAR}/constat/")
    assert f"/imports/{run.pk}/" in page.content.decode()


def test_the_authority_opens_follows_reopens_and_closes(cast: Cast) -> None:
    papep = browser(cast.of_authority(Profile.PAPEP))
    refused = papep.post(f"{THERE}ouvrir/", days(-9)).content.decode()
    assert "Les dates ne conviennent pas" in refused
    assert days(-9)["closes_on"] in refused
    dsden = browser(cast.of_authority(Profile.DSDEN))
    assert dsden.post(f"{THERE}ouvrir/", days(9)).status_code == 404
    opened = papep.post(f"{THERE}ouvrir/", days(9), follow=True).content.decode()
    assert "Le constat est ouvert" in opened
    pass_night(day=AT.date())
    signed = {"signatory": "Claire MOREL", "explanations": {}, "actor": "claire.morel"}
    sign(uai=cast.school, year=YEAR, at=timezone.now(), **signed)

    page = papep.get("/rectorat/constat/?etat=signe").content.decode()
    assert cast.school in page
    assert cast.other_school not in page
    assert "50 %" in page
    assert_list_goes_away_as_it_is_shown(papep, cast.school)
    why = {"why": "La 6e 2 n’est pas complète."}
    reopened = papep.post(f"{THERE}rouvrir/{cast.school}/", why, follow=True).content.decode()
    assert "l’ancienne signature est gardée" in reopened
    here = f"/e/{cast.school}/{YEAR}/constat/"
    assert why["why"] in browser(cast.head).get(here).content.decode()
    assert "2 établissements n’ont pas signé" in papep.get(f"{THERE}clore/").content.decode()
    assert "Le constat est clos" in papep.post(f"{THERE}clore/", follow=True).content.decode()
    wrong = papep.post(f"{THERE}prolonger/", days(20) | {"observed_on": "31/02/2026"})
    assert "31/02/2026" in wrong.content.decode()
    again = papep.post(f"{THERE}prolonger/", days(20), follow=True).content.decode()
    assert "changées pour tous" in again
    assert "Clore le constat" in again
    sign(uai=cast.school, year=YEAR, at=timezone.now(), **signed)
    assert_only_the_last_day_changes(papep)


def assert_only_the_last_day_changes(papep: Client) -> None:
    assert "ne change plus" in papep.get("/rectorat/constat/").content.decode()
    # The page was shown before she signed: the day is refused, and not dropped.
    late = days(20) | {"observed_on": days(1)["closes_on"]}
    assert "ont déjà signé" in papep.post(f"{THERE}prolonger/", late).content.decode()
    last_alone = {"closes_on": days(21)["closes_on"]}
    kept = papep.post(f"{THERE}prolonger/", last_alone, follow=True).content.decode()
    assert "changées pour tous" in kept


def assert_list_goes_away_as_it_is_shown(papep: Client, signed: str) -> None:
    taken = papep.get(f"{THERE}tableau.csv?etat=signe").content.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in taken] == ["UAI", signed]
    assert papep.get(f"{THERE}tableau.xlsx").content.startswith(b"PK")
    assert papep.get(f"{THERE}tableau.pdf").status_code == 404
