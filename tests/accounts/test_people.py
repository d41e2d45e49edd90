"""People: entered once, under a login that nobody else ever has; found; corrected, put out, let back in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.accounts.acting import actor, confined
from tests.cast import Cast, browser

from bascule.accounts import manage, members, people, visitors
from bascule.accounts.models import Key, Person, Session
from bascule.accounts.profiles import Permission, Profile
from bascule.journal.acts import facts_of, find_acts
from bascule.journal.verify import verify_chain

AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 26)


def create(cast: Cast, first: str, family: str, **others: Any) -> Person:
    given = {"email": "", "uai": cast.school, "actor": "claire.morel", "at": AT} | others
    return people.create(family_name=family, first_name=first, **given)


def touched(cast: Cast, person: Person) -> dict[str, Any]:
    return {
        "manager": actor(cast.head),
        "person_id": person.pk,
        "uai": cast.school,
        "at": AT,
        "today": timezone.localdate(),
    }


@pytest.mark.parametrize(
    ("first", "family", "login"),
    [
        ("Paul", "Petit", "paul.petit"),
        ("  jean-baptiste ", "de la TOUR", "jean-baptiste.de-la-tour"),
        ("Zoé", "L’Hœuf", "zoe.l-hoeuf"),
        ("Łukasz", "Straße", "lukasz.strasse"),
        ("Анна", "Иванова", "compte"),
        ("Marie-Antoinette-Joséphine-Charlotte", "X" * 90, f"marie-antoinette-josephin.{'x' * 28}"),
    ],
)
def test_a_login_is_made_of_the_names(cast: Cast, first: str, family: str, login: str) -> None:
    assert create(cast, first, family).login == login


def test_homonyms_are_numbered_and_no_login_is_given_twice(cast: Cast) -> None:
    logins = [create(cast, "Paul", "Petit", is_homonym=True).login for _ in range(3)]
    Person.objects.filter(login="paul.petit2").update(state=Person.State.DISABLED)

    last = create(cast, "PAUL", "pétit", is_homonym=True).login

    assert logins == ["paul.petit", "paul.petit2", "paul.petit3"]
    assert last == "paul.petit4"


def test_whoever_signed_is_named_with_the_login_where_another_bears_the_names(cast: Cast) -> None:
    one, other = cast.person("lea.dupre"), cast.person("lea.dupre2")
    Person.objects.filter(pk=other.pk).update(
        family_name=one.family_name, first_name=one.first_name
    )
    cast.person("luc.seul")

    assert visitors.names_by_login(["lea.dupre", "lea.dupre2", "luc.seul", "marie (console)"]) == {
        "lea.dupre": "DUPRE Lea (lea.dupre)",
        "lea.dupre2": "DUPRE Lea (lea.dupre2)",
        "luc.seul": "SEUL Luc",
        "marie (console)": "marie (console)",
    }


def test_a_changed_name_leaves_its_login_taken(cast: Cast) -> None:
    Person.objects.filter(pk=create(cast, "Paul", "Petit").pk).update(family_name="GRAND")

    assert create(cast, "Paul", "Petit").login == "paul.petit2"


def test_names_are_stored_as_they_are_shown_and_the_account_waits_to_be_activated(
    cast: Cast,
) -> None:
    person = create(cast, "léa", "dupré", email=" lea.dupre@example.fr ")

    assert people.display(person) == "DUPRÉ Léa"
    assert person.email == "lea.dupre@example.fr"
    assert (person.state, person.password) == (Person.State.INVITED, "")
    assert person.created_by == "claire.morel"


@pytest.mark.parametrize(
    ("first", "family", "email"),
    [
        ("", "Petit", ""),
        ("Paul", " - ", ""),
        ("Paul", "P" * 101, ""),
        ("Paul", "Pe\u200btit", ""),
        ("Paul", "Petit", "paul.petit"),
        ("Paul", "Petit", f"{'p' * 60}@{'x' * 250}.fr"),
    ],
)
def test_what_cannot_be_a_name_or_an_address_is_refused(
    cast: Cast, first: str, family: str, email: str
) -> None:
    with pytest.raises((people.UnusableNameError, people.UnusableEmailError)):
        create(cast, first, family, email=email)

    assert not Person.objects.exists()


def test_whoever_is_known_is_not_entered_again(cast: Cast) -> None:
    first = create(cast, "Anne-Laure", "Lefèvre", email="anne@example.fr")

    with pytest.raises(people.KnownPersonError) as refused:
        create(cast, "ANNE LAURE", "lefevre", uai=cast.other_school)

    known = refused.value.known[0]
    assert (known.person_id, known.login) == (first.pk, "anne-laure.lefevre")
    assert known.email_hint == "a…@example.fr"
    assert "Lefèvre" not in refused.value.sentence
    assert Person.objects.count() == 1


def entered_again(cast: Cast, known_id: int, first: str = "Paul", family: str = "Petit") -> Person:
    return people.account_of(
        people.Newcomer(family, first, known_id=known_id),
        uai=cast.school, actor="claire.morel", at=AT, today=timezone.localdate(),
    )  # fmt: skip


def test_an_account_is_used_again_only_under_the_names_typed(cast: Cast) -> None:
    person = create(cast, "Paul", "Petit")

    assert entered_again(cast, person.pk, "paul", "PETIT") == person
    with pytest.raises(people.UnknownPersonError):
        entered_again(cast, person.pk, "Claire", "Morel")


def test_an_account_whose_letter_another_school_holds_is_not_used_before_it_is_activated(
    cast: Cast,
) -> None:
    person = cast.person("paul.petit", state=Person.State.INVITED)
    cast.give("paul.petit", Profile.SECRETARY, cast.other_school)

    with confined(cast.head, Permission.STAFF), pytest.raises(people.NotYetActiveError):
        entered_again(cast, person.pk)

    Person.objects.update(state=Person.State.ACTIVE)
    with confined(cast.head, Permission.STAFF):
        assert entered_again(cast, person.pk) == person


@pytest.mark.parametrize("query", ["lefev", "anne lef", "LEFÈVRE Anne", "laure", "anne-laure.l"])
def test_people_are_found_by_the_beginnings_of_their_names_or_login(cast: Cast, query: str) -> None:
    create(cast, "Anne-Laure", "Lefèvre")
    create(cast, "Paul", "Petit")

    found = people.find(query=query, uais=None, today=TODAY)

    assert [person.login for person in found] == ["anne-laure.lefevre"]


def test_a_head_finds_only_the_people_of_her_school(cast: Cast) -> None:
    assert cast.head
    assert cast.secretary
    assert cast.head_next_door
    assert cast.outsider
    today = timezone.localdate()

    with confined(cast.head, Permission.STAFF):
        mine = people.find(query="", uais=[cast.school], today=today)
        next_door = people.find(query="", uais=[cast.other_school], today=today)

    assert [person.login for person in mine] == ["claire.morel", "paul.petit"]
    assert next_door == []
    assert len(people.find(query="", uais=None, today=today)) == 4
    assert len(people.find(query="", uais=None, today=today, most=2)) == 2


def test_people_of_a_school_are_listed_with_rights_keys_and_last_sign_in(cast: Cast) -> None:
    assert cast.head
    cast.give("paul.petit", Profile.DELEGATE, permission=Permission.EXPORT)
    cast.give("paul.petit", Profile.SECRETARY)
    person = cast.person("paul.petit")
    Person.objects.filter(pk=person.pk).update(locked_until=AT + timedelta(minutes=5))
    for state, used_at in ((Key.State.LOST, AT - timedelta(days=3)), (Key.State.ACTIVE, None)):
        Key.objects.create(
            kind=Key.Kind.TOTP, state=state, person=person, received_at=AT, last_used_at=used_at
        )

    head, secretary = members.members_of(uai=cast.school, today=timezone.localdate(), at=AT)

    assert (head.name, head.key_state, head.last_sign_in_at) == ("MOREL Claire", None, None)
    assert [right.permission for right in secretary.rights] == ["export.make", ""]
    assert secretary.key_state == Key.State.ACTIVE
    assert secretary.last_sign_in_at == AT - timedelta(days=3)
    assert secretary.is_blocked
    assert not head.is_blocked


def test_the_list_costs_the_same_for_two_people_and_for_twenty(cast: Cast) -> None:
    assert cast.head
    assert cast.secretary

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            members.members_of(uai=cast.school, today=timezone.localdate(), at=AT)
        return len(captured)

    few = cost()
    for number in range(20):
        cast.give(f"agent{number}.ecole", Profile.TEACHER)

    assert cost() == few


def test_a_head_corrects_names_and_address_and_the_login_stays(cast: Cast) -> None:
    assert cast.secretary

    person = manage.change(
        **touched(cast, cast.secretary),
        family_name="Durand-Petit",
        first_name="Paul",
        email="p@example.fr",
    )

    person.refresh_from_db()
    assert (person.family_name, person.email) == ("DURAND-PETIT", "p@example.fr")
    assert person.login == "paul.petit"


def test_whoever_is_put_out_is_out_at_once_and_comes_back_with_her_rights(cast: Cast) -> None:
    client = browser(cast.secretary)
    assert client.get("/").status_code == 200

    manage.disable(**touched(cast, cast.secretary))

    assert client.get("/").status_code == 302
    assert not Session.objects.filter(person=cast.secretary).exists()
    manage.enable(**touched(cast, cast.secretary))
    cast.secretary.refresh_from_db()
    assert cast.secretary.state == Person.State.ACTIVE
    assert actor(cast.secretary).holds(Permission.PUPILS_READ, cast.school)


def test_the_letter_of_somebody_who_is_put_out_opens_nothing(cast: Cast) -> None:
    cast.give("paul.petit", Profile.SECRETARY)
    Person.objects.filter(login="paul.petit").update(
        state=Person.State.INVITED, password="", activation_digest=b"x", activation_ends_at=AT
    )
    person = cast.person("paul.petit")

    manage.disable(**touched(cast, person))
    manage.enable(**touched(cast, person))

    person.refresh_from_db()
    assert person.state == Person.State.INVITED
    assert (bytes(person.activation_digest), person.activation_ends_at) == (b"", None)


def test_nobody_puts_herself_out(cast: Cast) -> None:
    with pytest.raises(manage.OwnAccountError):
        manage.disable(**touched(cast, cast.head))


def test_a_head_unblocks_an_account(cast: Cast) -> None:
    Person.objects.filter(pk=cast.secretary.pk).update(
        failed_count=5, locked_until=AT + timedelta(hours=1)
    )

    person = manage.unblock(**touched(cast, cast.secretary))

    assert (person.failed_count, person.locked_until) == (0, None)


def of_another_school_too(cast: Cast) -> Person:
    assert cast.secretary
    cast.give("paul.petit", Profile.SECRETARY, cast.other_school)
    return cast.secretary


def to_come_in_another_school(cast: Cast) -> Person:
    assert cast.secretary
    later = timezone.localdate() + timedelta(days=90)
    cast.give("paul.petit", Profile.TEACHER, cast.other_school, starts_on=later)
    return cast.secretary


def also_an_agent(cast: Cast) -> Person:
    assert cast.secretary
    cast.give("paul.petit", Profile.PAPEP)
    return cast.secretary


def also_a_head(cast: Cast) -> Person:
    cast.give("luc.second", Profile.HEAD)
    return cast.person("luc.second")


@pytest.mark.parametrize(
    "somebody", [of_another_school_too, to_come_in_another_school, also_an_agent, also_a_head]
)
@pytest.mark.parametrize(
    ("verb", "typed"),
    [
        (manage.disable, {}),
        (manage.enable, {}),
        (manage.unblock, {}),
        (manage.change, {"family_name": "A", "first_name": "B", "email": ""}),
    ],
)
def test_a_head_does_not_touch_an_account_that_opens_more_than_her_school(
    cast: Cast, somebody: Any, verb: Any, typed: dict[str, str]
) -> None:
    person = somebody(cast)
    asked = touched(cast, person)

    with confined(cast.head, Permission.STAFF), pytest.raises(manage.OtherHandsError):
        verb(**asked, **typed)

    before = person.state, person.family_name
    person.refresh_from_db()
    assert (person.state, person.family_name) == before


def test_the_authority_touches_the_accounts_of_schools_it_covers_and_no_agents(cast: Cast) -> None:
    agent, today = cast.of_authority(Profile.DEEP), timezone.localdate()
    cast.give("eve.loin", Profile.DEEP, department="093")
    also_a_head(cast)
    far = cast.person("eve.loin")

    def may(manager: Person, person: Person) -> bool:
        return manage.may_manage(manager=actor(manager), person=person, today=today)

    assert may(agent, cast.head)
    assert may(agent, of_another_school_too(cast))
    assert not may(agent, cast.of_authority(Profile.OPERATIONS))
    assert not may(agent, agent)
    assert not may(far, cast.head)


def test_nobody_is_touched_through_a_school_where_she_never_was(cast: Cast) -> None:
    with pytest.raises(people.UnknownPersonError):
        manage.disable(**touched(cast, cast.outsider))


def test_where_else_somebody_stands_is_known_only_for_the_time_of_the_question(cast: Cast) -> None:
    of_another_school_too(cast)

    with confined(cast.head, Permission.STAFF) as head:
        manage.may_manage(manager=head, person=cast.secretary, today=timezone.localdate())
        found = people.person_in(person_id=cast.secretary.pk, uai=cast.school)
        with pytest.raises(people.UnknownPersonError):
            people.person_in(person_id=cast.secretary.pk, uai=cast.other_school)

    assert found == cast.secretary


def test_each_act_is_in_the_chain_under_the_login_of_who_did_it_and_names_nobody(
    cast: Cast,
) -> None:
    create(cast, "Paul", "Petit")
    cast.people["paul.petit"] = Person.objects.get()
    assert cast.secretary
    for verb in (manage.disable, manage.enable, manage.unblock):
        verb(**touched(cast, cast.secretary))

    acts = find_acts(uais=[cast.school])

    done = [act for act in acts if act.kind.startswith("person.")]
    assert [act.kind.removeprefix("person.") for act in done] == [
        "unblock", "enable", "disable", "create",
    ]  # fmt: skip
    assert {act.actor for act in done} == {"claire.morel"}
    assert {facts_of(act)["person"] for act in done} == {"paul.petit"}
    assert not any("PETIT" in act.payload for act in acts)
    assert not verify_chain(uai=cast.school).faults
