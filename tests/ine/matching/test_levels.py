"""Levels of likeness: one definition, two languages, and what each kind of writing comes to."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers
from tests.ine.matching.people import civil_of

from bascule.generator.directory import Directory
from bascule.generator.look_alikes import Mix, queries
from bascule.ine.matching.civil import Civil, Keys, keys
from bascule.ine.matching.levels import COMPARISONS, compare
from bascule.ine.matching.model import shipped_model, weigh
from bascule.ine.matching.train import load_people
from bascule.ine.matching.verdict import Candidate, Outcome, decide, is_automatic

LEA = Civil(
    "DE LA TOUR MARTIN", "", ("Léa", "Zoé"), "2", date(2015, 3, 14), "D", "100", "75112", ""
)


def test_python_and_duckdb_agree_on_every_level(tmp_path: Path) -> None:
    directory = Directory(4000, seed=7)
    borne = shipped_model().terms["first"].share
    pairs = [
        (civil_of(directory.person(query.truth).civil), civil_of(query.civil))
        for query in queries(directory, 900, seed=8, mix=Mix(unknown=0, unknown_twins=0, times=6))
        if query.truth is not None
    ]
    strangers = [one for one, _ in pairs]
    # Born in the same days: they come in this order.
    pairs += pairwise(strangers)
    both = [(keys(one, borne), keys(other, borne)) for one, other in pairs]
    base = duckdb.connect()
    load_people(base, tmp_path, "ones", (one for one, _ in pairs), borne)
    load_people(base, tmp_path, "others", (other for _, other in pairs), borne)
    columns = ", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in Keys._fields)
    base.execute(
        f"CREATE TABLE pairs AS SELECT l.unique_id::int AS n, {columns}"  # noqa: S608
        " FROM ones l JOIN others r USING (unique_id)"
    )
    seen = set()
    for at, comparison in enumerate(COMPARISONS):
        cases = " ".join(
            f"WHEN {level.when.sql()} THEN '{level.code}'"
            for level in comparison.levels
            if level.when
        )
        found = base.execute(
            f"SELECT CASE {cases} ELSE 'different' END FROM pairs ORDER BY n"  # noqa: S608
        ).fetchall()
        ours = [compare(one, other)[at].code for one, other in both]
        assert [code for (code,) in found] == ours
        assert ours == [compare(other, one)[at].code for one, other in both]
        seen.update((comparison.field, code) for code in ours)
    assert len(seen) > 30


@pytest.mark.parametrize(
    ("other", "field", "level"),
    [
        (LEA._replace(family="LATOUR-MARTIN"), "family", "same"),
        (LEA._replace(family="MARTIN"), "family", "part"),
        (LEA._replace(family="TOUR MARTIN (DE LA)"), "family", "part"),
        (LEA._replace(family="AUBRY", usual="DE LA TOUR MARTIN"), "family", "crossed"),
        (LEA._replace(family="LEA", firsts=("De La Tour Martin",)), "family", "swapped"),
        (LEA._replace(firsts=("Zoé", "Léa")), "first", "exchanged"),
        (LEA._replace(firsts=("Zoé",)), "first", "further"),
        (LEA._replace(firsts=("Léa-Marie",)), "first", "part"),
        (LEA._replace(firsts=("Louise",)), "first", "different"),
        (LEA._replace(birth=date(2015, 3, 17)), "birth", "digit"),
        (LEA._replace(birth=date(2015, 3, 1), precision="M"), "birth", "month"),
        (LEA._replace(commune="75114"), "place", "area"),
    ],
)
def test_each_way_of_writing_has_its_level(other: Civil, field: str, level: str) -> None:
    scored = {each.field: each for each in weigh(LEA, other, shipped_model()).fields}
    assert scored[field].level.code == level


def test_a_missing_value_is_no_evidence() -> None:
    model = shipped_model()
    whole = {each.field: each.bits for each in weigh(LEA, LEA, model).fields}
    for field, missing in {
        "first": {"firsts": ()},
        "furthers": {"firsts": LEA.firsts[:1]},
        "birth": {"birth": None},
        "sex": {"sex": ""},
        "place": {"country": "", "commune": "", "town": ""},
    }.items():
        bits = {e.field: e.bits for e in weigh(LEA, LEA._replace(**missing), model).fields}
        assert bits[field] == 0
        others = bits.keys() - {field} - ({"furthers"} if field == "first" else set())
        assert all(bits[other] == whole[other] for other in others)


def test_the_first_name_of_a_twin_is_never_automatic() -> None:
    model = shipped_model()
    assert is_automatic(weigh(LEA, LEA, model, among=10_000_000))
    # Also where names are near, which both are borne, or are of another sex.
    for first, sex in (("Louise", "2"), ("Lia", "2"), ("Léo", "1"), ("Zoé", "2"), ("Léah", "1")):
        twin = weigh(LEA._replace(firsts=(first,), sex=sex), LEA, model)
        assert not is_automatic(twin)
        assert decide([Candidate(1, twin)]).outcome is Outcome.DISPUTE


def test_two_persons_without_doubt_are_a_dispute_and_two_writings_of_one_are_not() -> None:
    score = weigh(LEA, LEA, shipped_model(), among=1000)
    assert decide([Candidate(1, score), Candidate(2, score)]).outcome is Outcome.DISPUTE
    assert decide([Candidate(1, score), Candidate(1, score)]).outcome is Outcome.AUTOMATIC
    assert decide([]).outcome is Outcome.NOBODY


@given(seed=integers(0, 10_000), floor=floats(-60, 40))
@settings(max_examples=30)
def test_a_score_is_given_up_only_when_it_is_below_the_floor(seed: int, floor: float) -> None:
    model, persons = shipped_model(), [civil_of(p.civil) for p in Directory(40, seed).persons()]
    for one, other in pairwise(map(model.keys, persons)):
        score = model.score(one, other, among=1000)
        above = model.score_above(floor, one, other, among=1000)
        assert above == (score if score.total >= floor else None)


def test_slips_that_add_up_are_looked_at_and_one_alone_is_linked() -> None:
    model = shipped_model()
    known = Civil(
        "RIBEIRO", "", ("Leonor", "Lara", "Ana"), "2", date(2015, 10, 25), "D", "100", "91345"
    )
    cousins = (
        known._replace(firsts=("Ana", "Leonor"), birth=date(2013, 10, 25)),
        known._replace(birth=date(2015, 10, 24), commune="78551"),
        known._replace(family="RIBEIRO-COSTA", firsts=("Ana", "Leonor"), commune="78551"),
    )
    for cousin in cousins:
        assert not is_automatic(weigh(cousin, known, model))
    for slip in (
        known._replace(birth=date(2015, 10, 24)),
        known._replace(commune="78551"),
        known._replace(firsts=("Ana", "Leonor")),
    ):
        assert is_automatic(weigh(slip, known, model))
