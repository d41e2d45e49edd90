from dataclasses import replace
from datetime import date

from tests.exchange.outgoing.rolls import SENDING

from bascule.exchange.outgoing.communs import CommonData, communs

RECEIVED = CommonData(
    "Collège Exemple",
    date(2026, 9, 1),
    date(2027, 8, 31),
    {
        "UAJ": {
            "ETAB_UAJ_ID": "12",
            "DENOM_PRINC": "COLLEGE PRIVE",
            "MEL_1": "contact@example.org",
        },
        "ANNEE_SCOLAIRE": {"DATE_DEBUT_ELEVE": "01/09/2026", "DATE_FIN_PROF": "31/08/2027"},
        "ANNEE_SCOLAIRE_AD": {"DATE_DEBUT_ELEVE": "01/09/2025"},
        "PERIODES": [{"CODE_PERIODE": "T1", "INDICE": "1", "CODE_TYPE_PERIODE": "T"}],
        "FERMETURES": [{"LC_MOTIF": "TOUSSAINT"}],
    },
)


def test_what_was_received_is_given_back_in_its_own_words() -> None:
    _, school, *rest = communs(SENDING, RECEIVED)

    assert school.fields == RECEIVED.content["UAJ"]
    assert [(record.tag, record.rank) for record in rest] == [
        ("ANNEE_SCOLAIRE", 1),
        ("ANNEE_SCOLAIRE_AD", 1),
        ("PERIODE", 1),
        ("FERMETURE", 1),
    ]
    assert rest[2].fields == RECEIVED.content["PERIODES"][0]


def test_the_bounds_are_those_of_the_year_even_when_they_changed_since() -> None:
    _, _, year, *_ = communs(SENDING, replace(RECEIVED, starts_on=date(2026, 8, 31)))

    assert year.fields == {
        "DATE_DEBUT_ELEVE": "31/08/2026",
        "DATE_FIN_ELEVE": "31/08/2027",
        "DATE_FIN_PROF": "31/08/2027",
    }


def test_a_school_of_which_nothing_was_received_has_its_name_and_bounds() -> None:
    _, school, year, last_year = communs(SENDING, replace(RECEIVED, content={}))

    assert school.fields == {"DENOM_PRINC": "Collège Exemple"}
    assert year.fields == {"DATE_DEBUT_ELEVE": "01/09/2026", "DATE_FIN_ELEVE": "31/08/2027"}
    assert last_year.fields == {}
