from string import ascii_uppercase

import pytest
from hypothesis import given, strategies as st

from bascule.values.ine import IneKind, ine_key_is_right, ine_kind, make_ine_bea, make_ine_rnie

BEA_RIGHT = [
    "0000000000A",
    "1234567890V",
    "0100000000C",
    "2409999999S",
    "9999999999S",
    "0900024001H",
]
BEA_WRONG = [
    "0000000000B",
    "1234567890W",
    "0100000000D",
    "2409999999T",
    "9999999999T",
    "0900024001J",
    "1234567890I",
    "1234567890O",
    "1234567890Q",
]
RNIE_RIGHT = [
    "000000000KH",
    "120000001FH",
    "123456789FJ",
    "240000097BK",
    "999999999GE",
    "150424242GA",
]
RNIE_WRONG = [
    "000000000KJ",
    "120000001FJ",
    "123456789FK",
    "240000097BA",
    "999999999GF",
    "150424242GB",
    "123456789AI",
    "123456789AA",
]


@pytest.mark.parametrize("text", BEA_RIGHT)
def test_a_bea_number_with_its_letter_is_right(text: str) -> None:
    assert ine_kind(text) is IneKind.BEA
    assert ine_key_is_right(text)


@pytest.mark.parametrize("text", BEA_WRONG)
def test_a_wrong_letter_leaves_the_form_of_a_bea_number(text: str) -> None:
    assert ine_kind(text) is IneKind.BEA
    assert not ine_key_is_right(text)


@pytest.mark.parametrize("text", RNIE_RIGHT)
def test_a_registry_number_with_its_letters_is_right(text: str) -> None:
    assert ine_kind(text) is IneKind.RNIE
    assert ine_key_is_right(text)


@pytest.mark.parametrize("text", RNIE_WRONG)
def test_wrong_letters_leave_the_form_of_a_registry_number(text: str) -> None:
    assert ine_kind(text) is IneKind.RNIE
    assert not ine_key_is_right(text)


@pytest.mark.parametrize("text", ["2017A12345B", "0000A00000Z"])
def test_an_apprentice_number_is_taken_as_it_is(text: str) -> None:
    assert ine_kind(text) is IneKind.APPRENTICE
    assert ine_key_is_right(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789",
        "12345678AAA",
        "12345678901",
        "1234567890v",
        "1234567890V ",
        "1234567890V\n",
        "123456789\u0660V",
        "2017B12345B",
        "1234567890É",
    ],
)
def test_another_form_is_no_national_number(text: str) -> None:
    assert ine_kind(text) is None
    assert not ine_key_is_right(text)


@given(st.integers(0, 10**10 - 1))
def test_a_made_bea_number_is_right_and_no_other_letter_is(number: int) -> None:
    made = make_ine_bea(number)

    right = [letter for letter in ascii_uppercase if ine_key_is_right(made[:10] + letter)]

    assert ine_kind(made) is IneKind.BEA
    assert right == [made[10]]


@given(st.integers(0, 10**9 - 1))
def test_a_made_registry_number_is_right(number: int) -> None:
    made = make_ine_rnie(number)

    assert ine_kind(made) is IneKind.RNIE
    assert ine_key_is_right(made)


@given(st.integers(0, 10**9 - 1), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_never_keeps_the_key_of_a_registry_number(
    number: int, at: int, shift: int
) -> None:
    made = make_ine_rnie(number)
    digit = str((int(made[at]) + shift) % 10)

    assert not ine_key_is_right(made[:at] + digit + made[at + 1 :])


def test_numbers_that_are_too_long_are_a_fault() -> None:
    with pytest.raises(ValueError, match="BEA"):
        make_ine_bea(10**10)
    with pytest.raises(ValueError, match="BEA"):
        make_ine_bea(-1)
    with pytest.raises(ValueError, match="RNIE"):
        make_ine_rnie(10**9)
    with pytest.raises(ValueError, match="RNIE"):
        make_ine_rnie(-1)
