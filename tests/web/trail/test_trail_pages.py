"""Who looked at what, on pages: mine, my school's, everybody's for the data protection officer."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import Cast, browser
from tests.pupils_of import pupils_of
from tests.web.doors import RIGHT, statuses

from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission, Profile
from bascule.exchange import runs
from bascule.journal.access import Criteria, Visitor, find, note
from bascule.journal.act import AUTHORITY
from bascule.web.trail.lines import PAGE

SEARCH, SHEET = "/rectorat/journal/", "/rectorat/journal/feuille.csv"


def school_page(cast: Cast, query: str = "") -> str:
    return f"/e/{cast.school}/journal/{query}"


def look(
    cast: Cast, person: Person, *, pupil: int = 1, kind: str = "record.read", days: int = 0,
    uai: str = "", **facts: object,
) -> None:  # fmt: skip
    note(
        kind=kind,
        visitor=Visitor(person.login, person.pk, "192.0.2.7"),
        at=timezone.now() - timedelta(days=days),
        uai=uai or cast.school,
        about=f"student/{pupil}",
        purpose="gestion de l’élève",
        facts=facts,
    )


def body(answer: Any) -> str:
    return str(answer.content.decode())


def pupils(cast: Cast) -> list[Any]:
    return list(pupils_of(cast.school, 2026))


def today(days: int = 0) -> str:
    return f"{timezone.localdate() - timedelta(days=days):%d/%m/%Y}"


@pytest.fixture
def dpo(cast: Cast) -> Person:
    return cast.of_authority(Profile.DPO)


# ---------------------------------------------------------------- mine


def test_i_read_what_is_kept_of_me_and_nothing_of_others(cast: Cast) -> None:
    look(cast, cast.secretary, pupil=11)
    look(cast, cast.secretary, pupil=12, kind="paper.taken", paper="liste-de-classe")
    look(cast, cast.head, pupil=22)

    text = body(browser(cast.secretary).get("/moi/traces/"))

    assert "dossier d’élève consulté" in text
    assert "liste de classe" in text
    assert "Élève n° 11" in text
    assert "192.0.2.7" in text
    assert "Élève n° 22" not in text


def test_whoever_is_signed_in_has_traces_and_nobody_else(cast: Cast) -> None:
    assert browser(cast.outsider).get("/moi/traces/").status_code == 200
    assert browser().get("/moi/traces/").status_code == 302
    assert "Aucune trace" in body(browser(cast.outsider).get("/moi/traces/"))


def test_old_traces_are_reached_page_by_page(cast: Cast) -> None:
    for pupil in range(PAGE + 3):
        look(cast, cast.secretary, pupil=1000 + pupil)
    client = browser(cast.secretary)

    first = body(client.get("/moi/traces/"))
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = body(client.get(f"/moi/traces/{older}"))

    assert (first.count("<tr>"), second.count("<tr>")) == (PAGE + 1, 4)
    assert "Élève n° 1000" in second
    assert "Les plus récentes" in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("asked", ["x", "-1", "9" * 30, ""])
def test_a_page_that_is_none_is_the_first(cast: Cast, asked: str) -> None:
    look(cast, cast.secretary)

    assert "Élève n° 1" in body(browser(cast.secretary).get(f"/moi/traces/?avant={asked}"))


# ---------------------------------------------------------------- my school's


def test_the_page_of_the_school_opens_to_its_head(cast: Cast) -> None:
    assert statuses(cast, school_page(cast), refused=cast.secretary) == RIGHT


def test_the_head_reads_who_looked_at_whom_in_words(cast: Cast) -> None:
    pupil = pupils(cast)[0]
    look(cast, cast.secretary, pupil=pupil.id)
    look(cast, cast.head_next_door, pupil=99, uai=cast.other_school)

    text = body(browser(cast.head).get(school_page(cast)))

    assert "PETIT Paul" in text
    assert "dossier d’élève consulté" in text
    assert pupil.name in text
    assert "gestion de l’élève" in text
    assert "record.read" not in text.partition("<tbody>")[2]
    assert "VOISIN" not in text


def test_who_may_not_read_pupils_reads_their_numbers_only(cast: Cast) -> None:
    pupil = pupils(cast)[0]
    look(cast, cast.secretary, pupil=pupil.id)
    cast.give("un.delegue", Profile.DELEGATE, permission=Permission.TRAIL_SCHOOL)

    text = body(browser(cast.person("un.delegue")).get(school_page(cast)))

    assert f"Élève n° {pupil.id}" in text
    assert pupil.family_name not in text


def test_what_the_software_and_the_help_desk_did_is_told_in_words(cast: Cast) -> None:
    agent = cast.of_authority(Profile.CECOIA)
    note(kind="api.call", visitor=Visitor("Charlemagne"), at=timezone.now(), uai=cast.school,
         about="token/3", facts={"route": "api-v1:report", "run_id": 4, "forme": "pdf"})  # fmt: skip
    note(kind="support.page", visitor=Visitor(agent.login, agent.pk), at=timezone.now(),
         uai=cast.school, about="support/2", facts={"page": "pupils:list", "method": "GET"})  # fmt: skip

    text = body(browser(cast.head).get(school_page(cast)))

    assert "appel du logiciel de l’établissement" in text
    assert "le compte rendu d’un import, pdf" in text
    assert "page ouverte en session d’assistance" in text
    assert "la liste des élèves" in text
    assert "CECOIA" in text


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("eleve=12", {12}),
        ("quoi=paper.taken", {13}),
        ("du={d2}", {11, 12}),
        ("au={d2}", {13}),
        ("du={d5}&au={d2}", {13}),
        ("eleve=12&quoi=paper.taken", set()),
        ("qui=p{head}", {12}),
        ("qui=p{secretary}", {11, 13}),
    ],
)
def test_each_filter_keeps_its_own(cast: Cast, query: str, seen: set[int]) -> None:
    look(cast, cast.secretary, pupil=11)
    look(cast, cast.head, pupil=12)
    look(cast, cast.secretary, pupil=13, kind="paper.taken", days=4)
    asked = query.format(d2=today(2), d5=today(5), head=cast.head.pk, secretary=cast.secretary.pk)

    text = body(browser(cast.head).get(school_page(cast, f"?{asked}")))

    assert {pupil for pupil in (11, 12, 13) if f"Élève n° {pupil}" in text} == seen


@pytest.mark.parametrize(
    "query", ["du=31/02/2026", "eleve=abc", "qui=zz", "du=02/02/2026&au=01/01/2026"]
)
def test_a_filter_that_makes_no_sense_shows_nothing_and_says_why(cast: Cast, query: str) -> None:
    look(cast, cast.secretary, pupil=11)

    answer = browser(cast.head).get(school_page(cast, f"?{query}"))

    assert answer.status_code == 200
    assert "field-error" in body(answer)
    assert "Élève n° 11" not in body(answer)


def test_the_page_takes_as_many_queries_for_many_lines_as_for_few(cast: Cast) -> None:
    client = browser(cast.head)
    counted: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        counted.append(sql)
        return execute(sql, *rest)

    def queries() -> int:
        client.get(school_page(cast))
        counted.clear()
        with connection.execute_wrapper(count):
            client.get(school_page(cast))
        return len(counted)

    look(cast, cast.secretary, pupil=pupils(cast)[0].id)
    few = queries()
    for pupil in pupils(cast) * 5:
        look(cast, cast.head, pupil=pupil.id)

    assert queries() == few


# ---------------------------------------------------------------- everybody's


def test_the_search_opens_to_the_officer_alone(cast: Cast, dpo: Person) -> None:
    for path in (SEARCH, SHEET):
        for other in (cast.head, cast.of_authority(Profile.DEEP), cast.outsider):
            assert browser(other).get(path).status_code == 404
        assert browser().get(path).status_code == 302
    assert browser(dpo).get(SEARCH).status_code == 200


def test_nothing_is_searched_before_it_is_asked(cast: Cast, dpo: Person) -> None:
    look(cast, cast.secretary, pupil=11)

    text = body(browser(dpo).get(SEARCH))

    assert "Élève n° 11" not in text
    assert find(uais=[AUTHORITY], criteria=Criteria(kinds=("trail.search",))) == []


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {11, 12, 13}),
        ("qui=paul.petit", {11}),
        ("qui=petit", {11}),
        ("qui=inconnu", set()),
        ("eleve=12", {12}),
        ("etablissement={other}", {13}),
        ("quoi=record.read", {11, 12, 13}),
        ("quoi=paper.taken", set()),
        ("au={yesterday}", set()),
    ],
)
def test_the_officer_searches_all_schools(
    cast: Cast, dpo: Person, query: str, seen: set[int]
) -> None:
    look(cast, cast.secretary, pupil=11)
    look(cast, cast.head, pupil=12)
    look(cast, cast.head_next_door, pupil=13, uai=cast.other_school)
    asked = query.format(other=cast.other_school, yesterday=today(1))

    text = body(browser(dpo).get(f"{SEARCH}?du={today(9)}&{asked}"))

    assert {pupil for pupil in (11, 12, 13) if f"Élève n° {pupil}" in text} == seen


def test_a_token_is_found_by_its_name(cast: Cast, dpo: Person) -> None:
    note(kind="api.call", visitor=Visitor("Charlemagne"), at=timezone.now(), uai=cast.school,
         about="token/3", facts={"route": "api-v1:me"})  # fmt: skip

    assert "Jeton n° 3" in body(browser(dpo).get(f"{SEARCH}?du={today(1)}&qui=Charlemagne"))


def test_acts_are_searched_with_what_they_say(cast: Cast, dpo: Person) -> None:
    assert cast.head
    run = runs.list_runs(uai=cast.school)[0]

    text = body(browser(dpo).get(f"{SEARCH}?du=01/01/2026&genre=actes&etablissement={cast.school}"))

    assert "import intégré" in text
    assert f"Import n° {run.pk}" in text
    assert "droit donné" in text
    assert "person : claire.morel" in text


def test_the_search_is_itself_written_without_what_was_typed(cast: Cast, dpo: Person) -> None:
    client = browser(dpo)
    client.get(f"{SEARCH}?du={today(9)}&qui=petit&eleve=12")
    client.get(f"{SEARCH}?du={today(9)}&etablissement={cast.school}")

    general = find(uais=[AUTHORITY], criteria=Criteria(kinds=("trail.search",)))
    own = find(uais=[cast.school], criteria=Criteria(kinds=("trail.search",)))

    assert general[0].actor == dpo.login
    assert general[0].facts["about"] == ["student/12"]
    assert general[0].facts["by_name"] is True
    assert "petit" not in str(general[0].facts)
    assert len(own) == 1


def test_a_search_without_days_is_refused(cast: Cast, dpo: Person) -> None:
    text = body(browser(dpo).get(f"{SEARCH}?du=&qui=petit"))

    assert "Donnez le premier jour de la recherche." in text


def test_what_is_found_comes_out_as_a_sheet(cast: Cast, dpo: Person) -> None:
    look(cast, cast.secretary, pupil=11, step="=1+1")
    note(kind="signin.failed", visitor=Visitor("=cmd()"), at=timezone.now())

    answer = browser(dpo).get(f"{SHEET}?du={today(1)}")

    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:5] == ["N°", "Date", "Heure", "Ce qui s’est passé", "Code"]
    by_code = {row[4]: row for row in rows[1:]}
    assert by_code["record.read"][5:9] == [
        "PETIT Paul", "paul.petit", cast.school, by_code["record.read"][8],
    ]  # fmt: skip
    assert by_code["signin.failed"][6] == "'=cmd()"
    assert b"\r\n" in answer.content
    assert 'attachment; filename="journal_' in answer.headers["Content-Disposition"]


def test_taking_a_sheet_out_is_written_with_the_count_of_lines(cast: Cast, dpo: Person) -> None:
    for pupil in range(3):
        look(cast, cast.secretary, pupil=pupil)

    browser(dpo).get(f"{SHEET}?du={today(1)}&quoi=record.read")

    (line,) = find(uais=[AUTHORITY], criteria=Criteria(kinds=("trail.export",)))
    assert line.facts["count"] == 3


def test_a_sheet_of_a_search_that_makes_no_sense_leads_back_to_it(cast: Cast, dpo: Person) -> None:
    answer = browser(dpo).get(f"{SHEET}?du=hier")

    assert answer.headers["Location"] == f"{SEARCH}?du=hier"


def test_old_lines_of_a_search_are_reached_page_by_page(cast: Cast, dpo: Person) -> None:
    for pupil in range(PAGE + 2):
        look(cast, cast.secretary, pupil=1000 + pupil)
    client = browser(dpo)

    first = body(client.get(f"{SEARCH}?du={today(1)}&quoi=record.read"))
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = body(client.get(f"{SEARCH}{older}"))

    assert "Élève n° 1000" in second
    assert second.count("<tr>") == 3


def test_instants_are_those_of_the_authority(cast: Cast) -> None:
    look(cast, cast.secretary)
    line = find(uais=[cast.school])[0]
    assert isinstance(line.at, datetime)

    local = timezone.localtime(line.at)
    assert f"{local:%d/%m/%Y} à {local.hour} h {local:%M}" in body(
        browser(cast.head).get(school_page(cast))
    ).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
