"""Support sessions on pages: the school lets in, looks on, puts out; the agent changes nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone
from tests.accounts.acting import confined
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR, everything
from tests.pupils_of import pupils_of
from tests.web.doors import RIGHT, statuses

from bascule.accounts import rights, support
from bascule.accounts.models import Person, SupportSession
from bascule.accounts.profiles import AUTHORITY, Permission, Profile
from bascule.exchange import runs
from bascule.journal.access import Criteria, find
from bascule.journal.act import act
from bascule.web.access import Access, Door, access_of
from bascule.web.trail.words import PAGES

AGENT = "/rectorat/assistance/"
#: An agent of the whole académie knows that every school is there.
SHUT = 403


def school_page(cast: Cast, rest: str = "") -> str:
    return f"/e/{cast.school}/assistance/{rest}"


def pupils_page(uai: str) -> str:
    return f"/e/{uai}/{YEAR}/eleves/"


@pytest.fixture
def agent(cast: Cast) -> Person:
    return cast.of_authority(Profile.CECOIA)


@pytest.fixture
def asked(cast: Cast, agent: Person) -> SupportSession:
    with confined(agent, Permission.SUPPORT_ASK) as who:
        return support.ask(
            uai=cast.school, reason="Un import reste en attente", minutes=30, actor=who,
            at=timezone.now(),
        )  # fmt: skip


@pytest.fixture
def inside(cast: Cast, agent: Person, asked: SupportSession) -> Client:
    """Give the agent's browser, inside the school."""
    browser(cast.head).post(school_page(cast, f"{asked.pk}/reponse/"), {"answer": "accept"})
    client = browser(agent)
    client.post(f"{AGENT}{asked.pk}/", {"move": "enter"})
    return client


def session(cast: Cast) -> SupportSession:
    return support.sessions_in(uai=cast.school, at=timezone.now())[0].session


# ---------------------------------------------------------------- asking


def test_the_page_of_the_agent_opens_to_agents_alone(cast: Cast, agent: Person) -> None:
    assert browser(agent).get(AGENT).status_code == 200
    for other in (cast.of_authority(Profile.DEEP), cast.head, cast.outsider):
        assert browser(other).get(AGENT).status_code == 404
    assert browser().get(AGENT).status_code == 302


def test_an_agent_asks_and_the_school_sees_it_on_its_page_and_on_the_portal(
    cast: Cast, agent: Person
) -> None:
    answer = browser(agent).post(
        AGENT, {"uai": cast.school.lower(), "reason": "Un import attend", "minutes": "20"}
    )

    assert answer.headers["Location"] == AGENT
    page = browser(cast.secretary).get(school_page(cast)).content.decode()
    assert "Un import attend" in page
    assert "20 minutes" in page
    assert "demande d’assistance" in browser(cast.secretary).get("/").content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"uai": "0990009X"}, "n’est pas dans l’annuaire"),
        ({"minutes": "4"}, "supérieure ou égale à 5"),
        ({"minutes": "121"}, "inférieure ou égale à 120"),
        ({"reason": ""}, "obligatoire"),
    ],
)
def test_a_demand_that_makes_no_sense_is_told(
    cast: Cast, agent: Person, changes: dict[str, str], said: str
) -> None:
    typed = {"uai": cast.school, "reason": "Un import attend", "minutes": "20", **changes}

    page = browser(agent).post(AGENT, typed)

    assert page.status_code == 200
    assert said in page.content.decode()
    assert support.sessions_in(uai=cast.school, at=timezone.now()) == []


# ---------------------------------------------------------------- answering


def test_the_page_of_the_school_opens_to_who_may_answer(cast: Cast) -> None:
    cast.give("un.enseignant", Profile.TEACHER)

    assert statuses(cast, school_page(cast), refused=cast.person("un.enseignant")) == RIGHT
    assert browser(cast.secretary).get(school_page(cast)).status_code == 200


def test_the_school_refuses_and_nobody_enters(
    cast: Cast, agent: Person, asked: SupportSession
) -> None:
    browser(cast.head).post(school_page(cast, f"{asked.pk}/reponse/"), {"answer": "refuse"})

    answer = browser(agent).post(f"{AGENT}{asked.pk}/", {"move": "enter"})

    assert (answer.status_code, session(cast).state) == (404, "refused")


@pytest.mark.parametrize("rest", ["reponse/", "fin/"])
def test_another_school_answers_and_ends_nothing(
    cast: Cast, asked: SupportSession, rest: str
) -> None:
    for path in (
        f"/e/{cast.school}/assistance/{asked.pk}/{rest}",
        f"/e/{cast.other_school}/assistance/{asked.pk}/{rest}",
    ):
        answer = browser(cast.head_next_door).post(path, {"answer": "accept"})
        assert answer.status_code == 404

    assert session(cast).state == "asked"


def test_without_an_answer_the_agent_sees_nothing(
    cast: Cast, agent: Person, asked: SupportSession
) -> None:
    client = browser(agent)

    client.post(f"{AGENT}{asked.pk}/", {"move": "enter"})

    assert client.get(pupils_page(cast.school)).status_code == SHUT


# ---------------------------------------------------------------- inside


def test_the_agent_sees_the_school_with_a_band_and_no_other_school(
    cast: Cast, inside: Client
) -> None:
    page = inside.get(pupils_page(cast.school))

    text = page.content.decode()
    assert page.status_code == 200
    assert pupils_of(cast.school, YEAR)[0].family_name in text
    assert "Vous ne pouvez rien y modifier" in text
    assert "Quitter l’établissement" in text
    assert inside.get(pupils_page(cast.other_school)).status_code == SHUT


