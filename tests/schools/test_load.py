from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction

from bascule.formats.record import Fields, Record
from bascule.journal.verify import verify_chain
from bascule.nomenclatures.difference import Count
from bascule.nomenclatures.heading import OtherSchoolError, OtherYearError
from bascule.nomenclatures.profile import load_profile
from bascule.schools import load
from bascule.schools.directory import register_school
from bascule.schools.models import School, Structure
from bascule.schools.open_year import (
    State,
    WrongBoundsError,
    YearClosedError,
    YearNotOpenError,
    change_state,
    open_year,
    year_of,
)
from bascule.store.policies import open_schools
from bascule.values.uai import make_uai

UAI = make_uai("099", 1)
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
BY: dict[str, Any] = {"actor": "deep", "at": AT}
SIXTH, FIFTH = "10010012110", "10110001110"


@pytest.fixture(autouse=True)
def _year(base: Any) -> None:
    register_school(uai=UAI, name="École fictive", **BY)
    open_year(uai=UAI, year=2026, **BY)


def file(entries: Sequence[tuple[str, Fields]], uai: str = UAI, year: str = "2026") -> list[Record]:
    heading = Record("PARAMETRES", 3, 1, {"UAJ": uai, "ANNEE_SCOLAIRE": year})
    return [heading, *(Record(tag, 10 + n, n, fields) for n, (tag, fields) in enumerate(entries))]


def division(code: str, *mefs: str, label: str = "Sixième") -> tuple[str, Fields]:
    listed: list[Fields] = [{"CODE_MEF": mef} for mef in mefs]
    fields: Fields = {"@CODE_STRUCTURE": code, "LIBELLE_LONG": label, "CODE_CONTRAT": "3"}
    return "DIVISION", fields | {"MEFS_APPARTENANCE": {"MEF_APPARTENANCE": listed}}


def group(code: str, *divisions: str) -> tuple[str, Fields]:
    listed: list[Fields] = [{"CODE_STRUCTURE": division} for division in divisions]
    content: Fields = {"DIVISION_APPARTENANCE": listed}
    return "GROUPE", {"@CODE_STRUCTURE": code, "DIVISIONS_APPARTENANCE": content}


SMALL = [
    division("6 A", SIXTH),
    division("6 B", SIXTH),
    division("5 A", FIFTH),
    group("6AGL1", "6 A", "6 B"),
]


def structures(entries: Sequence[tuple[str, Fields]], **heading: str) -> load.StructuresLoad:
    return load.load_structures(uai=UAI, year=2026, records=file(entries, **heading), **BY)


def rows(base: Any) -> list[dict[str, Any]]:
    with base.look() as connection:
        found = connection.execute(
            "SELECT to_jsonb(t) FROM schools_structure t ORDER BY kind, rank"
        )
        return [row for (row,) in found.fetchall()]


def profile_of(*retained: str) -> None:
    known: list[tuple[str, Fields]] = [
        ("MEF", {"@CODE_MEF": mef, "MEF_SELECTIONNE": "1" if mef in retained else "0"})
        for mef in (SIXTH, FIFTH)
    ]
    rest: list[tuple[str, Fields]] = [
        ("MATIERE", {"@CODE_MATIERE": "030201"}),
        ("PROGRAMME", {"CODE_MEF": SIXTH, "CODE_MATIERE": "030201", "CODE_MODALITE_ELECT": "O"}),
    ]
    load_profile(uai=UAI, year=2026, records=file([*known, *rest]), **BY)


def test_a_first_file_of_structures_adds_divisions_and_groups(base: Any) -> None:
    loaded = structures(SMALL)

    assert loaded.counts == {"D": Count(added=3), "G": Count(added=1)}
    columns = ("kind", "code", "label", "contract", "mefs", "divisions")
    assert [tuple(row[name] for name in columns) for row in rows(base)] == [
        ("D", "6 A", "Sixième", "3", [SIXTH], []),
        ("D", "6 B", "Sixième", "3", [SIXTH], []),
        ("D", "5 A", "Sixième", "3", [FIFTH], []),
        ("G", "6AGL1", "", "", [], ["6 A", "6 B"]),
    ]


def test_the_same_structures_again_write_no_row(base: Any) -> None:
    structures(SMALL)
    before = rows(base)

    loaded = structures(SMALL)

    assert loaded.counts == {"D": Count(unchanged=3), "G": Count(unchanged=1)}
    assert rows(base) == before


