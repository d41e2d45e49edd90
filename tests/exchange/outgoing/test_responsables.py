from typing import Any

from tests.exchange.outgoing.rolls import SENDING, guardian, pupil, roll

from bascule.exchange.outgoing.responsables import responsables
from bascule.exchange.outgoing.roll import Roll


def _written(of: Roll, *, with_addresses: bool = True) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for record in responsables(SENDING, of, with_addresses=with_addresses):
        found.setdefault(record.tag, []).append(record.fields)
    return found


def test_a_person_bears_our_id_the_softwares_and_a_civility_in_words() -> None:
    written = _written(roll())["PERSONNE"][0]

    assert {
        tag: written[tag] for tag in ("@PERSONNE_ID", "ID_PRV_PER", "LC_CIVILITE", "LL_CIVILITE")
    } == {
        "@PERSONNE_ID": "201",
        "ID_PRV_PER": "91",
        "LC_CIVILITE": "MME",
        "LL_CIVILITE": "MADAME",
    }


def test_a_link_says_level_and_kinship_and_answers_in_their_two_manners() -> None:
    assert _written(roll())["RESPONSABLE_ELEVE"][0] == {
        "ELEVE_ID": "100001",
        "PERSONNE_ID": "201",
        "NIVEAU_RESPONSABILITE": "1",
        "CODE_PARENTE": "10",
        "PAIE_FRAIS_SCOLAIRES": "1",
        "PERCOIT_LES_AIDES": "false",
        "HEBERGE_ELEVE": "true",
        "A_CONTACTER_EN_PRIORITE": "false",
    }


def test_a_contact_of_whom_nothing_more_is_known_has_level_and_kinship() -> None:
    assert _written(roll())["RESPONSABLE_ELEVE"][2] == {
        "ELEVE_ID": "100001",
        "PERSONNE_ID": "203",
        "NIVEAU_RESPONSABILITE": "3",
        "CODE_PARENTE": "90",
    }


def test_a_guardian_of_two_pupils_is_one_person_and_two_links() -> None:
    written = _written(roll(pupil(), pupil(id=100002, number=43)))

    assert len(written["PERSONNE"]) == 3
    assert [link["ELEVE_ID"] for link in written["RESPONSABLE_ELEVE"]] == ["100001"] * 3 + [
        "100002"
    ] * 3


def test_a_foreign_address_has_its_town_and_country() -> None:
    assert _written(roll())["ADRESSE"][1] == {
        "@ADRESSE_ID": "502",
        "LIGNE1_ADRESSE": "Rue Haute 3",
        "COMMUNE_ETRANGERE": "BRUXELLES",
        "CODE_PAYS": "131",
        "LL_PAYS": "BELGIQUE",
    }


def test_without_addresses_only_their_ids_are_left() -> None:
    written = _written(roll(), with_addresses=False)

    assert "ADRESSE" not in written
    assert written["PERSONNE"][0]["ADRESSE_ID"] == "501"


def test_a_refusal_to_share_the_address_is_not_silence() -> None:
    of = roll()
    of.guardians[201] = guardian(shares_address=False)
    of.guardians[202] = guardian(shares_address=None)

    written = _written(of)["PERSONNE"]

    assert written[0]["COMMUNICATION_ADRESSE"] == "0"
    assert "COMMUNICATION_ADRESSE" not in written[1]
