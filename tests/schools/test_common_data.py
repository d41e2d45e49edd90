from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.preparation.new_year import YEAR, NewYear, new_year

from bascule.exchange.export import export
from bascule.formats.bee_commun.reader import read
from bascule.formats.envelope import open_deposit
from bascule.preparation.steps import State
from bascule.schools.common_data import (
    CommonData,
    CommonDataIncompleteError,
    Span,
    UnusableTextError,
    WrongCalendarError,
    read_common,
    save_common,
    verify_common,
)
from bascule.schools.open_year import WrongBoundsError, year_of
from bascule.values.steps import Step


@pytest.fixture
def school(base: Any) -> NewYear:
    return new_year()


def there(school: NewYear) -> CommonData:
    return read_common(uai=school.uai, year=YEAR)


def save(school: NewYear, **changes: Any) -> bool:
    return save_common(typed=replace(there(school), **changes), **school.where)


def with_texts(school: NewYear, **texts: str) -> dict[str, str]:
    return {**there(school).texts, **texts}


def complete(school: NewYear) -> bool:
    texts = with_texts(
        school,
        DENOM_PRINC="COLLEGE PRIVE",
        LIGNE1_ADRESSE="1 RUE DES ESSAIS",
        CODE_POSTAL="99000",
        LIBELLE_POSTAL="VILLE FICTIVE",
        NOM_RESP="MOREL",
        QUAL_RESP="Directrice",
    )
    return save(school, texts=texts)


def test_what_a_file_brought_is_read_and_saving_it_as_it_is_changes_nothing(
    school: NewYear,
) -> None:
    school.receive_common_data()
    before = year_of(uai=school.uai, year=YEAR)

    assert not save(school)

    assert year_of(uai=school.uai, year=YEAR).common == before.common
    found = there(school)
    assert found.texts["NOM_RESP"] == school.teaching.school.head
    assert len(found.periods) == len(before.common["PERIODES"]) > 0
    assert len(found.closings) == len(before.common["FERMETURES"]) > 0


def test_what_was_typed_is_read_again_exported_and_the_rest_stays(school: NewYear) -> None:
    school.receive_common_data()
    kept = year_of(uai=school.uai, year=YEAR).common["UAJ"]["ETAB_UAJ_ID"]
    periods = (Span("Semestre 1", date(2026, 9, 1), date(2027, 1, 22)),)
    closings = (Span("Noël", date(2026, 12, 19), date(2027, 1, 3)),)

    assert save(
        school,
        texts=with_texts(school, NOM_RESP=" MOREL  Claire ", TELEPHONE="0199000000"),
        starts_on=date(2026, 8, 31),
        teachers_start_on=date(2026, 8, 28),
        periods=periods,
        closings=closings,
    )

    found = there(school)
    assert found.texts["NOM_RESP"] == "MOREL Claire"
    assert (found.starts_on, found.teachers_start_on) == (date(2026, 8, 31), date(2026, 8, 28))
    assert (tuple(found.periods), tuple(found.closings)) == (periods, closings)
    assert year_of(uai=school.uai, year=YEAR).common["UAJ"]["ETAB_UAJ_ID"] == kept
    (file,) = export(kinds=["communs"], **school.where)
    read_back = {
        record.tag: record.fields for record in read(open_deposit("c.zip", file.content).chunks())
    }
    assert read_back["ANNEE_SCOLAIRE"]["DATE_DEBUT_ELEVE"] == "31/08/2026"
    assert read_back["UAJ"]["NOM_RESP"] == "MOREL Claire"
    assert read_back["PERIODE"]["LL_PERIODE"] == "Semestre 1"
    assert read_back["FERMETURE"]["DATE_FIN"] == "03/01/2027"


def test_verifying_is_refused_while_something_is_missing_and_says_what(school: NewYear) -> None:
    with pytest.raises(CommonDataIncompleteError, match="adresse") as refusal:
        verify_common(**school.where)
    assert "NOM_RESP" in refusal.value.missing

    complete(school)
    verify_common(**school.where)
    assert school.steps()[Step.COMMON].state is State.DONE
    save(school, texts=with_texts(school, NOM_RESP="PETIT"))
    assert school.steps()[Step.COMMON].state is State.TO_REDO
    verify_common(**school.where)
    verify_common(**school.where)
    assert school.steps()[Step.COMMON].state is State.DONE


@pytest.mark.parametrize(
    ("tag", "text"), [("NOM_RESP", "N" * 26), ("CODE_POSTAL", "7500"), ("CODE_POSTAL", "ABCDE")]
)
def test_a_text_that_cannot_be_is_refused_beside_its_field(
    school: NewYear, tag: str, text: str
) -> None:
    with pytest.raises(UnusableTextError) as refusal:
        save(school, texts=with_texts(school, **{tag: text}))

    assert refusal.value.field == tag


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("teachers", {"teachers_start_on": date(2026, 9, 1), "teachers_end_on": date(2026, 9, 1)}),
        ("periods", {"periods": [Span("P", date(2026, 10, 1), date(2026, 9, 1))]}),
        ("periods", {"periods": [Span(" ", date(2026, 9, 1), date(2026, 10, 1))]}),
        (
            "periods",
            {
                "periods": [
                    Span("P1", date(2026, 9, 1), date(2026, 12, 1)),
                    Span("P2", date(2026, 12, 1), date(2027, 3, 1)),
                ]
            },
        ),
        ("closings", {"closings": [Span("Été", date(2028, 7, 1), date(2028, 8, 1))]}),
    ],
)
def test_a_calendar_that_does_not_hold_is_refused(
    school: NewYear, field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(WrongCalendarError) as refusal:
        save(school, **changes)

    assert refusal.value.field == field


def test_the_bounds_of_the_year_stay_in_it(school: NewYear) -> None:
    with pytest.raises(WrongBoundsError):
        save(school, ends_on=date(2028, 7, 1))