def test_only_the_structures_that_differ_are_written(base: Any) -> None:
    structures(SMALL)
    before = {row["code"]: row for row in rows(base)}

    loaded = structures([SMALL[0], division("6 B", SIXTH, FIFTH), division("4 A"), SMALL[3]])

    now = {row["code"]: row for row in rows(base)}
    assert loaded.counts == {
        "D": Count(added=1, changed=1, removed=1, unchanged=1),
        "G": Count(unchanged=1),
    }
    assert now["6 A"] == before["6 A"]
    assert now["6 B"] == before["6 B"] | {"mefs": [SIXTH, FIFTH], "act_id": loaded.act_id}
    assert list(now) == ["6 A", "6 B", "4 A", "6AGL1"]


def test_a_division_and_a_group_may_share_a_code(base: Any) -> None:
    structures([division("6A", SIXTH), group("6A", "6A")])

    assert [(row["kind"], row["code"]) for row in rows(base)] == [("D", "6A"), ("G", "6A")]


def test_a_mef_listed_twice_counts_once(base: Any) -> None:
    structures([division("6A", SIXTH, FIFTH, SIXTH)])

    assert rows(base)[0]["mefs"] == [SIXTH, FIFTH]


def test_a_structure_without_a_usable_code_is_set_aside_and_named(base: Any) -> None:
    loaded = structures([*SMALL, division(""), division("6 A"), group("NEUFSIGNE")])

    assert loaded.set_aside == (
        "ligne 14 : division sans code",
        "ligne 15 : division 6 A qui figure déjà plus haut",
        "ligne 16 : groupe NEUFSIGNE au code trop long",
    )
    assert len(rows(base)) == len(SMALL)


def test_a_file_without_division_is_refused(base: Any) -> None:
    structures(SMALL)

    with pytest.raises(load.NoDivisionError):
        structures([group("G1")])

    assert len(rows(base)) == len(SMALL)


def test_structures_of_another_school_or_year_are_refused(base: Any) -> None:
    with pytest.raises(OtherSchoolError):
        structures(SMALL, uai=make_uai("099", 2))
    with pytest.raises(OtherYearError):
        structures(SMALL, year="2025")

    assert rows(base) == []


def test_a_year_that_is_not_open_takes_nothing(base: Any) -> None:
    with pytest.raises(YearNotOpenError):
        load.load_structures(uai=UAI, year=2027, records=file(SMALL, year="2027"), **BY)


def test_a_closed_year_takes_nothing(base: Any) -> None:
    change_state(uai=UAI, year=2026, state=State.CLOSED, **BY)

    with pytest.raises(YearClosedError):
        structures(SMALL)
    with pytest.raises(YearClosedError):
        common(SCHOOL)
    with pytest.raises(YearClosedError):
        add("6 A")
    assert rows(base) == []


def test_mef_of_divisions_that_the_profile_does_not_retain_are_told(base: Any) -> None:
    assert structures(SMALL).unknown_mefs == ()

    profile_of(SIXTH)

    assert structures(SMALL).unknown_mefs == (FIFTH,)


def add(code: str, *mefs: str, label: str = "") -> Structure:
    return load.add_division(uai=UAI, year=2026, code=code, label=label, mefs=mefs, **BY)


def test_a_division_is_added_after_the_others(base: Any) -> None:
    profile_of(SIXTH)
    structures(SMALL)

    add("6 C", SIXTH, label="Sixième C")

    divisions = [row for row in rows(base) if row["kind"] == "D"]
    assert [row["code"] for row in divisions] == ["6 A", "6 B", "5 A", "6 C"]
    assert (divisions[-1]["label"], divisions[-1]["mefs"]) == ("Sixième C", [SIXTH])


def test_a_division_that_exists_is_attached_to_one_more_mef(base: Any) -> None:
    profile_of(SIXTH, FIFTH)
    structures(SMALL)

    row = add("6 A", FIFTH)

    kept = rows(base)[0]
    assert (kept["label"], kept["mefs"], kept["act_id"]) == ("Sixième", [SIXTH, FIFTH], row.act_id)
    assert row.act_id > kept["created_act_id"]


def test_a_division_that_already_is_all_that_is_left_untouched(base: Any) -> None:
    profile_of(SIXTH)
    structures(SMALL)
    before = rows(base)

    add("6 A", SIXTH, label="Sixième")

    assert rows(base) == before


def test_a_mef_that_the_school_does_not_teach_is_refused(base: Any) -> None:
    profile_of(SIXTH)

    with pytest.raises(load.MefNotTaughtError, match=FIFTH):
        add("5 A", FIFTH)

    assert rows(base) == []


