"""Sign in: password then key, what fails and what is counted, the lock and its ways out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import override_settings
from tests.accounts.visits import Visit
from tests.cast import PASSWORD, Cast
from tests.keys_of import SLIP, hotp_key, paper_codes, totp_key
from tests.noted import kinds_noted, lines_noted, lines_of_nobody

from bascule.accounts import first_key, hashing, passwords, pending, sessions, signin, steps, tries
from bascule.accounts.keys import certificates, held, one_time
from bascule.accounts.models import Key, KeyEvent, PaperCode, Person, Session, UnknownLoginTries
from bascule.accounts.pending import PendingOverError, Stage
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.accounts.steps import Browser
from bascule.errors import RefusedError

WRONG = "not her password at all"


def fail(visit: Visit, login: str, times: int) -> list[str]:
    """Give a wrong password some times, and what was said."""
    said = []
    for _ in range(times):
        with pytest.raises(RefusedError) as refusal:
            visit.password(login, WRONG)
        said.append(refusal.value.sentence)
    return said


# ---------------------------------------------------------------- the way in


def test_a_password_alone_opens_nothing(cast: Cast) -> None:
    totp_key(cast.head)
    visit = Visit()

    waiting = visit.password(cast.head)

    assert waiting.stage is Stage.KEY
    assert sessions.recognise(visit.session, today=visit.at.date(), at=visit.at).actor is None


def test_a_password_then_a_code_let_in_and_are_noted(cast: Cast) -> None:
    key = totp_key(cast.head)
    visit = Visit()
    visit.password(" Claire.MOREL ")

    done = visit.code(key.code(at=visit.at))

    entry = sessions.recognise(visit.session, today=visit.at.date(), at=visit.at)
    assert entry.actor is not None
    assert entry.actor.login == "claire.morel"
    assert done.key == key.key
    (line,) = lines_noted(cast.head)
    assert (line.kind, line.address, line.facts) == (
        "signin.done",
        "192.0.2.1",
        {"key": key.key.pk, "kind": "totp"},
    )


@pytest.mark.parametrize("kind", ["totp", "hotp", "paper"])
def test_one_field_takes_every_kind_of_code(cast: Cast, kind: str) -> None:
    application, button, sheet = totp_key(cast.head), hotp_key(cast.head), paper_codes(cast.head)
    visit = Visit()
    visit.password(cast.head)
    codes = {"totp": application.code(at=visit.at), "hotp": button.press(), "paper": sheet[3]}

    done = visit.code(f" {codes[kind][:3]} {codes[kind][3:]}\n")

    assert done.key.kind == kind


def test_each_step_changes_the_number_of_the_session(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()
    visit.session.create()
    numbers = {visit.session.session_key}

    visit.password(cast.head)
    visit.session.save()
    numbers.add(visit.session.session_key)
    visit.code(key.code(at=visit.at))
    visit.session.save()
    numbers.add(visit.session.session_key)

    assert len(numbers) == 3
    assert [row.session_key for row in Session.objects.all()] == [visit.session.session_key]


def test_five_minutes_after_the_password_it_is_asked_again(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()
    visit.password(cast.head)
    visit.at += timedelta(minutes=5)

    with pytest.raises(PendingOverError):
        visit.code(key.code(at=visit.at))


def test_a_code_without_a_password_is_no_step(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()

    with pytest.raises(PendingOverError):
        visit.code(key.code(at=visit.at))


def test_somebody_disabled_between_the_steps_does_not_get_in(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()
    visit.password(cast.head)
    Person.objects.update(state=Person.State.DISABLED)

    with pytest.raises(PendingOverError):
        visit.code(key.code(at=visit.at))


# ---------------------------------------------------------------- a code is good once


def test_a_code_used_is_not_taken_again_even_by_another_browser(cast: Cast) -> None:
    key, visit, other = totp_key(cast.head), Visit(), Visit()
    code = key.code(at=visit.at)
    visit.password(cast.head)
    visit.code(code)
    other.password(cast.head)

    with pytest.raises(one_time.UsedCodeError):
        other.code(code)


@pytest.mark.parametrize("kind", ["totp", "hotp", "paper"])
def test_the_same_code_in_parallel_lets_one_in(cast: Cast, kind: str) -> None:
    application, button, sheet = totp_key(cast.head), hotp_key(cast.head), paper_codes(cast.head)
    visits = [Visit() for _ in range(4)]
    code = {"totp": application.code(at=visits[0].at), "hotp": button.press(), "paper": sheet[0]}[
        kind
    ]
    for visit in visits:
        visit.at = visits[0].at
        visit.password(cast.head)
    start = Barrier(len(visits))

    def enter(visit: Visit) -> str:
        start.wait()
        try:
            return visit.code(code).person.login
        except RefusedError as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(visits)) as pool:
        answers = sorted(pool.map(enter, visits))

    assert answers == ["claire.morel", "code.used", "code.used", "code.used"]
    assert kinds_noted(cast.head).count("signin.done") == 1


def test_each_code_on_paper_is_good_once(cast: Cast) -> None:
    sheet = paper_codes(cast.head)

    for code in sheet:
        visit = Visit()
        visit.password(cast.head)
        assert visit.code(code).key.kind == "paper"

    visit = Visit()
    visit.password(cast.head)
    with pytest.raises(one_time.UsedCodeError):
        visit.code(sheet[0])
    assert len(sheet) == 10


def test_the_base_does_not_hold_a_code_on_paper(cast: Cast) -> None:
    (code, *_) = paper_codes(cast.head)
    kept = [bytes(row.digest) for row in PaperCode.objects.all()]

    assert len(set(kept)) == 10
    assert all(len(digest) == 32 for digest in kept)
    digits = code.replace(" ", "").encode()
    assert not any(digits in digest for digest in kept)


# ---------------------------------------------------------------- a key that ran ahead


@pytest.mark.parametrize("presses", [0, 5])
def test_a_few_presses_for_nothing_are_forgiven(cast: Cast, presses: int) -> None:
    key, visit = hotp_key(cast.head), Visit()
    visit.password(cast.head)

    assert visit.code(key.press(for_nothing=presses)).key == key.key


@pytest.mark.parametrize("presses", [6, 20, 50])
def test_a_key_far_ahead_is_brought_back_by_two_codes(cast: Cast, presses: int) -> None:
    key, visit = hotp_key(cast.head), Visit()
    visit.password(cast.head)

    first = key.press(for_nothing=presses)
    with pytest.raises(one_time.KeyAheadError):
        visit.code(first)
    done = visit.two_codes(first, key.press())

    assert done.key == key.key
    assert "key.resync" in kinds_noted(cast.head)
    assert KeyEvent.objects.get(kind="resynced").detail == f"+{presses + 1}"
    again = Visit()
    again.password(cast.head)
    assert again.code(key.press()).key == key.key


def test_a_key_a_hundred_presses_ahead_needs_the_help_desk(cast: Cast) -> None:
    key, visit = hotp_key(cast.head), Visit()
    visit.password(cast.head)

    with pytest.raises(one_time.WrongCodeError):
        visit.code(key.press(for_nothing=100))
    with pytest.raises(one_time.NotInStepError) as refusal:
        visit.two_codes(key.press(), key.press())

    assert "assistance" in refusal.value.sentence


# ---------------------------------------------------------------- the lock


def test_ten_failures_lock_for_a_quarter_of_an_hour(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()

    said = fail(visit, "claire.morel", 10)

    assert len(set(said[:9])) == 1
    assert "bloqué jusqu’à" in said[9]
    with pytest.raises(tries.LockedError) as refusal:
        visit.password(cast.head)
    assert refusal.value.until == visit.at + timedelta(minutes=15)
    assert tries.clock_time(refusal.value.until) in refusal.value.sentence
    assert kinds_noted(cast.head).count("signin.locked") == 1

    visit.at += timedelta(minutes=15)
    visit.password(cast.head)
    assert visit.code(key.code(at=visit.at)).person == cast.head


def test_after_a_lock_one_has_ten_more_tries(cast: Cast) -> None:
    visit = Visit()
    fail(visit, "claire.morel", 10)
    visit.at += timedelta(minutes=15)

    said = fail(visit, "claire.morel", 9)

    assert not any("bloqué jusqu’à" in sentence for sentence in said)


def test_wrong_passwords_and_wrong_codes_count_together(cast: Cast) -> None:
    totp_key(cast.head)
    visit = Visit()
    fail(visit, "claire.morel", 4)
    visit.password(cast.head)
    for _ in range(5):
        with pytest.raises(one_time.WrongCodeError):
            visit.code("000 000")

    with pytest.raises(tries.LockedError):
        visit.code("000 000")


def test_a_right_password_does_not_start_the_count_again(cast: Cast) -> None:
    totp_key(cast.head)
    visit = Visit()
    for _ in range(9):
        visit.password(cast.head)
        with pytest.raises(one_time.WrongCodeError):
            visit.code("000000")

    visit.password(cast.head)
    with pytest.raises(tries.LockedError):
        visit.code("000000")


def test_a_sign_in_starts_the_count_again(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()
    fail(visit, "claire.morel", 9)
    visit.password(cast.head)

    visit.code(key.code(at=visit.at))

    cast.head.refresh_from_db()
    assert cast.head.failed_count == 0


def test_whoever_is_locked_between_the_steps_gets_in_by_a_paper_code_alone(cast: Cast) -> None:
    key, sheet, visit, other = totp_key(cast.head), paper_codes(cast.head), Visit(), Visit()
    visit.password(cast.head)
    fail(other, "claire.morel", 10)

    with pytest.raises(tries.LockedError):
        visit.code(key.code(at=visit.at))
    assert visit.code(sheet[0]).key.kind == "paper"
    cast.head.refresh_from_db()
    assert cast.head.locked_until is None


def test_a_locked_account_opens_by_password_and_paper_code_in_one_step(cast: Cast) -> None:
    sheet, visit = paper_codes(cast.head), Visit()
    fail(visit, "claire.morel", 10)

    for login, password, code in (
        ("nobody", PASSWORD, sheet[0]),
        ("claire.morel", WRONG, sheet[0]),
        ("claire.morel", PASSWORD, "0000 0000 0000"),
    ):
        with pytest.raises(signin.WrongAllError):
            visit.paper(login, password, code)
    assert visit.paper("claire.morel", PASSWORD, sheet[0]).person == cast.head


def test_a_head_unlocks_somebody_of_her_school_and_nobody_of_another(cast: Cast) -> None:
    visit = Visit()
    fail(visit, cast.secretary.login, 10)
    fail(visit, cast.head_next_door.login, 10)
    assert tries.locked_people(uai=cast.school, at=visit.at) == [cast.secretary]

    tries.unlock(person_id=cast.secretary.pk, uai=cast.school, actor="claire.morel", at=visit.at)

    assert visit.password(cast.secretary).person == cast.secretary
    with pytest.raises(tries.NobodyToUnlockError):
        tries.unlock(
            person_id=cast.head_next_door.pk, uai=cast.school, actor="claire.morel", at=visit.at
        )


def test_the_help_desk_unlocks_anybody(cast: Cast) -> None:
    visit = Visit()
    fail(visit, cast.secretary.login, 10)
    assert cast.secretary in tries.locked_people(uai=AUTHORITY, at=visit.at)

    tries.unlock(person_id=cast.secretary.pk, uai=AUTHORITY, actor="agent.cecoia", at=visit.at)

    assert visit.password(cast.secretary).person == cast.secretary


# ---------------------------------------------------------------- nobody looks like somebody


def test_a_login_that_nobody_has_is_answered_and_locked_like_another(cast: Cast) -> None:
    assert cast.head
    known, unknown = Visit(), Visit()
    unknown.at = known.at

    assert fail(known, "claire.morel", 12) == fail(unknown, "claire.morin", 12)


def test_what_was_typed_for_a_login_is_written_nowhere(cast: Cast) -> None:
    fail(Visit(), "my secret by mistake", 1)

    (line,) = lines_of_nobody()
    assert line.actor == ""
    assert "secret" not in str(line.facts)
    assert "secret" not in UnknownLoginTries.objects.get().digest


class Counting(hashing.PasswordHasher):
    """Count how often a password is hashed."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        Counting.hashed += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        Counting.hashed += 1
        return super().verify(password, encoded)


