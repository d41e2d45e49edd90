import io
from datetime import date
from typing import Any

import pytest
from tests.exchange.outgoing.rolls import (
    BEA,
    FATHER,
    MOTHER,
    RNIE,
    SENDING,
    SITTER,
    enrolment,
    pupil,
    roll,
    schooling,
    student,
)

from bascule.exchange.outgoing.prive import prive
from bascule.exchange.outgoing.roll import Roll
from bascule.formats.import_eleves.description import VERSIONS, description_of
from bascule.formats.import_eleves.reader import read
from bascule.formats.xml_writer import write


def _written(of: Roll, version: str = "3.1") -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for record in prive(SENDING, of, version=version, software="EXEMPLE", send_number=7):
        found.setdefault(record.tag, []).append(record.fields)
    return found


def _pupil_of(version: str = "3.1", **changes: Any) -> dict[str, Any]:
    return dict(_written(roll(pupil(**changes)), version)["ELEVE"][0])


def test_the_header_is_that_of_the_software() -> None:
    assert _written(roll())["PARAMETRES"] == [
        {
            "@VERSION": "3.1",
            "UAJ": SENDING.uai,
            "ANNEE_SCOLAIRE": "2026",
            "DATE_IMPORT": "05/10/2026",
            "NUM_ENVOI": "7",
            "LOGICIEL": "EXEMPLE",
        }
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_is_written_in_its_own_shape_and_known_by_it(version: str) -> None:
    out = io.BytesIO()
    records = prive(SENDING, roll(), version=version, software="EXEMPLE", send_number=7)

    write(description_of(version), records, out)

    reading = read([out.getvalue()])
    assert [record.tag for record in reading][-1] == "ELEVE"
    assert (reading.version, reading.unknown) == (version, {})


def test_dates_and_answers_are_written_as_the_schema_wants() -> None:
    left = enrolment(left_on=date(2026, 9, 30), exit_reason="11", is_repeating=True)

    written = _pupil_of(enrolment=left)

    assert {
        tag: written[tag]
        for tag in ("CODE_MOTIF_SORTIE", "DATE_SORTIE", "DATE_NAISS", "DOUBLEMENT")
    } == {
        "CODE_MOTIF_SORTIE": "11",
        "DATE_SORTIE": "2026-09-30",
        "DATE_NAISS": "2015-03-14",
        "DOUBLEMENT": "true",
    }


def test_the_address_stands_inside_the_record() -> None:
    assert _pupil_of()["ADRESSE"] == {
        "LIGNE1_ADRESSE": "12 rue de l'Exemple",
        "CODE_POSTAL": "77000",
        "LL_POSTAL": "MELUN",
        "CODE_PAYS": "100",
    }


def test_version_2_has_two_legal_guardians_the_payer_first_and_old_kinships() -> None:
    written = _written(roll(pupil(links=((202, FATHER), (201, MOTHER), (203, SITTER)))), "2.0")

    assert written["ELEVE"][0]["RESPONSABLES_ELEVE"] == {
        "LEGAL1": {"ID_PRV_PER": "91", "CODE_PARENTE": "2"},
        "LEGAL2": {"ID_PRV_PER": "92", "CODE_PARENTE": "1"},
    }
    assert [person["ID_PRV_PER"] for person in written["PERSONNE"]] == ["91", "92"]


def test_version_3_0_asks_who_pays_under_another_name_and_not_whom_to_call_first() -> None:
    links = _pupil_of("3.0")["RESPONSABLES_ELEVE"]

    assert links["LEGAL"][0] == {
        "ID_PRV_PER": "91",
        "CODE_PARENTE": "10",
        "FINANCIER": "true",
        "HEBERGE_ELEVE": "true",
        "PERCOIT_LES_AIDES": "false",
    }


def test_version_3_1_separates_three_levels_of_guardians() -> None:
    links = _pupil_of()["RESPONSABLES_ELEVE"]

    assert [(tag, [link["ID_PRV_PER"] for link in held]) for tag, held in links.items()] == [
        ("LEGAL", ["91", "92"]),
        ("CONTACT", ["93"]),
    ]
    assert links["LEGAL"][1]["A_CONTACTER_EN_PRIORITE"] == "false"
    assert links["CONTACT"] == [{"ID_PRV_PER": "93", "CODE_PARENTE": "90"}]


def test_version_4_bears_our_ids_hosts_plans_and_last_years_regime() -> None:
    year = enrolment(
        lodging_uai=SENDING.uai, previous_regime="0", previous_plans=["02 2025-09-01 -"]
    )
    period = schooling(
        options=["030201 O", f"020100 F {SENDING.uai}"], plans=["01 2026-09-01 2027-07-05"]
    )

    written = _written(roll(pupil(enrolment=year, schooling=period)), "4.0")

    fields = written["ELEVE"][0]
    assert (fields["ID_SIECLE_ELE"], written["PERSONNE"][0]["ID_SIECLE_PER"]) == ("100001", "201")
    assert fields["UAI_ETAB_HEBERGEMENT"] == SENDING.uai
    assert fields["SCOLARITE_ACTIVE"]["OPTIONS"]["OPTION"][1]["UAJ_ACCUEIL"] == SENDING.uai
    assert fields["SCOLARITE_ACTIVE"]["DPPS"] == {
        "DPP": [{"CODE_DPP": "01", "DATE_DEB_DPP": "2026-09-01", "DATE_FIN_DPP": "2027-07-05"}]
    }
    assert fields["ETABLISSEMENT_AN_DERNIER"]["CODE_REGIME"] == "0"
    assert fields["ETABLISSEMENT_AN_DERNIER"]["DPPS"] == {
        "DPP": [{"CODE_DPP": "02", "DATE_DEB_DPP": "2025-09-01"}]
    }


def test_three_national_numbers_are_written_up_to_3_1_and_one_in_4() -> None:
    three = student(ine=RNIE, ine_bea=BEA, ine_rnie=RNIE)

    in_3_1, in_4 = _pupil_of("3.1", student=three), _pupil_of("4.0", student=three)

    assert (in_3_1["ID_NATIONAL"], in_3_1["INE_BEA"], in_3_1["INE_RNIE"]) == (RNIE, BEA, RNIE)
    assert in_4["ID_NATIONAL"] == RNIE
    assert in_4.keys().isdisjoint(("INE_BEA", "INE_RNIE"))


def test_an_empty_list_of_options_is_not_silence() -> None:
    assert _pupil_of(schooling=schooling(options=[]))["SCOLARITE_ACTIVE"]["OPTIONS"] == {}
    assert "OPTIONS" not in _pupil_of(schooling=schooling(options=None))["SCOLARITE_ACTIVE"]


def test_grants_keep_their_parts() -> None:
    assert _pupil_of(enrolment=enrolment(grants=["1 3", "8 0"]))["BOURSES"] == {
        "BOURSE": [{"CODE_BOURSE": "1", "NB_PART": "3"}, {"CODE_BOURSE": "8", "NB_PART": "0"}]
    }
    assert "BOURSES" not in _pupil_of(enrolment=enrolment(grants=[]))


def test_last_year_names_a_school_or_else_a_departement() -> None:
    elsewhere = enrolment(previous_uai=None, previous_department="075")

    assert "CODE_DEPARTEMENT" not in _pupil_of()["ETABLISSEMENT_AN_DERNIER"]
    assert _pupil_of(enrolment=elsewhere)["ETABLISSEMENT_AN_DERNIER"]["CODE_DEPARTEMENT"] == "075"


def test_a_town_of_birth_is_written_where_there_is_no_commune() -> None:
    abroad = student(birth_country="131", birth_commune=None, birth_town="GAND")

    assert _pupil_of(student=abroad)["VILLE_NAISS"] == "GAND"