@pytest.mark.parametrize(("code", "label"), [("", ""), ("NEUFSIGNE", ""), ("6 A", "x" * 41)])
def test_a_code_or_label_that_no_division_has_is_refused(base: Any, code: str, label: str) -> None:
    with pytest.raises(load.UnusableDivisionError):
        add(code, label=label)


SCHOOL: tuple[str, Fields] = ("UAJ", {"DENOM_PRINC": "COLLEGE PRIVE", "DENOM_COMPL": "EXEMPLE"})
CALENDAR: tuple[str, Fields] = (
    "ANNEE_SCOLAIRE",
    {"DATE_DEBUT_ELEVE": "31/08/2026", "DATE_FIN_ELEVE": "03/07/2027"},
)


def common(*entries: tuple[str, Fields]) -> load.CommonLoad:
    return load.load_common(uai=UAI, year=2026, records=file(entries), **BY)


def test_common_data_are_kept_in_the_words_of_the_file() -> None:
    period: Fields = {"CODE_PERIODE": "T1", "DATE_DEBUT": "01/09/2026"}
    closing: Fields = {"LC_MOTIF": "NOEL"}

    common(SCHOOL, CALENDAR, ("PERIODE", period), ("FERMETURE", closing))

    assert year_of(uai=UAI, year=2026).common == {
        "UAJ": SCHOOL[1],
        "ANNEE_SCOLAIRE": CALENDAR[1],
        "ANNEE_SCOLAIRE_AD": {},
        "PERIODES": [period],
        "FERMETURES": [closing],
    }


def test_the_calendar_of_the_file_bounds_the_year() -> None:
    loaded = common(SCHOOL, CALENDAR)

    row = year_of(uai=UAI, year=2026)
    assert (row.starts_on, row.ends_on) == (date(2026, 8, 31), date(2027, 7, 3))
    assert (loaded.starts_on, loaded.ends_on) == (row.starts_on, row.ends_on)


def test_a_bound_that_the_file_does_not_give_stays() -> None:
    common(("ANNEE_SCOLAIRE", {"DATE_DEBUT_ELEVE": "02/09/2026"}))

    row = year_of(uai=UAI, year=2026)
    assert (row.starts_on, row.ends_on) == (date(2026, 9, 2), date(2027, 8, 31))


def test_a_file_without_calendar_leaves_the_bounds() -> None:
    common(SCHOOL)

    assert year_of(uai=UAI, year=2026).starts_on == date(2026, 9, 1)


def test_the_same_common_data_again_write_no_row() -> None:
    first = common(SCHOOL, CALENDAR)
    before = year_of(uai=UAI, year=2026)

    again = common(SCHOOL, CALENDAR)

    assert first.changed == ("UAJ", "ANNEE_SCOLAIRE")
    assert again.changed == ()
    assert year_of(uai=UAI, year=2026).act_id == before.act_id


def test_a_known_name_of_the_school_stays() -> None:
    assert common(SCHOOL).name == "École fictive"


def test_an_unknown_name_of_the_school_is_taken_from_the_file() -> None:
    with transaction.atomic():
        open_schools(UAI)
        School.objects.filter(pk=UAI).update(name="")

    assert common(SCHOOL).name == "COLLEGE PRIVE EXEMPLE"
    assert School.objects.get(pk=UAI).name == "COLLEGE PRIVE EXEMPLE"


@pytest.mark.parametrize("day", ["2026-09-01", "32/08/2026", "demain"])
def test_a_first_day_that_is_no_date_is_refused(day: str) -> None:
    with pytest.raises(load.UnreadableDayError) as refusal:
        common(("ANNEE_SCOLAIRE", {"DATE_DEBUT_ELEVE": day}))

    assert day in refusal.value.sentence


def test_a_calendar_that_does_not_bound_the_year_is_refused() -> None:
    with pytest.raises(WrongBoundsError):
        common(SCHOOL, ("ANNEE_SCOLAIRE", {"DATE_DEBUT_ELEVE": "01/09/2025"}))

    assert year_of(uai=UAI, year=2026).common == {}


def test_a_file_with_neither_school_nor_calendar_is_refused() -> None:
    with pytest.raises(load.NoCommonDataError):
        common(("PERIODE", {"CODE_PERIODE": "T1"}))


def test_the_journal_of_common_data_holds_no_name_of_a_person(base: Any) -> None:
    common(("UAJ", {"NOM_RESP": "MARTINEAU"}))

    with base.look() as connection:
        acts = connection.execute("SELECT payload FROM journal_act").fetchall()
    assert not any("MARTINEAU" in payload for (payload,) in acts)
    assert verify_chain(uai=UAI).faults == ()