@pytest.fixture
def counting() -> Iterator[type[Counting]]:
    Counting.hashed = 0
    with override_settings(PASSWORD_HASHERS=[f"{Counting.__module__}.Counting"]):
        yield Counting


@pytest.mark.parametrize("login", ["claire.morel", "invited.person", "set.aside", "nobody.there"])
def test_a_wrong_password_costs_one_hash_whoever_it_is(
    cast: Cast, counting: type[Counting], login: str
) -> None:
    assert cast.head
    cast.person("invited.person", state=Person.State.INVITED)
    Person.objects.filter(login="invited.person").update(password="")
    aside = cast.person("set.aside")
    Person.objects.filter(pk=aside.pk).update(password=f"!{aside.password}")
    counting.hashed = 0

    fail(Visit(), login, 1)

    assert counting.hashed == 1


def test_a_disabled_account_says_so_to_whoever_knows_its_password_only(cast: Cast) -> None:
    Person.objects.filter(pk=cast.head.pk).update(state=Person.State.DISABLED)

    with pytest.raises(signin.WrongPasswordError):
        Visit().password("claire.morel", WRONG)
    with pytest.raises(signin.DisabledError):
        Visit().password("claire.morel")


# ---------------------------------------------------------------- an address


def test_fifty_failures_from_an_address_make_it_wait(cast: Cast) -> None:
    key = totp_key(cast.head)
    visit = Visit()
    for number in range(tries.CROWD_AFTER):
        fail(visit, f"guess.{number}", 1)

    for _ in range(3):
        with pytest.raises(tries.CrowdedAddressError):
            visit.password(cast.head)
    (line,) = (line for line in lines_of_nobody() if line.kind == "signin.throttled")
    assert line.address == "192.0.2.1"
    elsewhere = Visit(browser=Browser("198.51.100.7"))
    elsewhere.password(cast.head)
    visit.at += tries.CROWD
    visit.password(cast.head)
    assert visit.code(key.code(at=visit.at)).person == cast.head


