from tests.exchange.outgoing.rolls import MEF, SENDING

from bascule.exchange.outgoing.structures import Group, structures


def test_a_division_has_label_contract_and_mef() -> None:
    _, division = structures(SENDING, [Group("6 A", "SIXIEME A", "3", [MEF])], [])

    assert division.tag == "DIVISION"
    assert division.fields == {
        "@CODE_STRUCTURE": "6 A",
        "LIBELLE_LONG": "SIXIEME A",
        "CODE_CONTRAT": "3",
        "MEFS_APPARTENANCE": {"MEF_APPARTENANCE": [{"CODE_MEF": MEF}]},
    }


def test_a_division_without_a_label_bears_its_code() -> None:
    _, division = structures(SENDING, [Group("6 A")], [])

    assert division.fields == {"@CODE_STRUCTURE": "6 A", "LIBELLE_LONG": "6 A"}


def test_a_label_longer_than_the_format_takes_is_cut() -> None:
    _, division = structures(SENDING, [Group("6 A", "Sixième à horaires aménagés musique")], [])

    assert division.fields["LIBELLE_LONG"] == "Sixième à horaires a"


def test_a_group_comes_after_the_divisions_and_names_those_it_draws_from() -> None:
    groups = [Group("6AGL1", "ANGLAIS", "", [MEF], ["6 A", "6 B"])]

    *_, group = structures(SENDING, [Group("6 A"), Group("6 B")], groups)

    assert group.tag == "GROUPE"
    assert group.fields["DIVISIONS_APPARTENANCE"] == {
        "DIVISION_APPARTENANCE": [{"CODE_STRUCTURE": "6 A"}, {"CODE_STRUCTURE": "6 B"}]
    }
