"""One-time codes: the vectors of both texts, and what is taken around the one expected."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given, strategies as st

from bascule.accounts.keys import oath
from bascule.accounts.keys.oath import CodeSource

#: RFC 4226, appendix D.
SEED = b"12345678901234567890"
HOTP_CODES = (
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
)  # fmt: skip
#: RFC 6238, appendix B: the seeds that its program uses, then its table.
SEEDS = {"SHA1": SEED, "SHA256": (SEED * 2)[:32], "SHA512": (SEED * 4)[:64]}
TOTP_CODES = (
    (59, {"SHA1": "94287082", "SHA256": "46119246", "SHA512": "90693936"}),
    (1111111109, {"SHA1": "07081804", "SHA256": "68084774", "SHA512": "25091201"}),
    (1111111111, {"SHA1": "14050471", "SHA256": "67062674", "SHA512": "99943326"}),
    (1234567890, {"SHA1": "89005924", "SHA256": "91819424", "SHA512": "93441116"}),
    (2000000000, {"SHA1": "69279037", "SHA256": "90698825", "SHA512": "38618901"}),
    (20000000000, {"SHA1": "65353130", "SHA256": "77737706", "SHA512": "47863826"}),
)

KEY = CodeSource(SEED)
AT = datetime(2026, 11, 26, 14, 5, tzinfo=UTC)
NOW = KEY.step(AT)


@pytest.mark.parametrize(("counter", "code"), list(enumerate(HOTP_CODES)))
def test_codes_of_a_button_are_those_of_rfc_4226(counter: int, code: str) -> None:
    assert KEY.code(counter) == code
    assert oath.match_hotp(KEY, code, expected=counter) == counter


@pytest.mark.parametrize("algorithm", list(SEEDS))
@pytest.mark.parametrize(("seconds", "codes"), TOTP_CODES)
def test_codes_of_a_clock_are_those_of_rfc_6238(
    seconds: int, codes: dict[str, str], algorithm: str
) -> None:
    key = CodeSource(SEEDS[algorithm], algorithm=algorithm, digits=8)
    at = datetime.fromtimestamp(seconds, UTC)

    assert key.code(key.step(at)) == codes[algorithm]
    assert oath.match_totp(key, codes[algorithm], at=at, unused=0) == key.step(at)


@given(
    seed=st.binary(min_size=14, max_size=64),
    digits=st.integers(6, 8),
    algorithm=st.sampled_from(sorted(SEEDS)),
)
def test_an_application_that_reads_the_seed_shows_the_same_code(
    seed: bytes, digits: int, algorithm: str
) -> None:
    application = pyotp.TOTP(
        base64.b32encode(seed).decode(), digits=digits, digest=algorithm.lower(), interval=30
    )

    assert CodeSource(seed, algorithm, digits).code(NOW) == application.at(AT)


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_clock_may_be_one_step_early_or_late(seconds: int) -> None:
    code = KEY.code(KEY.step(AT + timedelta(seconds=seconds)))

    assert oath.match_totp(KEY, code, at=AT, unused=0) is not None


@pytest.mark.parametrize("seconds", [-60, 60])
def test_a_clock_may_not_be_two_steps_early_or_late(seconds: int) -> None:
    code = KEY.code(KEY.step(AT + timedelta(seconds=seconds)))

    assert oath.match_totp(KEY, code, at=AT, unused=0) is None


def test_a_step_is_taken_once() -> None:
    code = KEY.code(NOW)

    assert oath.match_totp(KEY, code, at=AT, unused=NOW) == NOW
    assert oath.match_totp(KEY, code, at=AT, unused=NOW + 1) is None
    assert oath.was_used(KEY, code, unused=NOW + 1, around=NOW)


def test_after_a_step_taken_early_the_steps_before_it_are_not_taken() -> None:
    assert oath.match_totp(KEY, KEY.code(NOW), at=AT, unused=NOW + 2) is None
    assert oath.match_totp(KEY, KEY.code(NOW + 1), at=AT, unused=NOW + 2) is None


@pytest.mark.parametrize("presses", [0, 1, 5])
def test_a_few_presses_for_nothing_are_forgiven(presses: int) -> None:
    assert oath.match_hotp(KEY, KEY.code(40 + presses), expected=40) == 40 + presses


def test_a_counter_is_taken_once_and_those_before_it_never_again() -> None:
    assert oath.match_hotp(KEY, KEY.code(42), expected=43) is None
    assert oath.match_hotp(KEY, KEY.code(41), expected=43) is None
    assert oath.was_used(KEY, KEY.code(41), unused=43)


@pytest.mark.parametrize("presses", [6, 20, 50])
def test_a_key_far_ahead_comes_back_by_two_codes_in_a_row(presses: int) -> None:
    first, second = KEY.code(40 + presses), KEY.code(41 + presses)

    assert oath.match_hotp(KEY, first, expected=40) is None
    assert oath.is_ahead(KEY, first, expected=40)
    assert oath.resynchronise(KEY, first, second, expected=40) == 41 + presses


@pytest.mark.parametrize("presses", [51, 100])
def test_a_key_too_far_ahead_does_not_come_back_by_itself(presses: int) -> None:
    first, second = KEY.code(40 + presses), KEY.code(41 + presses)

    assert not oath.is_ahead(KEY, first, expected=40)
    assert oath.resynchronise(KEY, first, second, expected=40) is None


def test_two_codes_that_do_not_follow_each_other_bring_nothing_back() -> None:
    assert oath.resynchronise(KEY, KEY.code(50), KEY.code(50), expected=40) is None
    assert oath.resynchronise(KEY, KEY.code(50), KEY.code(52), expected=40) is None
    assert oath.resynchronise(KEY, KEY.code(51), KEY.code(50), expected=40) is None


def test_codes_already_used_bring_nothing_back() -> None:
    assert oath.resynchronise(KEY, KEY.code(38), KEY.code(39), expected=40) is None


@given(typed=st.text(max_size=20))
def test_what_is_no_code_is_no_code(typed: str) -> None:
    assert oath.match_hotp(KEY, typed, expected=3) in {None, *range(3, 9)}


@pytest.mark.parametrize("typed", ["755 224", " 755224\n", "755\u202f224", "755-224", "75 52 24"])
def test_a_code_may_be_cut_and_pasted(typed: str) -> None:
    assert oath.without_separators(typed) == "755224"