def test_an_address_of_version_6_is_counted_with_its_network() -> None:
    assert tries.network_of("2001:db8:1:2:3:4:5:6") == tries.network_of("2001:db8:1:2::9")
    assert tries.network_of("2001:db8:1:3::9") != tries.network_of("2001:db8:1:2::9")
    assert tries.network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert tries.network_of("unknown") is None
    assert tries.network_of(None) is None


def test_old_tries_are_forgotten(cast: Cast) -> None:
    visit = Visit()
    fail(visit, "nobody", 2)

    assert tries.forget_tries(before=visit.at) == 0
    assert tries.forget_tries(before=visit.at + timedelta(seconds=1)) == 2


# ---------------------------------------------------------------- keys handed over, lost, certificates


def test_a_key_handed_over_opens_once_it_is_activated_with_its_slip(cast: Cast) -> None:
    key, visit = hotp_key(cast.head, state=Key.State.HANDED), Visit()
    visit.password(cast.head)
    code = key.press()
    with pytest.raises(one_time.WrongCodeError):
        visit.code(code)

    def activate(slip: str, first: str, second: str = "") -> steps.SignedIn:
        return first_key.activate_handed(
            visit.session, slip=slip, first=first, second=second, at=visit.at, browser=visit.browser
        )

    with pytest.raises(one_time.SlipRefusedError):
        activate("ACDE-FGHJ-KMNQ", code)
    assert activate(SLIP.lower().replace("-", " "), code).key == key.key
    key.key.refresh_from_db()
    assert key.key.state == Key.State.ACTIVE
    assert bytes(key.key.activation_digest) == b""
    assert [event.kind for event in KeyEvent.objects.all()] == ["activated"]