def test_each_page_that_the_agent_opens_is_shown_to_the_school(cast: Cast, inside: Client) -> None:
    inside.get(pupils_page(cast.school))
    inside.get(f"/e/{cast.school}/{YEAR}/imports/")

    text = browser(cast.head).get(school_page(cast)).content.decode()

    assert "la liste des élèves" in text
    assert "la liste des imports" in text
    lines = find(uais=[cast.school], criteria=Criteria(kinds=("support.page",)))
    assert [line.facts["page"] for line in lines] == ["exchanges:runs", "pupils:list"]


def test_what_is_not_among_the_rights_of_a_session_stays_shut(cast: Cast, inside: Client) -> None:
    for path in (school_page(cast), f"/e/{cast.school}/logiciel/", f"/e/{cast.school}/journal/"):
        assert inside.get(path).status_code == 403


def of_school() -> Iterator[tuple[str, set[str], Access]]:
    """Give the pages of a school: names, what their URLs take, what they declare."""

    def walk(
        patterns: list[Any], space: str, above: set[str]
    ) -> Iterator[tuple[str, set[str], Access]]:
        for pattern in patterns:
            taken = above | set(pattern.pattern.converters)
            if isinstance(pattern, URLResolver):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from walk(pattern.url_patterns, inner, taken)
            elif (access := access_of(pattern.callback)) and access.door is Door.SCHOOL:
                yield f"{space}{pattern.name}", taken, access

    return walk(get_resolver().url_patterns, "", set())


def test_no_page_of_the_school_writes_anything_for_an_agent(
    base: Any, cast: Cast, inside: Client, asked: SupportSession
) -> None:
    things = {
        "uai": cast.school,
        "year": YEAR,
        "pupil_id": pupils_of(cast.school, YEAR)[0].id,
        "run_id": runs.list_runs(uai=cast.school)[0].pk,
        "person": cast.head.pk,
        "support_id": asked.pk,
    }
    quiet = ("journal_access", "accounts_session")

    def state() -> dict[str, Any]:
        with base.look() as administrator:
            held = everything(administrator)
        return {table: rows for table, rows in held.items() if table not in quiet}

    before, pages = state(), list(of_school())
    for name, taken, _access in pages:
        kwargs = {word: things.get(word, 1) for word in taken}
        answer = inside.post(reverse(name, kwargs=kwargs), {"answer": "accept", "name": "x"})
        assert answer.status_code in {403, 404, 405}, name

    assert len(pages) > 8
    assert state() == before


# ---------------------------------------------------------------- the end


def test_the_school_ends_it_and_the_next_request_is_refused(
    cast: Cast, inside: Client, asked: SupportSession
) -> None:
    assert inside.get(pupils_page(cast.school)).status_code == 200

    browser(cast.secretary).post(school_page(cast, f"{asked.pk}/fin/"))

    assert inside.get(pupils_page(cast.school)).status_code == SHUT
    assert "Session d’assistance :" not in inside.get("/").content.decode()


def test_the_agent_leaves_and_is_out(cast: Cast, inside: Client, asked: SupportSession) -> None:
    answer = inside.post(f"{AGENT}{asked.pk}/", {"move": "end"})

    assert answer.headers["Location"] == AGENT
    assert inside.get(pupils_page(cast.school)).status_code == SHUT
    assert session(cast).state == "ended"


def test_time_puts_the_agent_out(cast: Cast, inside: Client) -> None:
    with act(uai=cast.school, kind=support.END_ACT, actor="tests", at=timezone.now()) as opened:
        SupportSession.objects.update(
            ends_at=timezone.now() - timedelta(seconds=1), act_id=opened.id
        )

    assert inside.get(pupils_page(cast.school)).status_code == SHUT


def test_an_agent_who_is_no_longer_one_is_out(cast: Cast, agent: Person, inside: Client) -> None:
    (held,) = rights.rights_in(uai=AUTHORITY, today=timezone.localdate())
    rights.withdraw(right_id=held.pk, uai=AUTHORITY, actor="tests", at=timezone.now())

    assert inside.get(pupils_page(cast.school)).status_code == 404


def test_another_agent_ends_and_enters_nothing(
    cast: Cast, inside: Client, asked: SupportSession
) -> None:
    cast.give("autre.agent", Profile.CECOIA)
    other = browser(cast.person("autre.agent"))

    for move in ("enter", "end"):
        assert other.post(f"{AGENT}{asked.pk}/", {"move": move}).status_code == 404

    assert session(cast).state == "open"


def test_an_agent_of_one_departement_does_not_even_know_the_others(cast: Cast) -> None:
    cast.give("agent.ailleurs", Profile.CECOIA, department="000")

    assert browser(cast.person("agent.ailleurs")).get(pupils_page(cast.school)).status_code == 404


def test_another_browser_of_the_agent_is_not_inside(
    cast: Cast, agent: Person, inside: Client
) -> None:
    assert browser(agent).get(pupils_page(cast.school)).status_code == SHUT


def test_each_page_that_an_agent_may_open_has_words(cast: Cast) -> None:
    opened = {
        name
        for name, _taken, access in of_school()
        if access.permission in Profile.SUPPORT.permissions
    }

    assert "pupils:list" in opened
    assert opened <= set(PAGES)
