"""Which kind of file a beginning shows."""

import pytest

from bascule.formats.kinds import GROUP_LINKS, KINDS, PRIVATE_IMPORT, recognise, root_of


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("<A>", "A"),
        ("<A/>", "A"),
        ("\ufeff \n<?xml version='1.0'?>\n<!-- <B> --><?p <C> ?>\n<A\nx='1'>", "A"),
        ("<!DOCTYPE html>\n<A>", "html"),
        ("<!doctype A [<!ENTITY x 'y'>]><B>", "A"),
        ("<!-- never closed <A>", None),
        ("<IMPORT_EL", None),
        ("NOM;PRENOM", None),
        ("", None),
    ],
)
def test_the_root_is_the_first_element(text: str, root: str | None) -> None:
    assert root_of(text) == root


def test_persons_first_show_an_import_of_pupils() -> None:
    beginning = "<IMPORT_ELEVES><DONNEES><PERSONNES><PERSONNE>"

    assert recognise("IMPORT_ELEVES", beginning) is PRIVATE_IMPORT


def test_pupils_first_with_groups_show_an_import_of_group_links() -> None:
    beginning = "<DONNEES>\n <ELEVES><ELEVE><ID_PRV_ELE>1</ID_PRV_ELE><GROUPES>"

    assert recognise("IMPORT_ELEVES", beginning) is GROUP_LINKS


def test_pupils_first_without_groups_are_still_an_import_of_pupils() -> None:
    assert recognise("IMPORT_ELEVES", "<DONNEES><ELEVES><ELEVE>") is PRIVATE_IMPORT


def test_the_case_of_the_root_does_not_matter() -> None:
    assert recognise("HTML") is KINDS["html"]


def test_an_unknown_root_is_of_no_kind() -> None:
    assert recognise("BIDULE") is None


def test_each_kind_says_where_it_goes() -> None:
    assert all(kind.name.startswith(("un ", "une ")) for kind in KINDS.values())
    assert all(kind.use.endswith(".") for kind in KINDS.values())
