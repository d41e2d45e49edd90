"""Support sessions: the school lets an agent look, for a time, at what she is then told was looked at."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.base import SessionBase
from tests.accounts.acting import actor, confined
from tests.cast import Cast

from bascule.accounts import support
from bascule.accounts.models import Person, SupportSession
from bascule.accounts.profiles import Permission, Profile
from bascule.accounts.session_store import SessionStore
from bascule.errors import RefusedError
from bascule.journal.acts import facts_of, find_acts
from bascule.schools.directory import UnknownSchoolError

AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
State = SupportSession.State


@pytest.fixture
def agent(cast: Cast) -> Person:
    return cast.of_authority(Profile.CECOIA)


def ask(
    cast: Cast, agent: Person, *, uai: str = "", reason: str = "Un import reste en attente",
    minutes: int = 30, at: datetime = AT,
) -> SupportSession:  # fmt: skip
    with confined(agent, Permission.SUPPORT_ASK) as who:
        return support.ask(uai=uai or cast.school, reason=reason, minutes=minutes, actor=who, at=at)


def accept(cast: Cast, demand: SupportSession, at: datetime = AT) -> SupportSession:
    with confined(cast.secretary, Permission.SUPPORT_ANSWER) as who:
        return support.accept(uai=cast.school, support_id=demand.pk, actor=who, at=at)


def enter(agent: Person, found: SupportSession, at: datetime = AT) -> SessionBase:
    session = SessionStore()
    with confined(agent, Permission.SUPPORT_ASK) as who:
        support.enter(session, support_id=found.pk, actor=who, at=at)
    return session


def state_in_school(cast: Cast, at: datetime = AT) -> str:
    return support.sessions_in(uai=cast.school, at=at)[0].session.state


def test_a_demand_waits_for_the_school_that_it_names(cast: Cast, agent: Person) -> None:
    ask(cast, agent)

    (waiting,) = support.waiting_in(uais=[cast.school], at=AT)
    assert (waiting.person.login, waiting.minutes) == ("agent.cecoia", 30)
    assert support.waiting_in(uais=[cast.other_school], at=AT) == []


def test_an_accepted_demand_is_open_for_the_time_asked(cast: Cast, agent: Person) -> None:
    opened = accept(cast, ask(cast, agent, minutes=45), at=AT + timedelta(minutes=10))

    assert (opened.state, opened.ends_at) == (State.OPEN, AT + timedelta(minutes=55))
    assert support.waiting_in(uais=[cast.school], at=AT) == []


def test_a_refused_demand_opens_nothing(cast: Cast, agent: Person) -> None:
    demand = ask(cast, agent)

    with confined(cast.head, Permission.SUPPORT_ANSWER) as who:
        support.refuse(uai=cast.school, support_id=demand.pk, actor=who, at=AT)

    with pytest.raises(support.UnknownSupportError):
        enter(agent, demand)


def test_a_demand_that_nobody_answers_lapses(cast: Cast, agent: Person) -> None:
    demand = ask(cast, agent)
    late = AT + support.PATIENCE

    with pytest.raises(support.UnknownSupportError):
        accept(cast, demand, at=late)
    assert support.waiting_in(uais=[cast.school], at=late) == []
    assert state_in_school(cast, late) == State.ENDED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "  "}, "support.no-reason"),
        ({"reason": "x" * 201}, "support.no-reason"),
        ({"minutes": 4}, "support.wrong-minutes"),
        ({"minutes": 121}, "support.wrong-minutes"),
        ({"uai": "0999999Z"}, "school.unknown"),
    ],
)
def test_a_demand_that_makes_no_sense_is_refused(
    cast: Cast, agent: Person, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        ask(cast, agent, **changes)  # type: ignore[arg-type]

    assert refused.value.code == code


def test_an_agent_has_one_session_at_a_time_in_a_school(cast: Cast, agent: Person) -> None:
    first = ask(cast, agent)

    with pytest.raises(support.AlreadyAskedError):
        ask(cast, agent)
    accept(cast, first)
    with pytest.raises(support.AlreadyAskedError):
        ask(cast, agent)

    assert ask(cast, agent, at=AT + timedelta(minutes=31)).pk != first.pk


def test_an_agent_of_one_departement_asks_nothing_elsewhere(cast: Cast) -> None:
    cast.give("agent.du93", Profile.CECOIA, department="093")

    with pytest.raises(UnknownSchoolError):
        ask(cast, cast.person("agent.du93"))


def test_who_is_no_agent_asks_nothing(cast: Cast) -> None:
    with pytest.raises(UnknownSchoolError):
        ask(cast, cast.of_authority(Profile.DEEP))


def test_nobody_lets_herself_in(cast: Cast, agent: Person) -> None:
    cast.give("agent.cecoia", Profile.SECRETARY)
    demand = ask(cast, agent)

    with (
        pytest.raises(support.OwnDemandError),
        confined(agent, Permission.SUPPORT_ANSWER) as who,
    ):
        support.accept(uai=cast.school, support_id=demand.pk, actor=who, at=AT)


def test_an_agent_enters_with_her_own_session_only(cast: Cast, agent: Person) -> None:
    opened = accept(cast, ask(cast, agent))
    cast.give("autre.agent", Profile.CECOIA)

    with pytest.raises(support.UnknownSupportError):
        enter(cast.person("autre.agent"), opened)

    assert enter(agent, opened)["support"] == opened.pk


def test_nobody_enters_after_the_end(cast: Cast, agent: Person) -> None:
    opened = accept(cast, ask(cast, agent, minutes=5))

    with pytest.raises(support.UnknownSupportError):
        enter(agent, opened, at=AT + timedelta(minutes=5))


def test_leaving_ends_the_session(cast: Cast, agent: Person) -> None:
    session = enter(agent, accept(cast, ask(cast, agent)))
    later = AT + timedelta(minutes=7)

    with confined(agent, Permission.SUPPORT_ASK) as who:
        left = support.leave(session, actor=who, at=later)
        again = support.leave(session, actor=who, at=later)

    assert left is not None
    assert (left.state, left.ends_at, again) == (State.ENDED, later, None)
    assert "support" not in session


def test_the_school_ends_it_at_once(cast: Cast, agent: Person) -> None:
    opened = accept(cast, ask(cast, agent))
    later = AT + timedelta(minutes=3)

    with confined(cast.secretary, Permission.SUPPORT_ANSWER) as who:
        support.end(uai=cast.school, support_id=opened.pk, actor=who, at=later)

    with pytest.raises(support.UnknownSupportError):
        enter(agent, opened, at=later)
    assert state_in_school(cast, later) == State.ENDED


def test_another_school_ends_nothing(cast: Cast, agent: Person) -> None:
    opened = accept(cast, ask(cast, agent))

    for uai in (cast.school, cast.other_school):
        with (
            pytest.raises(support.UnknownSupportError),
            confined(cast.head_next_door, Permission.SUPPORT_ANSWER) as who,
        ):
            support.end(uai=uai, support_id=opened.pk, actor=who, at=AT)

    assert state_in_school(cast) == State.OPEN


def test_an_agent_takes_her_demand_back_and_the_school_answers_it(
    cast: Cast, agent: Person
) -> None:
    demand = ask(cast, agent)

    with (
        pytest.raises(support.UnknownSupportError),
        confined(cast.head, Permission.SUPPORT_ANSWER) as who,
    ):
        support.end(uai=cast.school, support_id=demand.pk, actor=who, at=AT)
    with confined(agent, Permission.SUPPORT_ASK) as who:
        support.end(uai=cast.school, support_id=demand.pk, actor=who, at=AT)

    assert support.waiting_in(uais=[cast.school], at=AT) == []


def test_what_is_over_ends_by_itself_once(cast: Cast, agent: Person) -> None:
    accept(cast, ask(cast, agent, minutes=5))
    ask(cast, agent, uai=cast.other_school)
    schools, late = [cast.school, cast.other_school], AT + support.PATIENCE

    soon = support.end_due(uais=schools, at=AT + timedelta(minutes=4))
    ended = [support.end_due(uais=schools, at=late) for _ in range(2)]

    assert (soon, ended) == (0, [2, 0])
    (seen,) = support.sessions_in(uai=cast.school, at=late)
    assert seen.session.ends_at == AT + timedelta(minutes=5)


def test_the_school_reads_which_pages_were_opened(cast: Cast, agent: Person) -> None:
    opened = accept(cast, ask(cast, agent))
    who = actor(agent)
    with_support = type(who)(who.person_id, who.login, who.name, who.rights, support_id=opened.pk)
    for page in ("pupils:list", "exchanges:runs"):
        support.note_page(uai=cast.school, page=page, method="GET", actor=with_support, at=AT)

    (seen,) = support.sessions_in(uai=cast.school, at=AT)

    assert [line.facts["page"] for line in seen.pages] == ["pupils:list", "exchanges:runs"]
    assert seen.session.answered_by is not None
    assert seen.session.answered_by.login == "paul.petit"


def test_an_agent_reads_her_own_sessions_wherever_they_were(cast: Cast, agent: Person) -> None:
    ask(cast, agent)
    ask(cast, agent, uai=cast.other_school)

    with confined(agent, Permission.SUPPORT_ASK) as who:
        assert [one.uai for one in support.own_sessions(actor=who, at=AT)] == [
            cast.other_school, cast.school,
        ]  # fmt: skip
    with confined(cast.outsider) as who:
        assert support.own_sessions(actor=who, at=AT) == []


def test_each_step_is_an_act_of_the_school_without_the_reason(cast: Cast, agent: Person) -> None:
    demand = accept(cast, ask(cast, agent))
    with confined(agent, Permission.SUPPORT_ASK) as who:
        support.end(uai=cast.school, support_id=demand.pk, actor=who, at=AT)

    acts = [one for one in find_acts(uais=[cast.school]) if one.kind.startswith("support.")][::-1]

    assert [(one.kind, one.actor, facts_of(one)) for one in acts] == [
        ("support.ask", "agent.cecoia", {"support": demand.pk, "minutes": 30}),
        ("support.answer", "paul.petit",
         {"support": demand.pk, "answer": "accepted", "minutes": 30}),
        ("support.end", "agent.cecoia", {"support": demand.pk}),
    ]  # fmt: skip
