"""Merges are edges: whatever the order in which they come and go, what is there follows from those that stand."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from random import Random

import psycopg
import pytest
from django.db import transaction
from hypothesis import given, settings, strategies as st
from tests.bases import Base

from bascule.ine import merges, reviewing
from bascule.ine.directory import hold_directory, open_directory
from bascule.ine.models import Decision, Merge, Number, Person
from bascule.ine.records import civil_of
from bascule.ine.standing import resolve
from bascule.ine.writing import insert_persons
from bascule.store import staging
from bascule.values.ine import make_ine_rnie

AT = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
COUNT = 5
Pair = tuple[int, int]

PAIRS = st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)).filter(
    lambda pair: pair[0] != pair[1]
)


def persons() -> list[int]:
    """Put persons into the directory, each with a number."""
    civil = civil_of(
        ("DURAND", None, "Léa", None, None, "2", date(2013, 5, 6), "100", "31555", None)
    )
    with transaction.atomic():
        hold_directory()
        with staging.raw_cursor() as cursor:
            ids = staging.take_ids(cursor, "ine_person", COUNT)
            insert_persons(cursor, [(i, civil) for i in ids], uai="0310001A", year=2026, at=AT)
        for person in ids:
            Number.objects.create(
                number=number_of(person), person_id=person, kind="RNIE", source="GIVEN", since=AT
            )
    return ids


def number_of(person: int) -> str:
    return make_ine_rnie(260_000_000 + person)


def merge(one: int, other: int) -> None:
    """Make two persons one, by two agents; those who are one already stay so."""
    with suppress(merges.CannotMergeError):
        asked = merges.ask_merge(one_id=one, other_id=other, why="", actor="agent.un", at=AT)
        reviewing.confirm_merge(merge_id=asked, actor="agent.deux", at=AT)


def take_back(merge_id: int) -> None:
    with transaction.atomic():
        open_directory()
        decision = Decision.objects.get(merge_id=merge_id, kind=Decision.Kind.MERGED)
    reviewing.undo(decision_id=decision.pk, why="", actor="agent.un", at=AT)


def standing_edges(ids: Iterable[int]) -> dict[Pair, int]:
    with transaction.atomic():
        open_directory()
        found = Merge.objects.filter(state=Merge.State.DONE, one_id__in=ids)
        return {(one.one_id, one.other_id): one.pk for one in found}


def groups(ids: list[int]) -> list[int]:
    """Give who stands for each person, by rank."""
    with transaction.atomic():
        open_directory()
        roots = dict(Person.objects.filter(pk__in=ids).values_list("id", "root_id"))
    return [ids.index(roots[person]) for person in ids]


def test_nobody_is_removed_from_the_directory_nor_any_number(base: Base) -> None:
    persons()
    for table in ("ine_person", "ine_number", "ine_merge", "ine_decision"):
        with base.look() as administrator, pytest.raises(psycopg.errors.RaiseException):
            administrator.execute(f"DELETE FROM {table}".encode())  # noqa: S608


def test_what_is_said_of_merged_persons_holds_for_each_once_they_are_apart(base: Base) -> None:
    one, other, another, *_ = persons()
    merge(other, another)
    merges.keep_apart(one_id=one, other_id=another, why="", actor="agent.un", at=AT)

    take_back(standing_edges([one, other, another])[other, another])

    for person in (other, another):
        with pytest.raises(merges.KeptApartError):
            merges.ask_merge(one_id=one, other_id=person, why="", actor="agent.un", at=AT)


@settings(max_examples=5)
@given(moves=st.lists(PAIRS, max_size=7), seed=st.integers(0, 99))
def test_merges_and_their_undoing_in_any_order_give_the_same_state(
    module_base: Base, moves: list[Pair], seed: int
) -> None:
    ids, again = persons(), persons()
    for one, other in moves:
        low, high = sorted((ids[one], ids[other]))
        standing = standing_edges(ids).get((low, high))
        if standing is None:
            merge(low, high)
        else:
            take_back(standing)
    edges = [(ids.index(one), ids.index(other)) for one, other in standing_edges(ids)]
    Random(seed).shuffle(edges)  # noqa: S311 - no secret
    for one, other in edges:
        merge(again[other], again[one])

    assert groups(ids) == groups(again)
    # Every number, retired or not, leads to its person, known by the oldest number.
    for person, root in zip(ids, groups(ids), strict=True):
        found = resolve(number_of(person))
        assert (found.person_id, found.in_force) == (ids[root], number_of(ids[root]))
        assert found.is_retired == (person != ids[root])

    for merge_id in standing_edges(ids).values():
        take_back(merge_id)
    assert groups(ids) == list(range(COUNT))
