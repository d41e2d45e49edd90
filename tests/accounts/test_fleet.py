"""The fleet: the life of a key from its delivery to its end, and who holds what."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.accounts.pskc import pskc, token
from tests.accounts.test_slips import read
from tests.accounts.visits import Visit
from tests.bases import Base
from tests.cast import Cast, browser
from tests.keys_of import HotpKey

from bascule.accounts import codes, first_key, signin
from bascule.accounts.keys import declare, fleet, inventory, register, slips, vault
from bascule.accounts.keys.certificates import SubjectTakenError
from bascule.accounts.keys.inventory import Standing
from bascule.accounts.keys.moves import ENDED, HELD, UNHELD, Move
from bascule.accounts.keys.oath import CodeSource
from bascule.accounts.keys.seeds import SeedFile, read_seeds
from bascule.accounts.models import Key, KeyEvent, Person, Session
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.errors import RefusedError
from bascule.journal import kinds
from bascule.journal.models import Act
from bascule.journal.verify import verify_chain
from bascule.schools.directory import register_school
from bascule.store.policies import open_schools

NOW = datetime(2026, 9, 1, 12, 5, tzinfo=UTC)
TODAY = date(2026, 9, 1)
AGENT = "agent.operations"
SCHOOL, NEXT_DOOR = "0990001N", "0990002P"


@pytest.fixture
def cast(base: Base) -> Cast:
    for uai in (SCHOOL, NEXT_DOOR):
        register_school(uai=uai, name=f"Collège {uai}", actor="tests", at=NOW)
    return Cast(school=SCHOOL, other_school=NEXT_DOOR)


def delivery(*numbers: int) -> SeedFile:
    return read_seeds(content=pskc(*(token(number, counter=number) for number in numbers)))


def in_stock(number: int = 1) -> Key:
    fleet.receive(seeds=delivery(number), actor=AGENT, at=NOW)
    return Key.objects.get(serial=f"2600{number:06}")


def handed_to(person: Person, number: int = 1, uai: str = SCHOOL) -> fleet.Handed:
    return fleet.hand_over(
        key_id=in_stock(number).pk, person_id=person.pk, uai=uai, actor=AGENT, at=NOW, today=TODAY
    )


def active(person: Person, number: int = 1) -> Key:
    """Give a key that its holder activated."""
    key = handed_to(person, number).key
    with transaction.atomic():
        fleet.carry_out(fleet.locked_key(key.pk), Move.ACTIVATE, actor=person.login, at=NOW)
    return Key.objects.get(pk=key.pk)


def told(key: Key) -> list[str]:
    return [line.kind for line in register.history_of(key_id=key.pk)]


def acts() -> list[str]:
    with transaction.atomic():
        open_schools(AUTHORITY)
        return list(
            Act.objects.filter(uai=AUTHORITY, kind__startswith="key.")
            .order_by("sequence")
            .values_list("kind", flat=True)
        )


# From the delivery to the stock


def test_a_delivery_is_one_act_and_one_line_for_each_key(cast: Cast) -> None:
    count = fleet.receive(seeds=delivery(1, 2, 3), actor=AGENT, at=NOW)

    keys = list(Key.objects.order_by("serial"))
    assert count == len(keys) == 3
    assert {key.state for key in keys} == {"stock"}
    assert [key.counter for key in keys] == [1, 2, 3]
    assert [told(key) for key in keys] == [["received"]] * 3
    assert acts() == ["key.received"]


def test_seeds_are_kept_encrypted(cast: Cast, base: Base) -> None:
    in_stock(1)

    with base.look() as administrator:
        found = administrator.execute("SELECT seed FROM accounts_key").fetchone()
    assert found is not None
    assert token(1).secret not in bytes(found[0])
    assert vault.decrypt(found[0]) == token(1).secret


def test_a_delivery_is_shown_before_it_is_taken(cast: Cast) -> None:
    found = fleet.check_delivery(seeds=delivery(3, 10, 1), today=TODAY)

    assert (found.count, dict(found.counts)) == (3, {"hotp": 3})
    assert (found.first, found.last) == ("2600000001", "2600000010")
    assert found.expired_count == 0
    assert not Key.objects.exists()


def test_keys_that_are_already_there_refuse_the_whole_delivery(cast: Cast) -> None:
    in_stock(2)

    with pytest.raises(fleet.KnownSerialsError) as caught:
        fleet.receive(seeds=delivery(1, 2, 3), actor=AGENT, at=NOW)

    assert caught.value.serials == ("2600000002",)
    assert Key.objects.count() == 1
    assert acts() == ["key.received"]


def test_a_delivery_that_waits_is_sealed_and_opens_to_whoever_checked_it(cast: Cast) -> None:
    seeds = delivery(1, 2)

    sealed = fleet.seal_delivery(seeds=seeds, actor=AGENT)

    assert token(1).secret.hex() not in sealed
    assert fleet.unseal_delivery(sealed=sealed, actor=AGENT) == seeds
    for text, actor in ((sealed, "somebody.else"), ("", AGENT), ("nonsense", AGENT)):
        with pytest.raises(fleet.LostDeliveryError):
            fleet.unseal_delivery(sealed=text, actor=actor)


# From hand to hand


def test_a_key_lives_from_stock_to_hand_and_back(cast: Cast) -> None:
    key = active(cast.secretary)
    Key.objects.filter(pk=key.pk).update(counter=77)

    fleet.suspend(key_id=key.pk, actor=AGENT, at=NOW, reason="absence")
    fleet.resume(key_id=key.pk, actor=AGENT, at=NOW)
    fleet.return_key(key_id=key.pk, actor=AGENT, at=NOW)
    fleet.restock(key_id=key.pk, actor=AGENT, at=NOW)
    again = fleet.hand_over(
        key_id=key.pk, person_id=cast.head.pk, uai=SCHOOL, actor=AGENT, at=NOW, today=TODAY
    )

    assert told(key) == [
        "received", "handed", "activated", "suspended", "resumed", "returned", "restocked", "handed",
    ]  # fmt: skip
    assert again.key.person == cast.head
    # The button may be pressed on the way: the counter goes on from where it was.
    assert again.key.counter == 77
    assert vault.decrypt(Key.objects.get(pk=key.pk).seed) == token(1).secret
    assert len(acts()) == 7
    assert not verify_chain(uai=AUTHORITY).faults


def test_a_key_is_delivered_handed_over_activated_used_and_lost(cast: Cast) -> None:
    seeds, visit = delivery(5), Visit()
    in_hand = HotpKey(Key(), CodeSource(token(5).secret), presses=5)
    signed = {"actor": AGENT, "at": visit.at}
    fleet.receive(seeds=seeds, **signed)
    key_id = Key.objects.get().pk
    handed = fleet.hand_over(
        key_id=key_id, person_id=cast.secretary.pk, uai=SCHOOL, today=visit.at.date(), **signed
    )

    visit.password(cast.secretary)
    entered = first_key.activate_handed(
        visit.session,
        slip=handed.code,
        # Pressed on its way, in a pocket.
        first=in_hand.press(for_nothing=7),
        second=in_hand.press(),
        at=visit.at,
        browser=visit.browser,
    )
    again = Visit()
    again.password(cast.secretary)
    assert again.code(in_hand.press()).key == entered.key
    fleet.declare_lost(key_id=key_id, **signed)

    assert told(entered.key) == ["received", "handed", "activated", "lost"]
    assert not Session.objects.filter(person=cast.secretary).exists()
    last = Visit()
    last.password(cast.secretary)
    with pytest.raises(signin.CodeRefusedError):
        last.code(in_hand.press())


def test_the_code_of_a_slip_is_kept_as_a_digest_only(cast: Cast) -> None:
    handed = handed_to(cast.secretary)

    kept = Key.objects.get(pk=handed.key.pk)
    assert codes.is_code(handed.code.lower().replace("-", " "), bytes(kept.activation_digest))
    assert handed.code not in repr(handed)
    assert handed.code not in str(list(KeyEvent.objects.values_list("detail")))


def test_another_code_makes_the_one_before_useless(cast: Cast) -> None:
    handed = handed_to(cast.secretary)

    renewed = fleet.renew_code(key_id=handed.key.pk, actor=AGENT, at=NOW)

    digest = bytes(Key.objects.get(pk=handed.key.pk).activation_digest)
    assert codes.is_code(renewed.code, digest)
    assert not codes.is_code(handed.code, digest)


def test_the_register_says_who_held_the_key_when_it_came_back(cast: Cast) -> None:
    key = active(cast.secretary)

    fleet.return_key(key_id=key.pk, actor=AGENT, at=NOW)

    last = register.history_of(key_id=key.pk)[-1]
    assert (last.kind, last.login, last.actor) == ("returned", "paul.petit", AGENT)
    assert Key.objects.get(pk=key.pk).person is None


@pytest.mark.parametrize(
    "end", [fleet.suspend, fleet.declare_lost, fleet.return_key, fleet.withdraw]
)
def test_what_takes_a_key_away_ends_the_sessions_that_it_opened(
    cast: Cast, end: Callable[..., Key]
) -> None:
    key, other = active(cast.secretary), active(cast.secretary, 2)
    clients = [browser(cast.secretary) for _ in range(2)]
    for client, opened_by in zip(clients, (key, other), strict=True):
        Session.objects.filter(session_key=client.session.session_key).update(key=opened_by)

    end(key_id=key.pk, actor=AGENT, at=NOW)

    assert list(Session.objects.values_list("key", flat=True)) == [other.pk]


def test_the_seed_of_a_lost_key_is_erased(cast: Cast) -> None:
    key = active(cast.secretary)

    fleet.declare_lost(key_id=key.pk, actor=AGENT, at=NOW)

    assert bytes(Key.objects.get(pk=key.pk).seed) == b""


def test_a_key_past_its_last_day_is_ended_by_the_night_and_only_then(cast: Cast) -> None:
    keys = [in_stock(1), active(cast.secretary, 2), in_stock(3)]
    for key, end in zip(keys, (TODAY, TODAY - timedelta(days=1), None), strict=True):
        Key.objects.filter(pk=key.pk).update(expires_on=end)

    counts = [fleet.expire(actor="bascule", at=NOW, today=TODAY) for _ in range(2)]

    assert counts == [1, 0]
    assert [Key.objects.get(pk=key.pk).state for key in keys] == ["stock", "expired", "stock"]
    assert told(keys[1])[-1] == "expired"


def test_a_key_of_the_stock_is_put_into_the_drawer_of_a_school(cast: Cast) -> None:
    key = in_stock()

    fleet.reserve(key_id=key.pk, uai=SCHOOL.lower(), actor=AGENT, at=NOW)
    in_drawer = Key.objects.get(pk=key.pk).reserve
    fleet.reserve(key_id=key.pk, uai="", actor=AGENT, at=NOW)

    assert in_drawer == SCHOOL
    assert Key.objects.get(pk=key.pk).reserve == ""
    assert [line.detail for line in register.history_of(key_id=key.pk)][1:] == [SCHOOL, "rectorat"]


# What is refused


def test_a_key_past_its_last_day_is_not_handed_over(cast: Cast) -> None:
    key = in_stock()
    Key.objects.filter(pk=key.pk).update(expires_on=TODAY - timedelta(days=1))

    with pytest.raises(fleet.PastExpiryError, match="31/08/2026"):
        fleet.hand_over(
            key_id=key.pk, person_id=cast.head.pk, uai=SCHOOL, actor=AGENT, at=NOW, today=TODAY
        )


def test_nothing_is_handed_to_whoever_has_no_account_no_right_or_a_closed_one(cast: Cast) -> None:
    key = in_stock()
    closed = cast.head
    Person.objects.filter(pk=closed.pk).update(state=Person.State.DISABLED)

    for person_id, uai, word in (
        (0, SCHOOL, "n’existe pas"),
        (closed.pk, SCHOOL, "désactivé"),
        (cast.secretary.pk, NEXT_DOOR, NEXT_DOOR),
        (cast.secretary.pk, AUTHORITY, "rectorat"),
    ):
        with pytest.raises(fleet.HolderUnusableError, match=word):
            fleet.hand_over(
                key_id=key.pk, person_id=person_id, uai=uai, actor=AGENT, at=NOW, today=TODAY
            )
    assert told(key) == ["received"]


def test_an_agent_of_the_authority_is_handed_a_key_too(cast: Cast) -> None:
    agent = cast.of_authority(Profile.CECOIA)

    assert handed_to(agent, uai=AUTHORITY).key.person == agent


def test_what_is_no_object_is_not_given_back(cast: Cast) -> None:
    key = Key.objects.create(
        kind=Key.Kind.PASSKEY, state=Key.State.ACTIVE, person=cast.head, received_at=NOW
    )

    with pytest.raises(fleet.NotAnObjectError):
        fleet.return_key(key_id=key.pk, actor=AGENT, at=NOW)

    assert fleet.withdraw(key_id=key.pk, actor=AGENT, at=NOW).state == "withdrawn"


VERBS: dict[Move, Callable[..., Any]] = {
    Move.RENEW_CODE: fleet.renew_code,
    Move.SUSPEND: fleet.suspend,
    Move.RESUME: fleet.resume,
    Move.LOSE: fleet.declare_lost,
    Move.RETURN: fleet.return_key,
    Move.RESTOCK: fleet.restock,
    Move.WITHDRAW: fleet.withdraw,
}


@pytest.mark.parametrize("move", VERBS, ids=lambda move: move.code)
def test_each_verb_asks_the_table_and_says_why_it_refuses(cast: Cast, move: Move) -> None:
    key = in_stock()

    for state in Key.State:
        Key.objects.filter(pk=key.pk).update(state=state, person=cast.head)
        if move.may_follow(state):
            VERBS[move](key_id=key.pk, actor=AGENT, at=NOW)
            assert Key.objects.get(pk=key.pk).state == move.after
        else:
            with pytest.raises(fleet.IllegalMoveError, match=str(state.label)) as caught:
                VERBS[move](key_id=key.pk, actor=AGENT, at=NOW)
            assert move.label in caught.value.sentence


def test_a_key_that_is_not_there_is_told(cast: Cast) -> None:
    with pytest.raises(fleet.UnknownKeyError):
        fleet.suspend(key_id=12345, actor=AGENT, at=NOW)


def test_each_move_has_words_in_the_journal() -> None:
    by_holder = {Move.ACTIVATE, Move.REPLACE}

    assert {f"key.{move.code}" for move in Move if move not in by_holder} <= set(kinds.ACTS)


# Laws


class Life:
    """One key, and all that may be done with it, by whoever does it."""

    def __init__(self, people: list[Person]) -> None:
        self.people = people
        self.key_id = in_stock().pk

    def do(self, move: Move, number: int) -> None:
        common = {"key_id": self.key_id, "actor": AGENT, "at": NOW}
        person = self.people[number % 2]
        if move is Move.HAND_OVER:
            fleet.hand_over(**common, person_id=person.pk, uai=SCHOOL, today=TODAY)
        elif move is Move.RESERVE:
            fleet.reserve(**common, uai=SCHOOL if number % 2 else "")
        elif move is Move.EXPIRE:
            Key.objects.filter(pk=self.key_id).update(expires_on=TODAY - timedelta(days=1))
            fleet.expire(actor=AGENT, at=NOW, today=TODAY)
        elif move in VERBS:
            VERBS[move](**common)
        else:
            with transaction.atomic():
                fleet.carry_out(fleet.locked_key(self.key_id), move, actor=AGENT, at=NOW)


#: What is done, and to whom; all that may be done to a key that exists.
STEPS = st.lists(
    st.tuples(
        st.sampled_from([move for move in Move if move.before and move is not Move.EXPIRE]),
        st.integers(0, 9),
    ),
    max_size=14,
)


@pytest.mark.slow
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, expires=st.booleans())
def test_whatever_is_done_a_key_has_one_holder_at_most_and_a_line_for_each_move(
    cast: Cast,
    steps: list[tuple[Move, int]],
    expires: bool,  # noqa: FBT001 - drawn
) -> None:
    people = [cast.head, cast.secretary]
    with transaction.atomic():
        life, expected, ended = Life(people), ["received"], False
        moves = [*steps, (Move.EXPIRE, 0)] if expires else steps
        for move, number in moves:
            before = Key.objects.get(pk=life.key_id)
            is_legal = move.may_follow(before.state)
            try:
                with transaction.atomic():
                    life.do(move, number)
            except RefusedError:
                assert not is_legal
            else:
                expected += [move.code] * is_legal
            key = Key.objects.get(pk=life.key_id)
            ended = ended or key.state in ENDED
            assert (key.state in HELD) <= (key.person_id is not None)
            assert (key.state in UNHELD) <= (key.person_id is None)
            assert not (ended and key.state in {"active", "handed", "suspended", "stock"})
            assert bool(key.activation_digest) == (key.state == "handed")
            assert bool(key.seed) == (key.state not in ENDED)
            assert told(key) == expected
        transaction.set_rollback(True)


def test_the_register_takes_lines_and_nothing_else(cast: Cast, base: Base) -> None:
    in_stock()

    for statement in (
        "UPDATE accounts_keyevent SET actor = 'x'",
        "DELETE FROM accounts_keyevent",
        "TRUNCATE accounts_keyevent",
    ):
        for address in (base.url, base.owner_url):
            with psycopg.connect(address) as connection, pytest.raises(psycopg.Error):
                connection.execute(statement.encode())
    assert KeyEvent.objects.count() == 1


# What is looked at


def test_the_inventory_counts_by_kind_and_state_and_finds(cast: Cast) -> None:
    active(cast.secretary, 1)
    in_stock(2)
    handed_to(cast.head_next_door, 3, uai=NEXT_DOOR)
    fleet.reserve(key_id=Key.objects.get(serial="2600000002").pk, uai=SCHOOL, actor=AGENT, at=NOW)

    def found(**filters: Any) -> list[str]:
        return [key.serial[-1] for key in inventory.find(**filters).object_list]

    assert inventory.counts() == {
        ("hotp", "active"): 1,
        ("hotp", "stock"): 1,
        ("hotp", "handed"): 1,
    }
    assert found() == ["1", "2", "3"]
    assert found(state="stock") == ["2"]
    assert found(kind="totp") == []
    assert found(uai=SCHOOL) == ["1", "2"]
    assert found(uai=NEXT_DOOR) == ["3"]
    assert found(text="2600000003") == ["3"]
    assert found(text="petit paul") == ["1"]
    assert found(text="anne.voi") == ["3"]
    assert found(text="nobody") == []


def test_people_are_found_by_any_part_of_their_names_without_accents(cast: Cast) -> None:
    person = cast.secretary
    Person.objects.filter(pk=person.pk).update(family_name="LE GOFF-ÉVRARD", first_name="Zoé")

    for text in ("evrard", "ZOE le", "goff evr", "paul.petit", "pet"):
        assert inventory.find_people(text=text) == [Person.objects.get(pk=person.pk)], text
    for text in ("", "  ", "off", "zoe martin"):
        assert inventory.find_people(text=text) == []


def test_a_person_may_be_handed_a_key_where_she_holds_a_right(cast: Cast) -> None:
    everywhere = [AUTHORITY, SCHOOL, NEXT_DOOR]
    cast.give("paul.petit", Profile.TEACHER, NEXT_DOOR)

    found = inventory.places(person_id=cast.secretary.pk, uais=everywhere, today=TODAY)

    assert found == [SCHOOL, NEXT_DOOR]


def test_the_move_from_api_keys_to_otp_keys_is_told_by_school(cast: Cast) -> None:
    def hold(login: str, *kinds_held: str, uai: str = SCHOOL) -> None:
        cast.give(login, Profile.SECRETARY, uai)
        for number, kind in enumerate(kinds_held):
            Key.objects.create(
                kind=kind,
                state=Key.State.ACTIVE,
                person=cast.person(login),
                subject=f"CN={login}" if kind == "certificate" else "",
                received_at=NOW,
                activated_at=NOW + timedelta(days=number),
            )

    hold("ada.api", "certificate")
    hold("bea.both", "certificate", "totp")
    hold("cleo.otp", "hotp", "passkey")
    hold("dora.none", "paper")
    hold("eve.api", "certificate", uai=NEXT_DOOR)
    Key.objects.filter(person__login="eve.api").update(state=Key.State.WITHDRAWN)

    found = inventory.api_to_otp(uais=[AUTHORITY, SCHOOL, NEXT_DOOR], today=timezone_today())

    assert [one.uai for one in found] == [SCHOOL, NEXT_DOOR]
    first, second = found
    assert {each.code: count for each, count in first.counts.items()} == {
        "api": 1, "both": 1, "otp": 1, "none": 1,
    }  # fmt: skip
    assert [(one.login, one.standing) for one in first.holders] == [
        ("ada.api", Standing.ONLY_API),
        ("bea.both", Standing.BOTH),
        ("cleo.otp", Standing.ONLY_OTP),
        ("dora.none", Standing.NONE),
    ]
    assert (first.done_count, first.keyed_count) == (2, 3)
    both = first.holders[1]
    assert both.certificate is not None
    assert both.otp is not None
    assert both.otp.activated_at == NOW + timedelta(days=1)
    assert second.counts[Standing.NONE] == 1


def timezone_today() -> date:
    # Rights of the cast are in force around the day of the test.
    return datetime.now(tz=UTC).date()


def test_the_register_is_found_by_date_serial_number_login_and_kind(cast: Cast) -> None:
    key = active(cast.secretary)
    fleet.declare_lost(key_id=key.pk, actor="other.agent", at=NOW + timedelta(days=1))

    def found(**filters: Any) -> list[str]:
        return [line.kind for line in register.find(**filters).object_list]

    assert found() == ["lost", "activated", "handed", "received"]
    assert found(since=NOW + timedelta(hours=1)) == ["lost"]
    assert found(until=NOW + timedelta(hours=1)) == ["activated", "handed", "received"]
    assert found(text="other") == ["lost"]
    assert found(text="paul.petit") == ["lost", "activated", "handed"]
    assert found(text=key.serial[4:], kind="handed") == ["handed"]
    assert [line.kind for line in register.every_line(text="other")] == ["lost"]


# Its papers


def test_the_slip_of_a_key_is_that_of_its_last_hand_over(cast: Cast) -> None:
    key = active(cast.secretary)
    fleet.return_key(key_id=key.pk, actor=AGENT, at=NOW)
    fleet.restock(key_id=key.pk, actor=AGENT, at=NOW)
    with pytest.raises(slips.NotHandedError):
        slips.slip(key_id=key.pk)

    handed = fleet.hand_over(
        key_id=key.pk, person_id=cast.head.pk, uai=SCHOOL, actor=AGENT, at=NOW, today=TODAY
    )

    text = read(slips.slip(key_id=key.pk))
    assert "MOREL Claire" in text
    assert f"Collège {SCHOOL} ({SCHOOL})" in text
    assert "1er septembre 2026 à 14 h 05" in text
    assert handed.code in read(slips.code_sheet(key_id=key.pk, code=handed.code))


def test_the_sheet_of_a_code_is_written_while_the_code_is_good_and_not_after(cast: Cast) -> None:
    handed = handed_to(cast.secretary)
    fleet.renew_code(key_id=handed.key.pk, actor=AGENT, at=NOW)

    with pytest.raises(slips.CodeGoneError):
        slips.code_sheet(key_id=handed.key.pk, code=handed.code)


# API keys of old


def test_a_certificate_is_declared_in_one_act_with_its_last_day(cast: Cast) -> None:
    key = declare.declare_certificate(
        person_id=cast.head.pk,
        uai=SCHOOL,
        subject=" CN=Claire Morel,O=Fiction ",
        expires_on=date(2027, 6, 30),
        actor=AGENT,
        at=NOW,
        today=TODAY,
    )

    assert (key.kind, key.state, key.person) == ("certificate", "active", cast.head)
    assert (key.subject, key.expires_on) == ("CN=Claire Morel,O=Fiction", date(2027, 6, 30))
    assert told(key) == ["added"]
    assert acts() == ["key.added"]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"subject": "  "}, declare.SubjectUnusableError),
        ({"subject": "x" * 251}, declare.SubjectUnusableError),
        ({"subject": "CN=taken"}, SubjectTakenError),
        ({"expires_on": date(2026, 8, 31)}, declare.CertificateOverError),
        ({"uai": NEXT_DOOR}, fleet.HolderUnusableError),
    ],
)
def test_a_certificate_that_cannot_be_declared_is_refused(
    cast: Cast, changed: dict[str, Any], refusal: type[RefusedError]
) -> None:
    given: dict[str, Any] = {
        "uai": SCHOOL, "subject": "CN=new", "expires_on": None, "actor": AGENT, "at": NOW, "today": TODAY,
    }  # fmt: skip
    declare.declare_certificate(person_id=cast.secretary.pk, **given | {"subject": "CN=taken"})

    with pytest.raises(refusal):
        declare.declare_certificate(person_id=cast.head.pk, **given | changed)

    assert Key.objects.filter(kind="certificate").count() == 1