def test_a_key_pressed_on_its_way_is_activated_by_two_codes(cast: Cast) -> None:
    key, visit = hotp_key(cast.head, state=Key.State.HANDED), Visit()
    visit.password(cast.head)

    done = first_key.activate_handed(
        visit.session,
        slip=SLIP,
        first=key.press(for_nothing=30),
        second=key.press(),
        at=visit.at,
        browser=visit.browser,
    )

    assert done.key == key.key


def test_a_key_handed_over_and_out_of_date_is_not_activated(cast: Cast) -> None:
    key, visit = hotp_key(cast.head, state=Key.State.HANDED), Visit()
    Key.objects.update(expires_on=visit.at.date() - timedelta(days=1))
    visit.password(cast.head)

    with pytest.raises(one_time.SlipRefusedError):
        first_key.activate_handed(
            visit.session,
            slip=SLIP,
            first=key.press(),
            second="",
            at=visit.at,
            browser=visit.browser,
        )


def test_a_key_declared_lost_opens_nothing_and_its_sessions_are_over(cast: Cast) -> None:
    key, inside, outside = totp_key(cast.head), Visit(), Visit()
    inside.password(cast.head)
    inside.code(key.code(at=inside.at))
    inside.session.save()
    outside.at = inside.at + timedelta(minutes=1)
    outside.password(cast.head)

    signin.declare_lost(outside.session, key_id=key.key.pk, at=outside.at, browser=outside.browser)

    key.key.refresh_from_db()
    assert key.key.state == Key.State.LOST
    assert not Session.objects.filter(person=cast.head).exists()
    assert sessions.recognise(inside.session, today=inside.at.date(), at=inside.at).actor is None
    with pytest.raises(one_time.WrongCodeError):
        outside.code(key.code(at=outside.at))
    assert [event.kind for event in KeyEvent.objects.all()] == ["lost"]


