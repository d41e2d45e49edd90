from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from bascule.formats.record import Fields, Record
from bascule.nomenclatures.difference import Count
from bascule.nomenclatures.profile import load_profile
from bascule.schools import load
from bascule.schools.directory import register_school
from bascule.schools.open_year import (
    open_year,
)
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


def rows(base: Any, columns: str = "id, kind, code, label, mefs, divisions, act_id") -> list[Any]:
    with base.look() as connection:
        found = connection.execute(f"SELECT {columns} FROM schools_structure ORDER BY kind, rank")
        return list(found.fetchall())


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
    assert rows(base, "kind, code, label, contract, mefs, divisions") == [
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
