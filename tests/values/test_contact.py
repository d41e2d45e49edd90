import pytest

from bascule.values.contact import is_email, is_phone, normalise_phone


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("01 60 00 00 00", "0160000000"),
        ("01.60.00.00.00", "0160000000"),
        ("+33 1 60 00 00 00", "+33160000000"),
        ("01-60-00-00-00", "0160000000"),
        ("3131", "3131"),
    ],
)
def test_a_number_is_stored_without_separators(text: str, stored: str) -> None:
    assert is_phone(text)
    assert normalise_phone(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123",
        "0160000000 poste 12",
        "+",
        "01600000000000000000000",
        "00+33160000000",
        "01\t60000000",
        "01\u0660000000",
    ],
)
def test_anything_else_is_no_number(text: str) -> None:
    assert not is_phone(text)


@pytest.mark.parametrize(
    "text", ["lea.dupre@exemple.fr", "a+b@sous.domaine.exemple.org", "é@exemple.fr"]
)
def test_an_address_has_one_at_sign_and_a_dotted_domain(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lea",
        "lea@",
        "@exemple.fr",
        "lea@exemple",
        "lea@@exemple.fr",
        "lea @exemple.fr",
        "lea@exemple..fr",
        "lea@exemple.fr.",
        "lea\u200b@exemple.fr",
        "lea@exemple.fr\n",
        f"{'a' * 65}@exemple.fr",
        f"lea@{'a' * 250}.fr",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    assert not is_email(text)
