from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bascule.formats.record import Fields, Record
from bascule.nomenclatures import profile
from bascule.nomenclatures.difference import Count

UAI = "0990001S"
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)

MEFS = ("10010012110", "10110001110", "10210001110")


def heading(uai: str = UAI, year: str = "2026") -> Record:
    return Record("PARAMETRES", 3, 1, {"UAJ": uai, "ANNEE_SCOLAIRE": year})


def mef(code: str, label: str = "") -> tuple[str, Fields]:
    return "MEF", {"@CODE_MEF": code, "LIBELLE_LONG": label or code, "MEF_SELECTIONNE": "1"}


def subject(code: str) -> tuple[str, Fields]:
    return "MATIERE", {"@CODE_MATIERE": code, "CODE_GESTION": "AGL1"}


def programme(mef_code: str, subject_code: str, mode: str = "O") -> tuple[str, Fields]:
    codes = {"CODE_MEF": mef_code, "CODE_MATIERE": subject_code, "CODE_MODALITE_ELECT": mode}
    return "PROGRAMME", {**codes, "HORAIRE": "4.00"}


SMALL = [*map(mef, MEFS), subject("030201"), programme(MEFS[0], "030201")]


def records(entries: Sequence[tuple[str, Fields]], first: Record | None = None) -> list[Record]:
    ranks: dict[str, int] = {}
    given = [first or heading()]
    for line, (block, fields) in enumerate(entries, start=10):
        ranks[block] = ranks.get(block, 0) + 1
        given.append(Record(block, line, ranks[block], fields))
    return given


def load(entries: Sequence[tuple[str, Fields]], first: Record | None = None) -> profile.ProfileLoad:
    return profile.load_profile(
        uai=UAI, year=2026, records=records(entries, first), actor="deep", at=AT
    )


def kept() -> list[tuple[str, int, Fields]]:
    given = profile.profile_records(uai=UAI, year=2026)
    return [(record.tag, record.rank, record.fields) for record in given]


def rows(base: Any) -> dict[str, tuple[int, int, int]]:
    with base.look() as connection:
        found = connection.execute(
            "SELECT block || ' ' || key, id, created_act_id, act_id FROM nomenclatures_profileentry"
        )
        return {name: tuple(values) for name, *values in found.fetchall()}


def test_a_first_load_adds_every_entry_and_gives_them_back_in_order(base: Any) -> None:
    loaded = load(SMALL)

    assert loaded.counts == {
        "MEF": Count(added=3),
        "MATIERE": Count(added=1),
        "PROGRAMME": Count(added=1),
    }
    assert kept() == [(r.tag, r.rank, r.fields) for r in records(SMALL)[1:]]


def test_the_same_file_again_writes_no_row(base: Any) -> None:
    load(SMALL)
    before = rows(base)

    loaded = load(SMALL)

    assert loaded.counts["MEF"] == Count(unchanged=3)
    assert rows(base) == before
