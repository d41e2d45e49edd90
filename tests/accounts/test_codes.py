import pytest

from bascule.accounts import codes


def test_a_code_has_no_character_that_is_taken_for_another() -> None:
    made = {codes.new_code(groups=5) for _ in range(200)}

    assert len(made) == 200
    assert all(len(code) == 24 for code in made)
    assert not set("".join(made)) & set("01258BILOSUVZ")


@pytest.mark.parametrize(
    "typed", ["ACDE-3467-QRTW", "acde3467qrtw", " acde 3467 qrtw ", "ACDE–3467–QRTW"]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert codes.is_code(typed, codes.digest_of("ACDE-3467-QRTW"))


def test_another_code_is_not_taken_and_a_used_one_is_never() -> None:
    assert not codes.is_code("ACDE-3467-QRTX", codes.digest_of("ACDE-3467-QRTW"))
    assert not codes.is_code("", b"")
    assert not codes.is_code("ACDE-3467-QRTW", b"")
