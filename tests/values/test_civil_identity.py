import unicodedata
from datetime import date

import pytest
from hypothesis import given, strategies as st

from bascule.values import civil_identity

LETTERS = (
    "abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüÿñœæßøåşłžđčń\u0131"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÂÇÉÈÊËÎÏÔÙÛÜŸÑŒÆØÅŞŁŽĐČŃİ"
)
NAMES = st.text(LETTERS + " -'\u2019\u2010\xa0", max_size=30)
ANY_TEXT = st.text(max_size=30)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("dupré", "DUPRÉ"),
        ("d'estaing", "D'ESTAING"),
        ("d\u2019Estaing", "D'ESTAING"),
        ("d`estaing", "D'ESTAING"),
        ("D\u00b4Estaing", "D'ESTAING"),
        ("  le   goff ", "LE GOFF"),
        ("le\u00a0goff", "LE GOFF"),
        ("martin\u2010dubois", "MARTIN-DUBOIS"),
        ("martin\u2011dubois", "MARTIN-DUBOIS"),
        ("martin--dubois", "MARTIN--DUBOIS"),
        ("lebœuf", "LEBŒUF"),
        ("cæsar", "CÆSAR"),
        ("Groß", "GROSS"),
        ("dupre\u0301", "DUPRÉ"),
        ("ŉdiaye", "'NDIAYE"),
    ],
)
def test_a_family_name_is_stored_in_capitals_with_its_accents(written: str, stored: str) -> None:
    assert civil_identity.family_name(written) == stored


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("jean-baptiste", "Jean-Baptiste"),
        ("MARIE ANGE", "Marie Ange"),
        ("d'arcy", "D'Arcy"),
        ("zoé", "Zoé"),
        ("ÉLOÏSE", "Éloïse"),
        ("œdipe", "Œdipe"),
        ("noël\u2010andré", "Noël-André"),
        ("JEAN\u2011RÉMI", "Jean-Rémi"),
        ("éloise d\u2019arcy", "Éloise D'Arcy"),
        ("ELOI\u0308SE", "Eloïse"),
        ("olúwáṣẹ\u0301gun", "Olúwáṣẹ\u0301gun"),
        ("  léa  ", "Léa"),
    ],
)
def test_a_first_name_has_a_capital_at_each_part(written: str, stored: str) -> None:
    assert civil_identity.first_name(written) == unicodedata.normalize("NFC", stored)


@given(ANY_TEXT | NAMES)
def test_storing_a_first_name_again_changes_nothing(text: str) -> None:
    once = civil_identity.first_name(text)

    assert civil_identity.first_name(once) == once


@given(ANY_TEXT | NAMES)
def test_storing_a_family_name_again_changes_nothing(text: str) -> None:
    once = civil_identity.family_name(text)

    assert civil_identity.family_name(once) == once


@given(NAMES)
def test_storing_a_name_keeps_its_key(text: str) -> None:
    key = civil_identity.key(text)

    assert civil_identity.key(civil_identity.family_name(text)) == key
    assert civil_identity.key(civil_identity.first_name(text)) == key


@given(NAMES)
def test_a_key_does_not_see_case_nor_unicode_form(text: str) -> None:
    key = civil_identity.key(text)

    assert civil_identity.key(text.upper()) == key
    assert civil_identity.key(text.lower()) == key
    for form in ("NFC", "NFD"):
        assert civil_identity.key(unicodedata.normalize(form, text)) == key


@given(NAMES)
def test_a_key_does_not_see_accents(text: str) -> None:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))

    assert civil_identity.key(bare) == civil_identity.key(text)


@given(NAMES)
def test_a_key_does_not_tell_a_hyphen_or_an_apostrophe_from_a_blank(text: str) -> None:
    blank = text.translate(str.maketrans(dict.fromkeys("-'\u2019\u2010", " ")))

    assert civil_identity.key(blank) == civil_identity.key(text)


@given(ANY_TEXT)
def test_a_key_holds_words_and_single_blanks_only(text: str) -> None:
    key = civil_identity.key(text)

    assert key == " ".join(key.split())
    assert key.replace(" ", "").isalnum() or not key


@given(ANY_TEXT | NAMES)
def test_the_key_of_a_key_is_itself(text: str) -> None:
    key = civil_identity.key(text)

    assert civil_identity.key(key) == key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("LEBŒUF", "LEBOEUF"),
        ("Cæsar", "CAESAR"),
        ("Groß", "GROSS"),
        ("O'Connor-Nuñez", "O CONNOR NUNEZ"),
        ("Łukasz Ðinh Søren", "LUKASZ DINH SOREN"),
        ("ŉdiaye", "NDIAYE"),
        ("St. Martin", "ST MARTIN"),
        ("- '", ""),
    ],
)
def test_a_key_is_what_spellings_have_in_common(written: str, key: str) -> None:
    assert civil_identity.key(written) == key


