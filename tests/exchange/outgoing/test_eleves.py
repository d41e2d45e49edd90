from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.exchange.outgoing.rolls import (
    BEA,
    BEFORE,
    RNIE,
    SENDING,
    enrolment,
    pupil,
    roll,
    schooling,
    student,
)

from bascule.exchange.outgoing.eleves import eleves
from bascule.exchange.outgoing.roll import Roll
from bascule.formats.record import Record


def _by_tag(records: Iterable[Record]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for record in records:
        found.setdefault(record.tag, []).append(record.fields)
    return found


def _written(of: Roll, *, with_addresses: bool = True) -> dict[str, list[Any]]:
    return _by_tag(eleves(SENDING, of, with_addresses=with_addresses))


def _pupil_of(**changes: Any) -> dict[str, Any]:
    return dict(_written(roll(pupil(**changes)))["ELEVE"][0])


def test_the_header_says_school_year_and_instant() -> None:
    assert _written(roll())["PARAMETRES"] == [
        {
            "UAJ": SENDING.uai,
            "ANNEE_SCOLAIRE": "2026",
            "DATE_EXPORT": "05/10/2026",
            "HORODATAGE": "05/10/2026 18:30:07",
        }
    ]


def test_a_pupil_bears_our_ids_and_the_softwares() -> None:
    written = _pupil_of()

    assert {tag: written[tag] for tag in ("@ELEVE_ID", "@ELENOET", "ELENOET", "ID_PRV_ELE")} == {
        "@ELEVE_ID": "100001",
        "@ELENOET": "42",
        "ELENOET": "42",
        "ID_PRV_ELE": "57",
    }
    assert written["ID_ELEVE_ETAB"] == "00042" + SENDING.uai[1:7]


@pytest.mark.parametrize(
    ("numbers", "in_force"),
    [
        ({"ine": BEA, "ine_bea": BEA, "ine_rnie": RNIE}, RNIE),
        ({"ine": BEA, "ine_bea": None, "ine_rnie": None}, BEA),
        ({"ine": None, "ine_bea": BEA, "ine_rnie": None}, BEA),
        ({"ine": None, "ine_bea": None, "ine_rnie": None}, None),
    ],
)
def test_the_national_number_in_force_is_that_of_the_national_register_when_there_is_one(
    numbers: dict[str, str | None], in_force: str | None
) -> None:
    assert _pupil_of(student=student(**numbers)).get("ID_NATIONAL") == in_force


def test_what_local_software_takes_for_granted_is_written_even_when_unknown() -> None:
    unknown = enrolment(regime=None, takes_transport=None, is_repeating=None, entered_on=None)

    written = _pupil_of(enrolment=unknown, schooling=schooling(status=None))

    assert {tag: written[tag] for tag in ("DOUBLEMENT", "CODE_REGIME", "ADHESION_TRANSPORT")} == {
        "DOUBLEMENT": "0",
        "CODE_REGIME": "0",
        "ADHESION_TRANSPORT": "0",
    }
    assert (written["DATE_ENTREE"], written["CODE_STATUT"]) == ("01/09/2026", "ST")


def test_no_entry_is_invented_for_a_pupil_who_came_later() -> None:
    written = _pupil_of(enrolment=enrolment(entered_on=None), came_late=True)

    assert "DATE_ENTREE" not in written


def test_a_pupil_who_left_is_written_with_date_and_reason() -> None:
    written = _pupil_of(enrolment=enrolment(left_on=date(2026, 9, 30), exit_reason="11"))

    assert (written["DATE_SORTIE"], written["CODE_MOTIF_SORTIE"]) == ("30/09/2026", "11")


def test_the_birth_commune_gives_its_departement() -> None:
    assert _pupil_of()["CODE_DEPARTEMENT_NAISS"] == "077"


def test_last_year_is_written_in_two_places() -> None:
    written = _pupil_of()

    assert written["CODE_PROVENANCE"] == "2"
    assert written["SCOLARITE_AN_DERNIER"] == {
        "CODE_MEF": "10110010110",
        "CODE_STRUCTURE": "CM2",
        "CODE_RNE": BEFORE,
    }


def test_a_pupil_without_a_schooling_has_neither_mef_nor_structure() -> None:
    written = _written(roll(pupil(schooling=None)))

    assert "CODE_MEF" not in written["ELEVE"][0]
    assert "STRUCTURES_ELEVE" not in written
    assert "OPTION" not in written


def test_options_are_numbered_in_their_order_and_without_host() -> None:
    written = _written(roll(pupil(schooling=schooling(options=["030201 O", "020100 F 0990002Y"]))))

    assert written["OPTION"] == [
        {
            "@ELEVE_ID": "100001",
            "@ELENOET": "42",
            "OPTIONS_ELEVE": [
                {"NUM_OPTION": "1", "CODE_MODALITE_ELECT": "O", "CODE_MATIERE": "030201"},
                {"NUM_OPTION": "2", "CODE_MODALITE_ELECT": "F", "CODE_MATIERE": "020100"},
            ],
        }
    ]


def test_the_division_is_the_pupils_one_structure() -> None:
    assert _written(roll())["STRUCTURES_ELEVE"] == [
        {
            "@ELEVE_ID": "100001",
            "@ELENOET": "42",
            "STRUCTURE": [{"CODE_STRUCTURE": "6 A", "TYPE_STRUCTURE": "D"}],
        }
    ]


def test_grants_are_written_without_their_parts() -> None:
    written = _written(roll(pupil(enrolment=enrolment(grants=["1 3", "8 2"]))))

    assert [fields["CODE_BOURSE"] for fields in written["BOURSE"]] == ["1", "8"]


def test_an_address_that_two_pupils_share_is_written_once() -> None:
    of = roll(pupil(), pupil(id=100002, number=43))

    assert _written(of)["ADRESSE"] == [
        {
            "@ADRESSE_ID": "501",
            "LIGNE1_ADRESSE": "12 rue de l'Exemple",
            "CODE_POSTAL": "77000",
            "CODE_PAYS": "100",
            "LL_PAYS": "FRANCE",
            "LIBELLE_POSTAL": "MELUN",
        }
    ]


def test_without_addresses_only_their_ids_are_left() -> None:
    written = _written(roll(), with_addresses=False)

    assert "ADRESSE" not in written
    assert written["ELEVE"][0]["ADRESSE_ID"] == "501"


def test_a_telephone_number_of_more_than_twenty_characters_is_not_written() -> None:
    twenty = "+3360000000012345678"

    assert _pupil_of(student=student(work_phone=twenty))["TEL_PROFESSIONNEL"] == twenty
    assert "TEL_PROFESSIONNEL" not in _pupil_of(student=student(work_phone=f"{twenty}9"))


def test_what_is_not_known_is_not_written() -> None:
    bare = replace(student(), usual_name=None, email=None, sex=None, birth_commune=None)

    written = _pupil_of(student=bare)

    assert written.keys().isdisjoint(
        ("NOM_USAGE", "MEL", "CODE_SEXE", "CODE_COMMUNE_INSEE_NAISS", "CODE_DEPARTEMENT_NAISS")
    )