def test_a_key_declared_lost_does_not_let_a_password_add_another(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()
    visit.password(cast.head)
    signin.declare_lost(visit.session, key_id=key.key.pk, at=visit.at, browser=visit.browser)

    assert visit.password(cast.head).stage is Stage.KEY
    one_time.seed_in(visit.session, person_id=cast.head.pk)
    with pytest.raises(first_key.NotFreshError):
        first_key.add_first_application(
            visit.session, label="", code="000000", at=visit.at, browser=visit.browser
        )


@pytest.mark.parametrize(
    "state", ["stock", "handed", "suspended", "lost", "returned", "expired", "withdrawn"]
)
def test_a_key_that_is_not_active_opens_nothing(cast: Cast, state: str) -> None:
    key, visit = totp_key(cast.head), Visit()
    Key.objects.update(state=state)
    visit.password(cast.head)

    with pytest.raises(one_time.WrongCodeError):
        visit.code(key.code(at=visit.at))


def test_a_key_opens_until_the_end_of_its_last_day(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()
    today = visit.at.date()
    visit.password(cast.head)

    Key.objects.update(expires_on=today - timedelta(days=1))
    with pytest.raises(one_time.WrongCodeError):
        visit.code(key.code(at=visit.at))
    Key.objects.update(expires_on=today)
    assert visit.code(key.code(at=visit.at)).key == key.key


def test_the_key_of_somebody_else_opens_nothing(cast: Cast) -> None:
    totp_key(cast.head)
    other = totp_key(cast.secretary, seed=b"another twenty bytes")
    visit = Visit()
    visit.password(cast.head)

    with pytest.raises(one_time.WrongCodeError):
        visit.code(other.code(at=visit.at))


SUBJECT = "CN=Claire Morel,O=Academie,C=FR"


def certificate(person: Person, subject: str = SUBJECT) -> Key:
    return certificates.grant(
        person_id=person.pk, subject=subject, label="Carte", actor="tests", at=Visit().at
    )


def with_certificate(subject: str = SUBJECT) -> Browser:
    return Browser("192.0.2.1", "tests", "http://localhost", subject)


def test_a_certificate_replaces_the_key_of_its_person(cast: Cast) -> None:
    key, visit = certificate(cast.head), Visit()
    visit.password(cast.head)

    done = signin.give_certificate(visit.session, at=visit.at, browser=with_certificate())

    assert done is not None
    assert done.key == key


@pytest.mark.parametrize("subject", ["", "CN=Claire Morel", SUBJECT.lower()])
def test_another_certificate_is_passed_over(cast: Cast, subject: str) -> None:
    certificate(cast.head)
    visit = Visit()
    visit.password(cast.head)

    browser = with_certificate(subject)
    assert signin.give_certificate(visit.session, at=visit.at, browser=browser) is None


def test_a_certificate_does_not_open_the_account_of_somebody_else(cast: Cast) -> None:
    certificate(cast.head)
    visit = Visit()
    visit.password(cast.secretary)

    browser = with_certificate()
    assert signin.give_certificate(visit.session, at=visit.at, browser=browser) is None


def test_a_certificate_opens_one_account(cast: Cast) -> None:
    certificate(cast.head)

    with pytest.raises(certificates.SubjectTakenError):
        certificate(cast.secretary)


def test_a_header_is_read_only_if_the_settings_name_it() -> None:
    headers = {"X-Client-Subject": SUBJECT}

    assert certificates.subject_in(headers) == ""
    with override_settings(BASCULE_CERTIFICATE_HEADER="X-Client-Subject"):
        assert certificates.subject_in(headers) == SUBJECT
        assert certificates.subject_in({}) == ""


def test_a_header_that_anybody_could_write_is_a_fault_of_the_settings() -> None:
    with override_settings(BASCULE_CERTIFICATE_HEADER="X-Client-Subject", BASCULE_PROXY_COUNT=0):
        assert [fault.id for fault in certificates.check_front_server()] == ["bascule.E002"]
    with override_settings(BASCULE_CERTIFICATE_HEADER="X-Client-Subject", BASCULE_PROXY_COUNT=1):
        assert certificates.check_front_server() == []


# ---------------------------------------------------------------- keys of one's own


def remove(person: Person, key: Key) -> Key:
    return held.remove(person_id=person.pk, key_id=key.pk, actor=person.login, at=Visit().at)


def test_the_last_key_cannot_be_removed_but_one_of_two_can(cast: Cast) -> None:
    first = totp_key(cast.head).key
    paper_codes(cast.head)
    with pytest.raises(held.LastKeyError):
        remove(cast.head, first)

    second = totp_key(cast.head, seed=b"another twenty bytes").key
    assert remove(cast.head, first).state == Key.State.WITHDRAWN
    with pytest.raises(held.LastKeyError):
        remove(cast.head, second)


def test_an_object_is_given_back_and_not_removed(cast: Cast) -> None:
    totp_key(cast.head)

    with pytest.raises(held.ObjectKeyError):
        remove(cast.head, hotp_key(cast.head).key)


def test_nobody_removes_the_key_of_somebody_else(cast: Cast) -> None:
    key = totp_key(cast.head).key

    with pytest.raises(held.UnknownKeyError):
        remove(cast.secretary, key)


def test_a_new_sheet_replaces_the_one_before_and_keeps_the_session(cast: Cast) -> None:
    old, visit = paper_codes(cast.head), Visit()
    visit.password(cast.head)
    visit.code(old[0])

    new = paper_codes(cast.head)

    assert not set(old) & set(new)
    assert PaperCode.objects.count() == 10
    assert sessions.recognise(visit.session, today=visit.at.date(), at=visit.at).actor is not None
    other = Visit()
    other.password(cast.head)
    with pytest.raises(one_time.WrongCodeError):
        other.code(old[1])


def test_a_person_has_a_dozen_keys_at_most(cast: Cast) -> None:
    for number in range(held.MOST):
        totp_key(cast.head, seed=b"a seed of some bytes" + bytes([number]))

    with pytest.raises(held.TooManyKeysError):
        held.refuse_too_many(person_id=cast.head.pk)


def test_whoever_signed_in_long_ago_gives_her_password_again(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()
    visit.password(cast.head)
    visit.code(key.code(at=visit.at))
    assert signin.has_just_proved(visit.session, at=visit.at + timedelta(minutes=14))
    visit.at += timedelta(minutes=15)
    assert not signin.has_just_proved(visit.session, at=visit.at)

    def prove(password: str) -> None:
        signin.prove_again(
            visit.session, person_id=cast.head.pk, password=password, at=visit.at, address=None
        )

    with pytest.raises(passwords.WrongCurrentPasswordError):
        prove(WRONG)
    assert not signin.has_just_proved(visit.session, at=visit.at)
    prove(PASSWORD)
    assert signin.has_just_proved(visit.session, at=visit.at)


def test_signing_out_ends_the_session_and_is_noted(cast: Cast) -> None:
    key, visit = totp_key(cast.head), Visit()
    visit.password(cast.head)
    visit.code(key.code(at=visit.at))
    visit.session.save()

    signin.sign_out(visit.session, at=visit.at, address="192.0.2.1")

    assert not Session.objects.filter(person=cast.head).exists()
    assert kinds_noted(cast.head)[-1] == "signin.out"


def test_the_form_of_somebody_else_is_not_kept(cast: Cast) -> None:
    key, visit = totp_key(cast.secretary), Visit()
    visit.session["person"] = cast.head.pk
    visit.session["kept"] = {"path": "/e/", "fields": [["nom", "Durand"]]}
    visit.password(cast.secretary)

    done = visit.code(key.code(at=visit.at))

    assert done.kept is None
    assert "kept" not in visit.session


def test_a_delegate_signs_in_like_anybody(cast: Cast) -> None:
    cast.give("marie.aide", Profile.TEACHER)
    key, visit = totp_key(cast.person("marie.aide")), Visit()
    visit.password("marie.aide")

    assert visit.code(key.code(at=visit.at)).person.login == "marie.aide"
    assert pending.found(visit.session, at=visit.at) is None
