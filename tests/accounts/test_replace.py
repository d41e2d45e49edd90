"""A key replaced in the school, without the authority: two colleagues answer for the third."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from tests.accounts.acting import confined
from tests.accounts.pskc import pskc, token
from tests.accounts.visits import Visit, new_session
from tests.cast import Cast
from tests.keys_of import HotpKey, TotpKey, paper_codes, totp_key

from bascule.accounts import activation, first_key, signin, tries
from bascule.accounts.keys import fleet, register
from bascule.accounts.keys.oath import CodeSource
from bascule.accounts.keys.seeds import read_seeds
from bascule.accounts.models import Key, Person, Session
from bascule.accounts.pending import Stage
from bascule.accounts.profiles import AUTHORITY, Permission, Profile
from bascule.accounts.replace import (
    NotInReserveError,
    NotOfSchoolError,
    Reason,
    Replaced,
    ReplacementRefusedError,
    SamePersonError,
    Voucher,
    VoucherRefusedError,
    replace_locally,
)
from bascule.errors import RefusedError
from bascule.journal import access
from bascule.journal.models import Act
from bascule.journal.verify import verify_chain
from bascule.store.policies import open_schools

RESERVED = "2600000001"
NEW_PASSWORD = "sept tables rondes en bois"  # noqa: S105 - of fictional people


@dataclass
class School:
    """A head, two secretaries and a key in the drawer; the second secretary lost hers."""

    cast: Cast

    def __post_init__(self) -> None:
        self.cast.give("lea.seconde", Profile.SECRETARY)
        self.lea = self.cast.person("lea.seconde")
        self.head, self.paul = self.cast.head, self.cast.secretary
        self.keys: dict[str, TotpKey] = {
            person.login: totp_key(person, seed=f"seed of {person.login:30}".encode())
            for person in (self.head, self.paul, self.lea)
        }
        now = timezone.now()
        fleet.receive(seeds=read_seeds(content=pskc(token(1))), actor="tests", at=now)
        drawer = Key.objects.get(serial=RESERVED)
        fleet.reserve(key_id=drawer.pk, uai=self.cast.school, actor="tests", at=now)

    def voucher(self, person: Person) -> Voucher:
        held = self.keys.get(person.login)
        return Voucher(person.login, held.code() if held else "123456")

    def replace(
        self,
        first: Person | Voucher,
        second: Person | Voucher,
        *,
        whose: Person | None = None,
        serial: str = RESERVED,
        reason: Reason = Reason.LOST,
    ) -> Replaced:
        both = [one if isinstance(one, Voucher) else self.voucher(one) for one in (first, second)]
        # As a page of the school does it: what a refusal counted is kept.
        with confined(self.head, Permission.KEYS_LOCAL):
            try:
                return replace_locally(
                    uai=self.cast.school,
                    person_id=(whose or self.lea).pk,
                    serial=serial,
                    reason=reason,
                    first=both[0],
                    second=both[1],
                    at=timezone.now(),
                    today=timezone.localdate(),
                    address="192.0.2.1",
                )
            except RefusedError as caught:
                refusal = caught
        raise refusal


@pytest.fixture
def school(cast: Cast) -> School:
    return School(cast)


def told(key: Key) -> list[tuple[str, str]]:
    return [(line.kind, line.actor) for line in register.history_of(key_id=key.pk)]


def acts(uai: str) -> list[Act]:
    with transaction.atomic():
        open_schools(uai)
        return list(Act.objects.filter(uai=uai, kind="key.replace"))


# What two colleagues do


def test_two_colleagues_give_a_key_of_the_drawer_and_the_authority_does_nothing(
    school: School,
) -> None:
    before = acts(AUTHORITY)

    done = school.replace(school.head, school.paul)

    both = "claire.morel + paul.petit"
    given = Key.objects.get(serial=RESERVED)
    assert (given.state, given.person, given.reserve) == ("handed", school.lea, "")
    assert told(given)[-1] == ("handed", both)
    assert told(school.keys["lea.seconde"].key) == [("lost", both)]
    assert done.ended_count == 1
    (act,) = acts(school.cast.school)
    assert act.actor == both
    assert acts(AUTHORITY) == before
    assert not verify_chain(uai=school.cast.school).faults


def test_two_secretaries_may_do_it_too(school: School) -> None:
    school.cast.give("max.tiers", Profile.DELEGATE, permission=Permission.KEYS_LOCAL)
    max_ = school.cast.person("max.tiers")
    school.keys["max.tiers"] = totp_key(max_, seed=b"seed of max, twenty b")

    done = school.replace(school.paul, max_)

    assert done.key is not None
    assert done.key.person == school.lea


def test_a_key_replaced_no_longer_opens_and_its_sessions_are_over(school: School) -> None:
    old = school.keys["lea.seconde"]
    Session.objects.create(
        session_key="hers",
        session_data="",
        expire_date=timezone.now() + timedelta(days=1),
        person=school.lea,
        key=old.key,
    )

    school.replace(school.head, school.paul)

    assert not Session.objects.filter(person=school.lea).exists()
    visit = Visit()
    visit.password(school.lea)
    with pytest.raises(signin.CodeRefusedError):
        visit.code(old.code(at=visit.at, steps=1))


def test_the_new_key_opens_with_her_password_the_code_of_the_sheet_and_its_own(
    school: School,
) -> None:
    done = school.replace(school.head, school.paul)
    in_hand = HotpKey(Key.objects.get(serial=RESERVED), CodeSource(token(1).secret))

    visit = Visit()
    visit.password(school.lea)
    entered = first_key.activate_handed(
        visit.session,
        slip=done.code,
        first=in_hand.press(),
        second=in_hand.press(),
        at=visit.at,
        browser=visit.browser,
    )

    assert entered.key.serial == RESERVED
    assert entered.person == school.lea


def test_a_code_of_activation_lets_her_add_an_application(school: School) -> None:
    done = school.replace(school.head, school.paul, serial="")

    session, now = new_session(), timezone.now()
    activation.give_code(session, login="lea.seconde", code=done.code, at=now, address="192.0.2.1")
    waiting = activation.choose_password(
        session, password=NEW_PASSWORD, at=now, address="192.0.2.1"
    )

    assert done.key is None
    assert waiting.stage is Stage.FIRST_KEY
    assert told(school.keys["lea.seconde"].key)[-1][0] == "lost"


def test_a_broken_key_is_withdrawn_and_codes_on_paper_are_never_lost(school: School) -> None:
    paper_codes(school.lea)

    school.replace(school.head, school.paul, reason=Reason.BROKEN)

    assert set(
        Key.objects.filter(person=school.lea).exclude(serial=RESERVED).values_list("kind", "state")
    ) == {("totp", "withdrawn"), ("paper", "withdrawn")}


def test_whoever_declared_her_key_lost_already_is_given_another(school: School) -> None:
    fleet.declare_lost(key_id=school.keys["lea.seconde"].key.pk, actor="tests", at=timezone.now())

    assert school.replace(school.head, school.paul).ended_count == 0


# What is refused


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("claire.morel", "claire.morel"),
        ("lea.seconde", "claire.morel"),
        ("claire.morel", "lea.seconde"),
        ("claire.morel", " CLAIRE.MOREL "),
    ],
)
def test_the_same_person_twice_or_the_colleague_herself_is_refused(
    school: School, first: str, second: str
) -> None:
    def of(login: str) -> Voucher:
        return Voucher(login, school.keys[login.strip().lower()].code())

    with pytest.raises(SamePersonError):
        school.replace(of(first), of(second))

    assert told(school.keys["lea.seconde"].key) == []


def test_a_third_person_without_the_right_is_refused(school: School) -> None:
    teacher, neighbour = "jean.prof", school.cast.head_next_door
    school.cast.give(teacher, Profile.TEACHER)
    school.cast.give(
        "old.secretary", Profile.SECRETARY, ends_on=timezone.localdate() - timedelta(days=1)
    )
    school.cast.give(
        "new.secretary", Profile.SECRETARY, starts_on=timezone.localdate() + timedelta(days=1)
    )
    disabled = school.cast.person("gone.secretary", state=Person.State.DISABLED)
    school.cast.give("gone.secretary", Profile.SECRETARY)

    for login in (
        teacher, "old.secretary", "new.secretary", neighbour.login, disabled.login, "agent.deep", "nobody",
    ):  # fmt: skip
        with pytest.raises(VoucherRefusedError) as caught:
            school.replace(school.head, Voucher(login, "123456"))
        assert caught.value.rank == 2
        with pytest.raises(VoucherRefusedError) as caught:
            school.replace(Voucher(login, "123456"), school.head)
        assert caught.value.rank == 1


def test_a_wrong_code_is_counted_noted_and_replaces_nothing(school: School) -> None:
    with pytest.raises(VoucherRefusedError) as caught:
        school.replace(school.head, Voucher("paul.petit", "000000"))

    assert caught.value.rank == 2
    assert Person.objects.get(login="paul.petit").failed_count == 1
    assert Key.objects.get(serial=RESERVED).state == "stock"
    noted = access.find(uais=[AUTHORITY], criteria=access.Criteria(kinds=("key.vouch-failed",)))
    assert [line.actor for line in noted] == ["paul.petit"]


def test_codes_cannot_be_tried_for_ever(school: School) -> None:
    for _ in range(tries.LOCK_AFTER):
        with pytest.raises(VoucherRefusedError):
            school.replace(Voucher("claire.morel", "000000"), Voucher("paul.petit", "000000"))

    with pytest.raises(VoucherRefusedError, match="bloqué") as caught:
        school.replace(school.head, school.paul)

    assert caught.value.rank == 1


def test_a_code_that_was_used_is_not_taken_again(school: School) -> None:
    first, second = school.voucher(school.head), school.voucher(school.paul)
    school.replace(first, second)

    with pytest.raises(VoucherRefusedError, match="déjà servi"):
        school.replace(first, second, serial="")


def test_whoever_is_not_of_the_school_is_not_there(school: School) -> None:
    for person in (school.cast.head_next_door, school.cast.outsider):
        with pytest.raises(NotOfSchoolError):
            school.replace(school.head, school.paul, whose=person)


def test_whoever_acts_for_the_authority_too_goes_to_the_authority(school: School) -> None:
    school.cast.give("lea.seconde", Profile.CECOIA)

    with pytest.raises(ReplacementRefusedError, match="rectorat"):
        school.replace(school.head, school.paul)


def test_an_account_that_was_never_activated_has_its_letter(school: School) -> None:
    Person.objects.filter(pk=school.lea.pk).update(state=Person.State.INVITED)

    with pytest.raises(ReplacementRefusedError, match="lettre"):
        school.replace(school.head, school.paul)


@pytest.mark.parametrize("serial", ["2600000002", "999"])
def test_only_a_key_of_the_drawer_of_the_school_is_given(school: School, serial: str) -> None:
    now = timezone.now()
    fleet.receive(seeds=read_seeds(content=pskc(token(2))), actor="tests", at=now)
    other = Key.objects.get(serial="2600000002")
    fleet.reserve(key_id=other.pk, uai=school.cast.other_school, actor="tests", at=now)

    with pytest.raises(NotInReserveError):
        school.replace(school.head, school.paul, serial=serial)

    # Nothing was tried of the codes: they are still good.
    assert school.replace(school.head, school.paul).key is not None


def test_two_secretaries_alone_do_not_open_an_account_anew(school: School) -> None:
    school.cast.give("max.tiers", Profile.SECRETARY)
    max_ = school.cast.person("max.tiers")
    school.keys["max.tiers"] = totp_key(max_, seed=b"seed of max, twenty b")

    with pytest.raises(ReplacementRefusedError, match="mot de passe"):
        school.replace(school.paul, max_, whose=school.head, serial="")

    assert school.replace(school.paul, max_, whose=school.head).key is not None
