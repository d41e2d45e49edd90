"""The first door: letter, password, first key; and the way back when a password is lost."""

from datetime import timedelta

import pytest
from tests.accounts.visits import Visit
from tests.cast import PASSWORD, Cast
from tests.keys_of import hotp_key, totp_key
from tests.noted import kinds_noted, lines_of_nobody

from bascule.accounts import activation, first_key, passwords, pending, signin, steps, tries
from bascule.accounts.activation import ActivationRefusedError
from bascule.accounts.keys import one_time
from bascule.accounts.keys.oath import CodeSource
from bascule.accounts.models import Key, KeyEvent, Person
from bascule.accounts.pending import PendingOverError, Stage
from bascule.journal.verify import verify_chain

CHOSEN = "lanterne caillou geyser piano"


def invited(cast: Cast, login: str = "lea.neuve") -> tuple[Person, str]:
    person = cast.person(login, state=Person.State.INVITED)
    Person.objects.filter(pk=person.pk).update(password="")
    person.refresh_from_db()
    return person, activation.issue_activation_code(person=person, at=Visit().at)


def give(visit: Visit, login: str, code: str) -> Person:
    return activation.give_code(
        visit.session, login=login, code=code, at=visit.at, address=visit.browser.address
    )


def choose(visit: Visit, password: str = CHOSEN) -> pending.Pending:
    return activation.choose_password(
        visit.session, password=password, at=visit.at, address=visit.browser.address
    )


def add_application(visit: Visit) -> steps.SignedIn:
    person_id = visit.session.get("pending", {}).get("person", 0)
    source = CodeSource(one_time.seed_in(visit.session, person_id=person_id))
    return first_key.add_first_application(
        visit.session,
        label="Téléphone",
        code=source.code(source.step(visit.at)),
        at=visit.at,
        browser=visit.browser,
    )


def test_a_letter_then_a_password_then_a_key_let_in(cast: Cast) -> None:
    person, code = invited(cast)
    visit = Visit()

    give(visit, " Lea.Neuve", code.lower().replace("-", " "))
    assert choose(visit).stage is Stage.FIRST_KEY
    done = add_application(visit)

    person.refresh_from_db()
    assert person.state == Person.State.ACTIVE
    assert bytes(person.activation_digest) == b""
    assert done.person == person
    assert done.key.label == "Téléphone"
    assert kinds_noted(person) == ["account.activated", "signin.done"]
    assert [event.kind for event in KeyEvent.objects.all()] == ["added"]


def test_a_code_is_twenty_letters_and_digits_and_only_its_digest_is_kept(cast: Cast) -> None:
    person, code = invited(cast)

    assert [len(group) for group in code.split("-")] == [4] * 5
    assert len(person.activation_digest) == 32
    assert code.encode() not in bytes(person.activation_digest)


def test_a_code_is_good_once(cast: Cast) -> None:
    _, code = invited(cast)
    visit = Visit()
    give(visit, "lea.neuve", code)
    choose(visit)

    with pytest.raises(ActivationRefusedError):
        give(Visit(), "lea.neuve", code)


def test_of_two_browsers_with_the_same_letter_one_chooses(cast: Cast) -> None:
    _, code = invited(cast)
    first, second = Visit(), Visit()
    give(first, "lea.neuve", code)
    give(second, "lea.neuve", code)
    choose(first)

    with pytest.raises(ActivationRefusedError):
        choose(second, "une autre phrase tout à fait")


def test_a_code_is_good_for_thirty_days(cast: Cast) -> None:
    _, code = invited(cast)
    visit = Visit()
    visit.at += timedelta(days=30)

    with pytest.raises(ActivationRefusedError):
        give(visit, "lea.neuve", code)
    visit.at -= timedelta(minutes=1)
    assert give(visit, "lea.neuve", code).login == "lea.neuve"


def test_a_wrong_login_and_a_wrong_code_are_answered_alike_and_noted(cast: Cast) -> None:
    person, code = invited(cast)
    said = set()

    for login, typed in (
        ("nobody", code),
        ("lea.neuve", "AAAA-AAAA-AAAA-AAAA-AAAA"),
        ("lea.neuve", ""),
    ):
        with pytest.raises(ActivationRefusedError) as refusal:
            give(Visit(), login, typed)
        said.add(refusal.value.sentence)

    assert len(said) == 1
    assert kinds_noted(person) == ["activation.failed"] * 2
    assert [line.actor for line in lines_of_nobody()] == [""]


def test_codes_are_not_tried_for_ever_from_one_address(cast: Cast) -> None:
    visit = Visit()
    for _ in range(tries.CROWD_AFTER):
        with pytest.raises(ActivationRefusedError):
            give(visit, "nobody", "AAAA")

    with pytest.raises(tries.CrowdedAddressError):
        give(visit, "nobody", "AAAA")


def test_a_guessable_password_is_refused_and_the_code_still_good(cast: Cast) -> None:
    person, code = invited(cast)
    visit = Visit()
    give(visit, "lea.neuve", code)

    with pytest.raises(passwords.WeakPasswordError):
        choose(visit, "lea.neuve-2026")
    assert choose(visit).person == person


def test_the_letter_alone_opens_no_step_after_the_password(cast: Cast) -> None:
    _, code = invited(cast)
    visit = Visit()
    give(visit, "lea.neuve", code)

    with pytest.raises(PendingOverError):
        add_application(visit)
    with pytest.raises(PendingOverError):
        visit.code("123456")


