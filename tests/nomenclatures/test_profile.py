import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from bascule.formats.record import Fields, Record
from bascule.formats.refusals import TruncatedFileError
from bascule.nomenclatures import profile
from bascule.nomenclatures.difference import Count
from bascule.nomenclatures.heading import MissingHeadingError, OtherSchoolError, OtherYearError

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


def test_only_what_differs_is_written(base: Any) -> None:
    load(SMALL)
    before = rows(base)

    loaded = load([mef(MEFS[0]), mef("10310001110"), mef(MEFS[1], "AUTRE"), *SMALL[3:]])

    now = rows(base)
    assert loaded.counts["MEF"] == Count(added=1, changed=1, removed=1, unchanged=1)
    assert now[f"MEF {MEFS[0]}"] == before[f"MEF {MEFS[0]}"]
    first_act = before[f"MEF {MEFS[1]}"][1]
    assert now[f"MEF {MEFS[1]}"] == (before[f"MEF {MEFS[1]}"][0], first_act, loaded.act_id)
    assert now["MEF 10310001110"][1:] == (loaded.act_id, loaded.act_id)
    assert f"MEF {MEFS[2]}" not in now
    assert [fields["@CODE_MEF"] for tag, _, fields in kept() if tag == "MEF"] == [
        MEFS[0],
        "10310001110",
        MEFS[1],
    ]


def test_the_state_before_stays_in_the_history(base: Any) -> None:
    load(SMALL)

    loaded = load([mef(MEFS[0]), mef(MEFS[1], "AUTRE"), *SMALL[3:]])

    with base.look() as connection:
        kept_states = connection.execute(
            "SELECT operation, before->>'key', before->'fields'->>'LIBELLE_LONG'"
            " FROM journal_history WHERE act_id = %s ORDER BY 1 DESC",
            [loaded.act_id],
        ).fetchall()
    assert kept_states == [("U", MEFS[1], MEFS[1]), ("D", MEFS[2], MEFS[2])]


def test_a_block_the_file_no_longer_has_is_removed(base: Any) -> None:
    load([*SMALL, ("REGIME", {"@CODE_REGIME": "0"})])

    loaded = load(SMALL)

    assert loaded.counts["REGIME"] == Count(removed=1)
    assert "REGIME" not in profile.profile_counts(uai=UAI, year=2026)


def test_a_reordered_file_is_given_back_in_its_new_order(base: Any) -> None:
    load(SMALL)

    load([*reversed(SMALL[:3]), *SMALL[3:]])

    assert [fields["@CODE_MEF"] for tag, _, fields in kept() if tag == "MEF"] == [*reversed(MEFS)]


def test_another_year_has_its_own_profile(base: Any) -> None:
    load(SMALL)

    profile.load_profile(
        uai=UAI,
        year=2027,
        records=records([*SMALL[1:], programme(MEFS[1], "030201")], heading(year="2027")),
        actor="deep",
        at=AT,
    )

    assert profile.profile_counts(uai=UAI, year=2026)["MEF"] == 3
    assert profile.profile_counts(uai=UAI, year=2027)["MEF"] == 2


def test_a_subject_both_compulsory_and_common_to_all_is_two_entries(base: Any) -> None:
    both = [programme(MEFS[0], "061300", mode) for mode in ("O", "S")]

    loaded = load([*SMALL, *both])

    assert loaded.counts["PROGRAMME"] == Count(added=3)
    assert loaded.set_aside == ()


def test_an_entry_without_its_code_or_given_twice_is_set_aside_and_named(base: Any) -> None:
    nameless: tuple[str, Fields] = ("MATIERE", {"LIBELLE_LONG": "SANS CODE"})
    endless: tuple[str, Fields] = ("MATIERE", {"@CODE_MATIERE": "9" * 41})

    loaded = load([*SMALL, nameless, mef(MEFS[0], "ENCORE"), endless])

    assert [(aside.block, aside.line, aside.reason) for aside in loaded.set_aside] == [
        ("MATIERE", 15, "sans code"),
        ("MEF", 16, f"{MEFS[0]} déjà présent plus haut"),
        ("MATIERE", 17, "code trop long"),
    ]
    assert ("MEF", 1, mef(MEFS[0])[1]) in kept()


def test_blocks_come_back_in_the_order_of_the_file_and_unknown_ones_last(base: Any) -> None:
    newer: tuple[str, Fields] = ("ZONE", {"@CODE_ZONE": "A"})

    load([newer, ("CIVILITE", {"@CODE_CIVILITE": "1"}), *reversed(SMALL)])

    assert [*profile.profile_counts(uai=UAI, year=2026)] == [
        "MEF",
        "MATIERE",
        "PROGRAMME",
        "CIVILITE",
        "ZONE",
    ]


def test_the_file_of_another_school_is_refused_with_both(base: Any) -> None:
    with pytest.raises(OtherSchoolError) as refusal:
        load(SMALL, heading(uai="0990002T"))

    assert "0990002T" in refusal.value.sentence
    assert UAI in refusal.value.sentence
    assert kept() == []


def test_the_file_of_another_year_is_refused_with_both(base: Any) -> None:
    with pytest.raises(OtherYearError) as refusal:
        load(SMALL, heading(year="2025"))

    assert "2025-2026" in refusal.value.sentence
    assert "2026-2027" in refusal.value.sentence
    assert kept() == []


@pytest.mark.parametrize(
    "first",
    [
        Record("MEF", 3, 1, {"@CODE_MEF": MEFS[0]}),
        Record("PARAMETRES", 3, 1, {"UAJ": UAI}),
        heading(year="rentrée"),
        heading(uai="collège"),
    ],
)
def test_a_file_that_does_not_say_whose_it_is_is_refused(base: Any, first: Record) -> None:
    with pytest.raises(MissingHeadingError):
        load(SMALL, first)


def test_an_empty_file_is_refused(base: Any) -> None:
    with pytest.raises(MissingHeadingError):
        profile.load_profile(uai=UAI, year=2026, records=[], actor="deep", at=AT)


@pytest.mark.parametrize("block", ["MEF", "MATIERE", "PROGRAMME"])
def test_a_file_that_would_empty_the_profile_is_refused(base: Any, block: str) -> None:
    load(SMALL)

    with pytest.raises(profile.IncompleteProfileError, match=block):
        load([entry for entry in SMALL if entry[0] != block])

    assert len(kept()) == len(SMALL)


def test_a_file_that_breaks_off_changes_nothing(base: Any) -> None:
    load(SMALL)

    def broken() -> Iterator[Record]:
        yield from records(SMALL[:1])
        raise TruncatedFileError(12)

    with pytest.raises(TruncatedFileError):
        profile.load_profile(uai=UAI, year=2026, records=broken(), actor="deep", at=AT)
    assert len(kept()) == len(SMALL)


def test_the_journal_counts_and_names_no_entry(base: Any) -> None:
    load(SMALL)

    with base.look() as connection:
        (payload,) = connection.execute("SELECT payload FROM journal_act").fetchone()
    facts = json.loads(payload)["facts"]
    assert (facts["year"], facts["added"], facts["unchanged"]) == (2026, 5, 0)
    assert len(facts["digest"]) == 64