@pytest.mark.parametrize(
    "alike",
    [
        ("de La Tour", "LA TOUR", "Latour", "DE LATOUR"),
        ("Le Goff", "LEGOFF"),
        ("d'Ormesson", "Ormesson", "D\u2019ORMESSON"),
        ("Martin-Dubois", "MARTIN DUBOIS", "Martindubois"),
        ("de Sousa", "SOUSA"),
    ],
)
def test_look_alikes_have_one_match_key(alike: tuple[str, ...]) -> None:
    assert len({civil_identity.match_key(name) for name in alike}) == 1


@pytest.mark.parametrize("name", ["De", "D'", "DENIS", "DUPONT"])
def test_a_match_key_never_eats_the_name_itself(name: str) -> None:
    assert civil_identity.match_key(name) == civil_identity.key(name)


def test_a_list_sorts_by_french_habits() -> None:
    wanted = [
        ("DE BALZAC", "Honoré"),
        ("DU BELLAY", "Joachim"),
        ("DUPONT", "Zoé"),
        ("DUPRÉ", "Ève"),
        ("DUPRE", "Léa"),
        ("LA FONTAINE", "Jean"),
        ("DE LA TOUR", "Anne"),
        ("LE GOFF", "Yann"),
        ("LEBŒUF", "Luc"),
        ("MARTIN", "Zoé"),
        ("MARTIN DUBOIS", "Anne"),
        ("MARTIN-DUBOIS", "Bruno"),
        ("D'ORMESSON", "Jean"),
    ]

    found = sorted(wanted, key=lambda name: civil_identity.sort_key(*name))

    assert found == wanted


def test_strict_identity_takes_spellings_for_one_and_birth_dates_for_two() -> None:
    day = date(2014, 3, 2)
    key = civil_identity.identity_key("DUPRÉ-LEBŒUF", "Jean-Noël", day)

    assert civil_identity.identity_key("dupre leboeuf", "JEAN NOEL", day) == key
    assert civil_identity.identity_key("DUPRÉ-LEBŒUF", "Jean-Noël", date(2014, 2, 3)) != key
    assert civil_identity.identity_key("DUPRÉ-LEBŒUF", "Jean-Noël") != key


def test_strict_identity_keeps_family_and_first_name_apart() -> None:
    assert civil_identity.identity_key("MARTIN PAUL", "Jean") != civil_identity.identity_key(
        "MARTIN", "Paul Jean"
    )


def test_strict_identity_keeps_the_particle() -> None:
    assert civil_identity.identity_key("DE BALZAC", "Luc") != civil_identity.identity_key(
        "BALZAC", "Luc"
    )


@given(st.text("œßæaZ -", max_size=100), st.text("œßæaZ -", max_size=100))
def test_keys_of_the_longest_names_fit_their_columns(family: str, first: str) -> None:
    assert len(civil_identity.identity_key(family, first, date(2014, 3, 2))) <= 230
    assert len(civil_identity.sort_key(family, first)) <= 230


def test_the_longest_key_is_cut_to_its_column() -> None:
    name = "œ" * 100

    assert len(civil_identity.identity_key(name, name, date(2014, 3, 2))) <= 230
    assert len(civil_identity.sort_key(name, name)) <= 230


def test_the_usual_name_comes_first_and_the_family_name_in_brackets() -> None:
    assert civil_identity.display("DUPRÉ", "MARTIN", "Léa") == "MARTIN (DUPRÉ) Léa"


@pytest.mark.parametrize("usual", [None, "", "DUPRÉ"])
def test_a_usual_name_that_adds_nothing_is_not_shown(usual: str | None) -> None:
    assert civil_identity.display("DUPRÉ", usual, "Léa") == "DUPRÉ Léa"


@pytest.mark.parametrize("text", ["DU\x00PRÉ", "DU\tPRÉ", "DU\nPRÉ", "DU\x85PRÉ", "DUPR\x92"])
def test_control_characters_are_seen(text: str) -> None:
    assert civil_identity.has_control_characters(text)


@pytest.mark.parametrize("text", ["", "DUPRÉ", "D'ESTAING", "LE\u00a0GOFF", "DU\u200bPRÉ"])
def test_other_texts_have_no_control_character(text: str) -> None:
    assert not civil_identity.has_control_characters(text)


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("DU\x00PRÉ", "\x00"),
        ("DUPR\x92\x92", "\x92"),
        ("\u202eDUPRÉ\u202c", "\u202e\u202c"),
        ("DU\u200bPRÉ", "\u200b"),
        ("\ufeffDUPRÉ", "\ufeff"),
        ("DU\u00adPRÉ", "\u00ad"),
        ("DUPR\ufffd", "\ufffd"),
        ("DU\u3164PRÉ", "\u3164"),
        ("DU\ud800PRÉ", "\ud800"),
    ],
)
def test_what_nobody_sees_is_strange(text: str, strange: str) -> None:
    assert civil_identity.strange_characters(text) == strange


@pytest.mark.parametrize(
    "text", ["", "DUPRÉ Léa", "LE\u00a0GOFF", "D\u2019ESTAING", "NGUYỄN", "ÇELİK", "ŠTĚPÁNEK"]
)
def test_letters_of_other_countries_are_not_strange(text: str) -> None:
    assert civil_identity.strange_characters(text) == ""
