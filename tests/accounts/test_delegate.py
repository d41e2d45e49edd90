"""Delegation, right by right: never more than one holds, never without an end, never to oneself."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from tests.accounts.acting import confined
from tests.cast import Cast, browser

from bascule.accounts import delegate as verbs, given as record, offers, people, rights
from bascule.accounts.actor import Actor, actor_of
from bascule.accounts.models import Person, Right
from bascule.accounts.people import Newcomer
from bascule.accounts.profiles import Permission, Profile
from bascule.errors import RefusedError
from bascule.journal.acts import facts_of, find_acts
from bascule.journal.verify import verify_chain
from bascule.store.policies import open_schools

TODAY = date(2026, 11, 26)
AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SUMMER = date(2027, 8, 31)
DAY = timedelta(days=1)
SINCE = date(2026, 9, 1)


def acting(person: Person, today: date = TODAY) -> Actor:
    with transaction.atomic():
        found = actor_of(person, today=today)
        # Verbs are called here as by an operator; tests that confine do it by themselves.
        transaction.set_rollback(True)
    return found


def head_of(cast: Cast, ends_on: date | None = None) -> Actor:
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE, ends_on=ends_on)
    return acting(cast.person("claire.morel"))


def delegate(
    cast: Cast,
    head: Actor,
    *permissions: Permission,
    to: str = "paul.petit",
    ends_on: date | None = SUMMER,
    today: date = TODAY,
    **others: Any,
) -> verbs.Delegated:
    return verbs.delegate(
        head=head,
        uai=cast.school,
        person=cast.person(to),
        permissions=permissions,
        ends_on=ends_on,
        at=AT,
        today=today,
        **others,
    )


def holds(cast: Cast, permission: Permission, *, on: date, who: str = "paul.petit") -> bool:
    return acting(cast.person(who), on).holds(permission, cast.school)


def live_rows(cast: Cast) -> list[Right]:
    return rights.rights_in(uai=cast.school, today=TODAY)


def test_a_right_is_delegated_from_today_to_its_last_day_included(cast: Cast) -> None:
    head = head_of(cast)

    done = delegate(cast, head, Permission.EXPORT, Permission.PUPILS_READ)

    assert done.given == (Permission.EXPORT, Permission.PUPILS_READ)
    assert not holds(cast, Permission.EXPORT, on=TODAY - DAY)
    assert holds(cast, Permission.EXPORT, on=TODAY)
    assert holds(cast, Permission.EXPORT, on=SUMMER)
    assert not holds(cast, Permission.EXPORT, on=SUMMER + DAY)
    assert not holds(cast, Permission.STRUCTURES, on=TODAY)


def test_a_delegation_may_begin_later(cast: Cast) -> None:
    delegate(cast, head_of(cast), Permission.EXPORT, starts_on=date(2027, 1, 4))

    assert not holds(cast, Permission.EXPORT, on=date(2027, 1, 3))
    assert holds(cast, Permission.EXPORT, on=date(2027, 1, 4))


def test_the_row_and_the_act_say_who_gave_what_to_whom_until_when(cast: Cast) -> None:
    head = head_of(cast)
    delegate(cast, head, Permission.EXPORT)

    row = live_rows(cast)[-1]
    written = find_acts(uais=[cast.school])[0]

    assert row.granted_by is not None
    assert (row.granted_by.login, row.granted_at, row.act_id) == ("claire.morel", AT, written.pk)
    assert (written.kind, written.actor) == ("right.delegate", "claire.morel")
    assert facts_of(written) == {
        "person": "paul.petit",
        "profile": "delegate",
        "permission": "export.make",
        "department": "",
        "from": "2026-11-26",
        "to": "2027-08-31",
    }


def test_what_is_held_already_is_extended_and_not_doubled(cast: Cast) -> None:
    head = head_of(cast)
    delegate(cast, head, Permission.EXPORT, ends_on=date(2026, 12, 31))

    done = delegate(cast, head, Permission.EXPORT, Permission.STRUCTURES)

    assert (done.extended, done.given) == ((Permission.EXPORT,), (Permission.STRUCTURES,))
    rows = [row for row in live_rows(cast) if row.permission == "export.make"]
    assert [row.ends_on for row in rows] == [SUMMER]


def test_a_delegation_is_never_made_shorter_by_giving_it_again(cast: Cast) -> None:
    head = head_of(cast)
    delegate(cast, head, Permission.EXPORT)

    done = delegate(cast, head, Permission.EXPORT, ends_on=date(2026, 12, 31))

    assert done.unchanged == (Permission.EXPORT,)
    assert holds(cast, Permission.EXPORT, on=SUMMER)


def test_what_her_trade_gives_for_as_long_is_not_delegated_besides(cast: Cast) -> None:
    head = head_of(cast)
    cast.give("paul.petit", Profile.SECRETARY, starts_on=SINCE)

    done = delegate(cast, head, Permission.EXPORT, Permission.SENSITIVE_READ)

    assert (done.unchanged, done.given) == ((Permission.EXPORT,), (Permission.SENSITIVE_READ,))


def test_a_trade_that_ends_sooner_is_carried_on_by_a_delegation(cast: Cast) -> None:
    head = head_of(cast)
    cast.give("paul.petit", Profile.SECRETARY, starts_on=SINCE, ends_on=date(2026, 12, 31))

    assert delegate(cast, head, Permission.EXPORT).given == (Permission.EXPORT,)


@pytest.mark.parametrize(
    "days",
    [
        (date(2027, 5, 1), date(2027, 6, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_one_right_has_one_period(cast: Cast, days: tuple[date, date]) -> None:
    head = head_of(cast)
    delegate(cast, head, Permission.EXPORT, starts_on=date(2027, 2, 1), ends_on=date(2027, 3, 31))

    with pytest.raises(verbs.ApartError) as refused:
        delegate(cast, head, Permission.EXPORT, starts_on=days[0], ends_on=days[1])

    assert "du 01/02/2027 au 31/03/2027" in refused.value.sentence


def test_periods_that_touch_become_one(cast: Cast) -> None:
    head = head_of(cast)
    delegate(cast, head, Permission.EXPORT, starts_on=date(2027, 2, 1), ends_on=date(2027, 3, 31))

    delegate(cast, head, Permission.EXPORT, ends_on=date(2027, 1, 31))

    (row,) = (row for row in live_rows(cast) if row.permission)
    assert (row.starts_on, row.ends_on) == (TODAY, date(2027, 3, 31))


@pytest.mark.parametrize("permission", [one for one in Permission if not one.is_delegable])
def test_what_is_not_delegable_stays(cast: Cast, permission: Permission) -> None:
    with pytest.raises(verbs.NotDelegableError):
        delegate(cast, head_of(cast), Permission.EXPORT, permission)

    assert not any(row.permission for row in live_rows(cast))


def test_nobody_manages_accounts_by_delegation_even_if_a_row_says_so(cast: Cast) -> None:
    cast.give(
        "paul.petit", Profile.DELEGATE, permission=Permission.STAFF, starts_on=SINCE, ends_on=SUMMER
    )

    assert not holds(cast, Permission.STAFF, on=TODAY)
    with pytest.raises(verbs.NotHeldError):
        delegate(cast, acting(cast.person("paul.petit")), Permission.EXPORT, to="jean.dehors")


def test_nobody_gives_to_herself(cast: Cast) -> None:
    with pytest.raises(verbs.ToOneselfError):
        delegate(cast, head_of(cast), Permission.EXPORT, to="claire.morel")


@pytest.mark.parametrize("profile", [Profile.SECRETARY, Profile.TEACHER])
def test_whoever_is_no_head_gives_nothing(cast: Cast, profile: Profile) -> None:
    cast.give("rose.marin", profile, starts_on=SINCE)
    nobody = acting(cast.person("rose.marin"))

    with pytest.raises(verbs.NotHeldError):
        delegate(cast, nobody, Permission.OWN_SERVICE, Permission.EXPORT)
    with pytest.raises(verbs.NotHeldError):
        verbs.give_profile(
            head=nobody, uai=cast.school, person=cast.person("paul.petit"),
            profile=Profile.TEACHER, ends_on=None, at=AT, today=TODAY,
        )  # fmt: skip


def test_an_agent_of_the_authority_does_not_delegate_in_a_school(cast: Cast) -> None:
    cast.give("agent.deep", Profile.DEEP, starts_on=SINCE)

    with pytest.raises(verbs.NotHeldError):
        delegate(cast, acting(cast.person("agent.deep")), Permission.PUPILS_READ)


def test_a_head_gives_nothing_next_door(cast: Cast) -> None:
    cast.give("anne.voisin", Profile.HEAD, cast.other_school, starts_on=SINCE)

    with pytest.raises(verbs.NotHeldError):
        delegate(cast, acting(cast.person("anne.voisin")), Permission.EXPORT)


def test_a_head_whose_right_is_withdrawn_meanwhile_gives_nothing(cast: Cast) -> None:
    head = head_of(cast)
    (right,) = live_rows(cast)
    rights.withdraw(right_id=right.pk, uai=cast.school, actor="agent.deep", at=AT)

    with pytest.raises(verbs.NotHeldError):
        delegate(cast, head, Permission.EXPORT)


def test_an_end_is_needed_and_the_refusal_tells_the_latest(cast: Cast) -> None:
    with pytest.raises(verbs.EndMissingError) as refused:
        delegate(cast, head_of(cast), Permission.EXPORT, ends_on=None)

    assert refused.value.latest_on == date(2028, 8, 31)


def test_a_delegation_does_not_outlive_the_right_of_the_head(cast: Cast) -> None:
    head = head_of(cast, ends_on=date(2027, 1, 31))

    with pytest.raises(verbs.EndTooLateError) as refused:
        delegate(cast, head, Permission.EXPORT, ends_on=date(2027, 2, 1))

    assert "31/01/2027" in refused.value.sentence
    assert delegate(cast, head, Permission.EXPORT, ends_on=date(2027, 1, 31)).given


@pytest.mark.parametrize(
    ("today", "latest"),
    [
        (date(2026, 11, 26), date(2028, 8, 31)),
        (date(2027, 8, 31), date(2028, 8, 31)),
        (date(2027, 9, 1), date(2029, 8, 31)),
    ],
)
def test_a_delegation_ends_a_school_year_after_this_one_at_the_latest(
    cast: Cast, today: date, latest: date
) -> None:
    head = head_of(cast)

    with pytest.raises(verbs.EndTooLateError):
        delegate(cast, head, Permission.EXPORT, ends_on=latest + DAY, today=today)

    assert delegate(cast, head, Permission.EXPORT, ends_on=latest, today=today).given


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [(TODAY - DAY, SUMMER), (None, TODAY - DAY), (SUMMER, SUMMER - DAY)],
)
def test_no_delegation_is_in_the_past(cast: Cast, starts_on: date | None, ends_on: date) -> None:
    with pytest.raises(verbs.PastDayError):
        delegate(cast, head_of(cast), Permission.EXPORT, starts_on=starts_on, ends_on=ends_on)


def test_nothing_chosen_is_said(cast: Cast) -> None:
    with pytest.raises(verbs.NothingChosenError):
        delegate(cast, head_of(cast))


def test_nothing_is_given_to_a_disabled_account(cast: Cast) -> None:
    cast.person("paul.petit", state=Person.State.DISABLED)

    with pytest.raises(people.DisabledPersonError):
        delegate(cast, head_of(cast), Permission.EXPORT)


def test_a_refusal_leaves_nothing_of_the_whole_request(cast: Cast) -> None:
    head = head_of(cast)
    acts = len(find_acts(uais=[cast.school]))

    with pytest.raises(verbs.NotDelegableError):
        delegate(cast, head, Permission.EXPORT, Permission.CENSUS_SIGN)

    assert len(find_acts(uais=[cast.school])) == acts
    assert len(live_rows(cast)) == 1


def test_what_is_taken_back_is_gone_at_the_next_request(cast: Cast) -> None:
    today = datetime.now(tz=UTC).date()
    assert cast.head
    head = actor_of(cast.head, today=today)
    delegate(cast, head, Permission.PUPILS_READ, ends_on=today, today=today)
    client = browser(cast.person("paul.petit"))
    assert client.get("/").status_code == 200
    right = next(row for row in rights.rights_in(uai=cast.school, today=today) if row.permission)

    verbs.withdraw(head=head, uai=cast.school, right_id=right.pk, at=AT, today=today)

    assert not holds(cast, Permission.PUPILS_READ, on=today)
    with pytest.raises(rights.UnknownRightError):
        verbs.withdraw(head=head, uai=cast.school, right_id=right.pk, at=AT, today=today)


def test_a_head_takes_back_what_another_head_gave_and_never_a_heads_right(cast: Cast) -> None:
    delegate(cast, head_of(cast), Permission.EXPORT)
    cast.give("luc.second", Profile.HEAD, starts_on=SINCE)
    second = acting(cast.person("luc.second"))
    first_right, delegation = (
        next(row for row in live_rows(cast) if row.profile == profile.code)
        for profile in (Profile.HEAD, Profile.DELEGATE)
    )

    verbs.withdraw(head=second, uai=cast.school, right_id=delegation.pk, at=AT, today=TODAY)
    with pytest.raises(verbs.NotOfHeadError):
        verbs.withdraw(head=second, uai=cast.school, right_id=first_right.pk, at=AT, today=TODAY)

    assert [row.profile for row in live_rows(cast)] == ["head", "head"]


def test_a_head_takes_nothing_back_next_door(cast: Cast) -> None:
    delegate(cast, head_of(cast), Permission.EXPORT)
    (row,) = (row for row in live_rows(cast) if row.permission)
    cast.give("anne.voisin", Profile.HEAD, cast.other_school)
    neighbour = cast.person("anne.voisin")

    with confined(neighbour, Permission.STAFF) as head, pytest.raises(RefusedError):
        verbs.withdraw(head=head, uai=cast.other_school, right_id=row.pk, at=AT, today=TODAY)
    with pytest.raises(verbs.NotHeldError):
        verbs.withdraw(head=acting(neighbour), uai=cast.school, right_id=row.pk, at=AT, today=TODAY)

    assert any(row.permission for row in live_rows(cast))


def test_a_trade_is_given_with_or_without_an_end_and_given_again_changes_its_end(
    cast: Cast,
) -> None:
    asked: dict[str, Any] = {
        "head": head_of(cast),
        "uai": cast.school,
        "person": cast.person("paul.petit"),
        "profile": Profile.SECRETARY,
        "at": AT,
        "today": TODAY,
    }

    first = verbs.give_profile(ends_on=None, **asked)
    second = verbs.give_profile(ends_on=SUMMER, **asked)

    assert first.pk == second.pk
    assert [row.ends_on for row in live_rows(cast) if row.profile == "secretary"] == [SUMMER]
    assert holds(cast, Permission.PUPILS_WRITE, on=SUMMER)
    assert not holds(cast, Permission.PUPILS_WRITE, on=SUMMER + DAY)


@pytest.mark.parametrize("profile", [Profile.HEAD, Profile.DEEP, Profile.DELEGATE, Profile.SUPPORT])
def test_a_head_gives_no_trade_but_those_of_her_staff(cast: Cast, profile: Profile) -> None:
    with pytest.raises(verbs.NotOfHeadError):
        verbs.give_profile(
            head=head_of(cast), uai=cast.school, person=cast.person("paul.petit"),
            profile=profile, ends_on=None, at=AT, today=TODAY,
        )  # fmt: skip


def take_on(cast: Cast, head: Actor, newcomer: Newcomer, **others: Any) -> Person:
    asked: dict[str, Any] = {
        "profile": Profile.SECRETARY,
        "permissions": (),
        "ends_on": None,
        "at": AT,
        "today": TODAY,
    } | others
    return verbs.take_on(head=head, uai=cast.school, newcomer=newcomer, **asked)


def test_somebody_new_is_entered_with_a_trade_and_rights(cast: Cast) -> None:
    person = take_on(
        cast,
        head_of(cast),
        Newcomer("Petit", "Paul", "paul@example.fr"),
        permissions=(Permission.SENSITIVE_READ,),
        ends_on=SUMMER,
    )

    assert (person.login, person.created_by) == ("paul.petit", "claire.morel")
    found = [(row.profile, row.permission) for row in live_rows(cast) if row.person == person]
    assert found == [("secretary", ""), ("delegate", "sensitive.read")]


def test_nobody_is_entered_when_a_right_cannot_be_given(cast: Cast) -> None:
    head = head_of(cast)

    for permission, ends_on in ((Permission.STAFF, SUMMER), (Permission.EXPORT, None)):
        with pytest.raises(RefusedError):
            take_on(
                cast, head, Newcomer("Petit", "Paul"), permissions=(permission,), ends_on=ends_on
            )
    with pytest.raises(verbs.NothingChosenError):
        take_on(cast, head, Newcomer("Petit", "Paul"), profile=None)

    assert not Person.objects.filter(family_name="PETIT").exists()


def test_somebody_of_another_school_keeps_her_account(cast: Cast) -> None:
    head = head_of(cast)
    cast.give("paul.petit", Profile.SECRETARY, cast.other_school)
    known = cast.person("paul.petit")

    with pytest.raises(people.KnownPersonError):
        take_on(cast, head, Newcomer("Petit", "Paul"))
    person = take_on(cast, head, Newcomer("Petit", "Paul", "other@x.fr", known_id=known.pk))

    known.refresh_from_db()
    assert (person, known.email) == (known, "paul.petit@example.fr")
    assert Person.objects.filter(family_name="PETIT").count() == 1
    assert holds(cast, Permission.EXPORT, on=TODAY)


def test_a_homonym_gets_an_account_of_her_own(cast: Cast) -> None:
    head = head_of(cast)
    assert cast.person("paul.petit")

    person = take_on(cast, head, Newcomer("Petit", "Paul", is_homonym=True))

    assert person.login == "paul.petit2"


def test_the_form_says_what_can_be_given_and_why_not_the_rest(cast: Cast) -> None:
    head = head_of(cast)
    cast.give("paul.petit", Profile.SECRETARY, starts_on=SINCE)
    delegate(cast, head, Permission.SENSITIVE_READ)

    found = offers.offers(head=head, uai=cast.school, person=cast.person("paul.petit"), today=TODAY)

    said = {offer.permission: offer for _, listed in found for offer in listed}
    assert said[Permission.CENSUS_SIGN].obstacle == "reste au chef d’établissement"
    assert said[Permission.EXPORT].obstacle == "déjà donné par son profil (secrétaire)"
    assert said[Permission.SENSITIVE_READ].delegated_to == SUMMER
    assert [one for one, offer in said.items() if not offer.obstacle] == [
        Permission.SENSITIVE_READ,
        Permission.ALLOWANCES_VALIDATE,
        Permission.TOKENS,
        Permission.TRAIL_SCHOOL,
    ]


def test_whoever_holds_nothing_may_give_nothing(cast: Cast) -> None:
    found = offers.offers(head=acting(cast.outsider), uai=cast.school, person=None, today=TODAY)

    assert all(offer.obstacle for _, listed in found for offer in listed)


def test_each_permission_of_a_school_stands_under_one_application() -> None:
    listed = [one for _, permissions in offers.APPLICATIONS for one in permissions]

    assert len(listed) == len(set(listed))
    assert set(listed) == {one for one in Permission if one.is_delegable} | Profile.HEAD.permissions


def test_the_history_tells_in_words_who_gave_and_took_back(cast: Cast) -> None:
    head = head_of(cast)
    delegate(cast, head, Permission.EXPORT, Permission.STRUCTURES)
    right = next(row for row in live_rows(cast) if row.permission == "export.make")
    verbs.withdraw(head=head, uai=cast.school, right_id=right.pk, at=AT, today=TODAY)
    take_on(cast, head, Newcomer("Dupré", "Léa"), ends_on=SUMMER)

    told = record.history(uai=cast.school)

    assert [(one.what, one.rights, one.person, one.by) for one in told[:4]] == [
        ("droit donné", ("secrétaire",), "DUPRÉ Léa", "MOREL Claire"),
        ("compte créé", (), "DUPRÉ Léa", "MOREL Claire"),
        ("droit retiré", ("Produire les exports",), "PETIT Paul", "MOREL Claire"),
        (
            "droit délégué",
            ("Produire les exports", "Modifier divisions et groupes"),
            "PETIT Paul",
            "MOREL Claire",
        ),
    ]
    assert told[0].ends_on == SUMMER
    assert told[-1].by == "tests"


# ---------------------------------------------------------------- the law

WHO = (
    "claire.morel",
    "luc.second",
    "paul.petit",
    "rose.marin",
    "anne.voisin",
    "agent.deep",
    "jean.dehors",
)
#: Few, so that they are given twice; and one that nobody delegates.
LIKELY = (
    Permission.EXPORT,
    Permission.PUPILS_READ,
    Permission.EXPORT,
    Permission.EXPORT,
    Permission.STAFF,
)


@dataclass(frozen=True)
class Step:
    """Somebody tries something on some day, in one of the two schools."""

    does: str
    who: str
    to: str
    is_next_door: bool
    permissions: tuple[Permission, ...]
    profile: Profile
    starts_in: int
    ends_in: int | None
    which: int
    days_later: int


STEPS = st.lists(
    st.builds(
        Step,
        does=st.sampled_from(
            (*("delegate",) * 9, "profile", "profile", "withdraw", "authority withdraws")
        ),
        # Heads more often than others: what they may do is where a fault would show.
        who=st.sampled_from((*WHO, *WHO[:2] * 5)),
        to=st.sampled_from((*WHO, *("paul.petit",) * 6)),
        is_next_door=st.sampled_from((False, False, False, False, True)),
        permissions=st.lists(st.sampled_from(LIKELY), min_size=1, max_size=3).map(tuple),
        profile=st.sampled_from((Profile.SECRETARY, Profile.TEACHER, *Profile)),
        starts_in=st.sampled_from((-1, 0, 0, 0, 0, 3, 12)),
        ends_in=st.sampled_from((None, -1, 3, 10, 29, 45, 200, 260, 700)),
        which=st.integers(0, 30),
        days_later=st.sampled_from((0, 0, 0, 2, 20)),
    ),
    min_size=1,
    max_size=15,
)


def tried(cast: Cast, step: Step, today: date) -> None:
    uai = cast.other_school if step.is_next_door else cast.school
    who, person = acting(cast.person(step.who), today), cast.person(step.to)
    at = datetime.combine(today, time(9), tzinfo=UTC)
    ends_on = None if step.ends_in is None else today + timedelta(days=step.ends_in)
    signed: dict[str, Any] = {"head": who, "uai": uai, "at": at, "today": today}
    if step.does == "delegate":
        verbs.delegate(
            person=person,
            permissions=step.permissions,
            starts_on=today + timedelta(days=step.starts_in),
            ends_on=ends_on,
            **signed,
        )
    elif step.does == "profile":
        verbs.give_profile(person=person, profile=step.profile, ends_on=ends_on, **signed)
    else:
        rows = rights.rights_in(uai=uai, today=today)
        right_id = rows[step.which % len(rows)].pk if rows else 0
        if step.does == "withdraw":
            verbs.withdraw(right_id=right_id, **signed)
        else:
            rights.withdraw(right_id=right_id, uai=uai, actor="agent.deep", at=at)


def everything(cast: Cast) -> dict[int, Right]:
    with transaction.atomic():
        open_schools(cast.school, cast.other_school)
        return {row.pk: row for row in Right.objects.select_related("person")}


def heads_hold(rows: dict[int, Right], uai: str, today: date) -> set[Permission]:
    heads = (
        row
        for row in rows.values()
        if (row.uai, row.profile) == (uai, Profile.HEAD.code)
        and row.withdrawn_at is None
        and row.starts_on <= today
        and (row.ends_on is None or row.ends_on >= today)
    )
    return {permission for row in heads for permission in Profile.of(row.profile).permissions}


def own_end(rows: dict[int, Right], delegated: Right) -> date:
    """Give the last day of the right of the head who gave this one."""
    return max(
        row.ends_on or date.max
        for row in rows.values()
        if (row.uai, row.profile) == (delegated.uai, Profile.HEAD.code)
        and row.person_id == delegated.granted_by_id
        and row.withdrawn_at is None
    )


def is_lawful(row: Right, before: dict[int, Right], today: date) -> bool:
    """Tell whether a right that was just given or moved could be, by what was held then."""
    gives = (
        {Permission.of(row.permission)} if row.permission else Profile.of(row.profile).permissions
    )
    if row.granted_by_id == row.person_id or not gives <= heads_hold(before, row.uai, today):
        return False
    if not row.permission:
        return True
    latest = offers.latest_end((), today=row.granted_at.date())
    return (
        row.ends_on is not None
        and Permission.of(row.permission).is_delegable
        and row.ends_on <= min(latest, own_end(before, row))
    )


def delegations(rows: dict[int, Right], today: date) -> list[tuple[str, int, str]]:
    return [
        (row.uai, row.person_id, row.permission)
        for row in rows.values()
        if row.permission
        and row.withdrawn_at is None
        and row.ends_on is not None
        and row.ends_on >= today
    ]


def values(rows: dict[int, Right]) -> dict[int, dict[str, Any]]:
    return {
        pk: {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        for pk, row in rows.items()
    }


def check_step(cast: Cast, step: Step, today: date) -> None:
    before = everything(cast)
    try:
        tried(cast, step, today)
    except RefusedError:
        assert values(everything(cast)) == values(before)
    after = everything(cast)
    written = {
        pk for pk, row in values(after).items() if values(before).get(pk) != row
    }  # fmt: skip
    assert all(
        after[pk].withdrawn_at is not None or is_lawful(after[pk], before, today) for pk in written
    )
    live = delegations(after, today)
    assert len(live) == len(set(live))


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_nobody_ever_gets_what_no_head_of_the_school_held_nor_for_ever(
    cast: Cast, steps: list[Step]
) -> None:
    cast.people.clear()
    with transaction.atomic():
        for login, uai, ends_on in (
            ("claire.morel", cast.school, None),
            ("luc.second", cast.school, TODAY + 30 * DAY),
            ("anne.voisin", cast.other_school, None),
        ):
            cast.give(login, Profile.HEAD, uai, starts_on=SINCE, ends_on=ends_on)
        cast.give("agent.deep", Profile.DEEP, starts_on=SINCE)
        cast.give("rose.marin", Profile.SECRETARY, starts_on=SINCE)
        today = TODAY
        for step in steps:
            today += timedelta(days=step.days_later)
            check_step(cast, step, today)
        assert not verify_chain(uai=cast.school).faults
        transaction.set_rollback(True)
    cast.people.clear()
