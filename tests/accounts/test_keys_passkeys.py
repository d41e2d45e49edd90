"""Passkeys: enrolled and used once for each challenge, here only, and never by a lie."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.accounts.soft_passkey import Device
from tests.accounts.visits import HERE, Visit, new_session
from tests.cast import Cast
from tests.keys_of import totp_key

from bascule.accounts import signin, steps, tries
from bascule.accounts.keys import held, passkeys
from bascule.accounts.keys.passkeys import PasskeyRefusedError
from bascule.accounts.models import Key, Person


def enrolled(person: Person, device: Device) -> Key:
    session, visit = new_session(), Visit()
    options = passkeys.ask_to_enrol(session, person=person, at=visit.at)
    return enrol(session, person, device.enrol(options), visit)


def enrol(session: Any, person: Person, answer: str, visit: Visit) -> Key:
    return passkeys.enrol(
        session,
        person_id=person.pk,
        answer=answer,
        origin=HERE.origin,
        label="Ordinateur du bureau",
        actor=person.login,
        at=visit.at,
    )


def asked(visit: Visit, person: Person) -> str:
    visit.password(person)
    options = passkeys.ask_to_enter(visit.session, person_id=person.pk, at=visit.at)
    assert options is not None
    return options


def enter(visit: Visit, answer: str) -> steps.SignedIn:
    return signin.give_passkey(visit.session, answer=answer, at=visit.at, browser=visit.browser)


def test_a_passkey_lets_in_after_the_password(cast: Cast) -> None:
    device, visit = Device(), Visit()
    key = enrolled(cast.head, device)

    done = enter(visit, device.enter(asked(visit, cast.head)))

    assert done.key == key
    key.refresh_from_db()
    assert (key.counter, key.last_used_at) == (1, visit.at)


def test_what_is_asked_names_the_site_and_the_passkeys_and_no_person(cast: Cast) -> None:
    device, visit = Device(), Visit()
    enrolled(cast.head, device)

    options = json.loads(asked(visit, cast.head))

    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "preferred"
    assert len(options["allowCredentials"]) == 1
    assert "morel" not in json.dumps(options).casefold()


def test_a_challenge_is_good_for_one_answer(cast: Cast) -> None:
    device, visit = Device(), Visit()
    enrolled(cast.head, device)
    answer = device.enter(asked(visit, cast.head))
    enter(visit, answer)

    again = Visit()
    again.password(cast.head)
    with pytest.raises(PasskeyRefusedError):
        enter(again, answer)


def test_a_challenge_is_good_for_one_answer_even_a_wrong_one(cast: Cast) -> None:
    device, visit = Device(), Visit()
    enrolled(cast.head, device)
    options = asked(visit, cast.head)

    for answer in ("{}", device.enter(options)):
        with pytest.raises(PasskeyRefusedError):
            enter(visit, answer)


def test_a_challenge_waits_five_minutes(cast: Cast) -> None:
    session, visit, device = new_session(), Visit(), Device()
    options = passkeys.ask_to_enrol(session, person=cast.head, at=visit.at)
    visit.at += timedelta(minutes=5)

    with pytest.raises(PasskeyRefusedError):
        enrol(session, cast.head, device.enrol(options), visit)


def test_a_challenge_to_enrol_does_not_let_in(cast: Cast) -> None:
    device, visit = Device(), Visit()
    enrolled(cast.head, device)
    visit.password(cast.head)
    options = passkeys.ask_to_enrol(visit.session, person=cast.head, at=visit.at)

    with pytest.raises(PasskeyRefusedError):
        enter(visit, device.enter(options))


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://localhost.example"},
        {"origin": "http://localhost:8000"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"type": "webauthn.create"},
    ],
)
def test_an_answer_from_elsewhere_or_to_something_else_is_refused(
    cast: Cast, lies: dict[str, str]
) -> None:
    device, visit = Device(), Visit()
    enrolled(cast.head, device)

    with pytest.raises(PasskeyRefusedError):
        enter(visit, device.enter(asked(visit, cast.head), **lies))


def test_a_passkey_of_another_site_is_refused(cast: Cast) -> None:
    session, visit = new_session(), Visit()
    options = passkeys.ask_to_enrol(session, person=cast.head, at=visit.at)

    with pytest.raises(PasskeyRefusedError):
        enrol(session, cast.head, Device(party="example.org").enrol(options), visit)


def test_a_copied_device_that_counts_backwards_is_refused(cast: Cast) -> None:
    device, visit, again = Device(signatures=8), Visit(), Visit()
    enrolled(cast.head, device)
    enter(visit, device.enter(asked(visit, cast.head)))
    device.signatures = 3

    with pytest.raises(PasskeyRefusedError):
        enter(again, device.enter(asked(again, cast.head)))


def test_the_passkey_of_somebody_else_does_not_let_in(cast: Cast) -> None:
    mine, hers, visit = Device(), Device(), Visit()
    enrolled(cast.head, mine)
    enrolled(cast.secretary, hers)

    with pytest.raises(PasskeyRefusedError):
        enter(visit, hers.enter(asked(visit, cast.head)))


def test_a_passkey_is_added_once(cast: Cast) -> None:
    device = Device()
    enrolled(cast.head, device)

    with pytest.raises(passkeys.PasskeyKnownError):
        enrolled(cast.secretary, device)


def test_a_passkey_lost_does_not_let_in(cast: Cast) -> None:
    device, visit = Device(), Visit()
    key = enrolled(cast.head, device)
    options = asked(visit, cast.head)
    held.declare_lost(person_id=cast.head.pk, key_id=key.pk, actor="claire.morel", at=visit.at)

    with pytest.raises(PasskeyRefusedError):
        enter(visit, device.enter(options))


def test_wrong_passkeys_are_counted_like_wrong_codes(cast: Cast) -> None:
    device, visit = Device(), Visit()
    enrolled(cast.head, device)
    for _ in range(tries.LOCK_AFTER - 1):
        options = asked(visit, cast.head)
        with pytest.raises(PasskeyRefusedError):
            enter(visit, Device().enter(options))

    options = asked(visit, cast.head)
    with pytest.raises(tries.LockedError):
        enter(visit, Device().enter(options))


def test_whoever_has_no_passkey_is_asked_for_none(cast: Cast) -> None:
    totp_key(cast.head)

    assert passkeys.ask_to_enter(new_session(), person_id=cast.head.pk, at=Visit().at) is None


def _answers() -> st.SearchStrategy[str]:
    base64 = st.text("ABCDEFGabcdefg0123-_", max_size=60)
    response = st.dictionaries(
        st.sampled_from(["clientDataJSON", "authenticatorData", "signature", "attestationObject"]),
        base64 | st.none(),
    )
    given = st.fixed_dictionaries(
        {"id": base64, "rawId": base64, "type": st.just("public-key"), "response": response}
    )
    return st.text(max_size=40) | given.map(json.dumps)


@given(answer=_answers())
def test_no_answer_makes_the_site_fall_over(answer: str) -> None:
    session, visit = new_session(), Visit()
    session["passkey"] = {
        "use": "enrol",
        "person": 1,
        "challenge": "AAAA",
        "until": (visit.at + timedelta(minutes=1)).isoformat(),
    }

    with pytest.raises(PasskeyRefusedError):
        enrol(session, Person(pk=1, login="nobody"), answer, visit)


@pytest.mark.parametrize(
    ("host", "works"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("portail.localhost", True),
        ("127.0.0.1:8000", False),
        ("[::1]", False),
        ("notlocalhost", False),
    ],
)
def test_passkeys_work_under_the_name_they_are_bound_to(host: str, works: bool) -> None:  # noqa: FBT001
    assert passkeys.works_on(host) == works