def test_whoever_stopped_before_the_first_key_goes_on_by_her_password(cast: Cast) -> None:
    _, code = invited(cast)
    visit, later = Visit(), Visit()
    give(visit, "lea.neuve", code)
    choose(visit)
    later.at += timedelta(days=2)

    assert later.password("lea.neuve", CHOSEN).stage is Stage.FIRST_KEY
    assert add_application(later).person.login == "lea.neuve"


def test_whoever_waited_too_long_before_the_first_key_needs_a_new_letter(cast: Cast) -> None:
    _, code = invited(cast)
    visit, later = Visit(), Visit()
    give(visit, "lea.neuve", code)
    choose(visit)
    later.at += timedelta(days=31)

    assert later.password("lea.neuve", CHOSEN).stage is Stage.KEY
    with pytest.raises(first_key.NotFreshError):
        add_application(later)


def test_a_first_key_is_added_once(cast: Cast) -> None:
    _, code = invited(cast)
    visit, other = Visit(), Visit()
    give(visit, "lea.neuve", code)
    choose(visit)
    other.password("lea.neuve", CHOSEN)
    add_application(visit)

    with pytest.raises(first_key.NotFreshError):
        add_application(other)


def test_a_wrong_code_adds_no_key(cast: Cast) -> None:
    person, code = invited(cast)
    visit = Visit()
    give(visit, "lea.neuve", code)
    choose(visit)

    one_time.seed_in(visit.session, person_id=person.pk)
    with pytest.raises(one_time.WrongCodeError):
        first_key.add_first_application(
            visit.session,
            label="",
            code="000000",
            at=visit.at,
            browser=visit.browser,
        )
    assert not Key.objects.exists()


def test_the_seed_shown_is_encrypted_in_the_session_and_is_of_one_person(cast: Cast) -> None:
    visit = Visit()
    seed = one_time.seed_in(visit.session, person_id=cast.head.pk)

    assert one_time.seed_in(visit.session, person_id=cast.head.pk) == seed
    assert seed.hex() not in str(dict(visit.session.items()))
    with pytest.raises(one_time.SeedGoneError):
        one_time.kept_seed(visit.session, person_id=cast.secretary.pk)


def test_the_first_key_may_be_the_object_handed_over(cast: Cast) -> None:
    person, code = invited(cast)
    key, visit = hotp_key(person, state=Key.State.HANDED), Visit()
    give(visit, "lea.neuve", code)
    assert choose(visit).stage is Stage.FIRST_KEY

    done = first_key.activate_handed(
        visit.session,
        slip="ACDE-FGHJ-KMNP",
        first=key.press(),
        second="",
        at=visit.at,
        browser=visit.browser,
    )

    assert done.key == key.key


# ---------------------------------------------------------------- a lost password


def reissued(cast: Cast, person: Person) -> str:
    return activation.reissue(
        person_id=person.pk, uai=cast.school, actor="claire.morel", at=Visit().at
    )


def test_a_new_letter_makes_the_old_password_good_for_nothing(cast: Cast) -> None:
    totp_key(cast.secretary)
    before, visit = Visit(), Visit()
    before.password(cast.secretary)

    code = reissued(cast, cast.secretary)

    with pytest.raises(signin.WrongPasswordError):
        visit.password(cast.secretary)
    with pytest.raises(PendingOverError):
        before.code("123456")
    give(visit, "paul.petit", code)
    with pytest.raises(passwords.WeakPasswordError) as refusal:
        choose(visit, PASSWORD)
    assert refusal.value.reason is passwords.Reason.OLD
    assert verify_chain(uai=cast.school).count > 0


def test_a_new_letter_does_not_replace_the_key(cast: Cast) -> None:
    key, visit = totp_key(cast.secretary), Visit()
    give(visit, "paul.petit", reissued(cast, cast.secretary))

    assert choose(visit).stage is Stage.KEY

    with pytest.raises(first_key.NotFreshError):
        add_application(visit)
    assert visit.code(key.code(at=visit.at)).key == key.key


def test_a_letter_and_a_key_declared_lost_do_not_add_up(cast: Cast) -> None:
    key, visit = totp_key(cast.secretary), Visit()
    give(visit, "paul.petit", reissued(cast, cast.secretary))
    choose(visit)
    signin.declare_lost(visit.session, key_id=key.key.pk, at=visit.at, browser=visit.browser)

    assert visit.password(cast.secretary, CHOSEN).stage is Stage.KEY
    with pytest.raises(first_key.NotFreshError):
        add_application(visit)


def test_a_new_letter_once_the_key_is_gone_lets_add_another(cast: Cast) -> None:
    totp_key(cast.secretary)
    Key.objects.update(state=Key.State.LOST)
    visit = Visit()
    give(visit, "paul.petit", reissued(cast, cast.secretary))

    assert choose(visit).stage is Stage.FIRST_KEY
    assert add_application(visit).person == cast.secretary


def test_a_suspended_key_still_keeps_others_out(cast: Cast) -> None:
    totp_key(cast.secretary)
    Key.objects.update(state=Key.State.SUSPENDED)
    visit = Visit()
    give(visit, "paul.petit", reissued(cast, cast.secretary))

    assert choose(visit).stage is Stage.KEY


def test_a_disabled_account_gets_no_letter(cast: Cast) -> None:
    Person.objects.filter(pk=cast.secretary.pk).update(state=Person.State.DISABLED)

    with pytest.raises(activation.DisabledPersonError):
        reissued(cast, cast.secretary)
