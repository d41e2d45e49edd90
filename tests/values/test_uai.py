from string import ascii_uppercase

import pytest
from hypothesis import given, strategies as st

from bascule.values.uai import KEY_ALPHABET, is_uai, make_uai, normalise_uai, uai_key


@pytest.mark.parametrize(
    "text", ["0770000G", "0930001W", "0949999H", "0770123R", "0940500H", "0772276F"]
)
def test_a_uai_with_its_key_is_one(text: str) -> None:
    assert is_uai(text)


@pytest.mark.parametrize(
    "text",
    [
        "0770000H",
        "0930001X",
        "0949999J",
        "0770123S",
        "0940500J",
        "077227",
        "0772276i",
        "0772276f",
        "",
        "0772276F\n",
        " 0772276F",
        "077227\u0666F",
        "0772276É",
    ],
)
def test_a_wrong_key_or_form_is_no_uai(text: str) -> None:
    assert not is_uai(text)


def test_the_key_alphabet_leaves_out_letters_that_look_like_digits() -> None:
    assert len(set(KEY_ALPHABET)) == 23
    assert not set("IOQ") & set(KEY_ALPHABET)


@given(st.integers(0, 9_999_999))
def test_exactly_one_letter_is_the_key_of_seven_digits(number: int) -> None:
    digits = f"{number:07d}"

    right = [letter for letter in ascii_uppercase if is_uai(digits + letter)]

    assert right == [uai_key(digits)]


@pytest.mark.parametrize("typed", ["0772276f", " 0772276F ", "077 2276 f", "0772276F\n"])
def test_a_typed_uai_is_brought_to_its_form(typed: str) -> None:
    assert normalise_uai(typed) == "0772276F"


def test_normalising_leaves_a_wrong_key_for_the_caller_to_refuse() -> None:
    assert normalise_uai("0772276a") == "0772276A"


@pytest.mark.parametrize(
    "typed", ["", "0772276", "772276F", "07722765F", "077227\u0666F", "O772276F"]
)
def test_normalising_another_form_gives_nothing(typed: str) -> None:
    assert normalise_uai(typed) is None


@given(st.sampled_from(["077", "093", "094", "971", "02A", "02B"]), st.integers(0, 9999))
def test_a_made_uai_is_right(department: str, number: int) -> None:
    assert is_uai(make_uai(department, number))


def test_corsica_has_its_own_beginnings() -> None:
    assert make_uai("02A", 1).startswith("6200001")
    assert make_uai("02B", 1).startswith("7200001")


@pytest.mark.parametrize(
    ("department", "number"), [("077", 10_000), ("077", -1), ("77", 1), ("02C", 1), ("", 1)]
)
def test_what_cannot_stand_in_a_uai_is_a_fault(department: str, number: int) -> None:
    with pytest.raises(ValueError, match="no UAI"):
        make_uai(department, number)
