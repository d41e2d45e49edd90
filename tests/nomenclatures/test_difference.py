from itertools import pairwise

from hypothesis import given, strategies as st

from bascule.nomenclatures.difference import Count, Stored, compare, place

contents = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 3))


def orders(keys: dict[str, int]) -> st.SearchStrategy[dict[str, int]]:
    return st.permutations(list(keys.items())).map(dict)


def after(stored: dict[str, Stored[int]], wanted: dict[str, int]) -> dict[str, Stored[int]]:
    """Write a difference as the base would."""
    found = compare(stored, wanted)
    kept = {key: row for key, row in stored.items() if row.id not in found.removed}
    for row_id, entry in found.changed.items():
        kept[entry.key] = Stored(row_id, entry.rank, entry.content)
    for entry in found.added:
        kept[entry.key] = Stored(1000 + len(kept), entry.rank, entry.content)
    return dict(sorted(kept.items(), key=lambda item: item[1].rank))


@given(contents.flatmap(orders), contents.flatmap(orders))
def test_what_is_written_gives_the_file_back_in_its_order(
    before: dict[str, int], wanted: dict[str, int]
) -> None:
    stored = after(after({}, before), wanted)

    assert {key: row.content for key, row in stored.items()} == wanted
    assert list(stored) == list(wanted)


@given(contents.flatmap(orders))
def test_the_same_entries_again_change_nothing(wanted: dict[str, int]) -> None:
    stored = after({}, wanted)

    assert compare(stored, wanted).count == Count(unchanged=len(wanted))


@given(st.lists(st.none() | st.integers(-5, 5000)))
def test_ranks_always_grow(ranks: list[int | None]) -> None:
    placed = place(ranks)

    assert len(placed) == len(ranks)
    assert all(low < high for low, high in pairwise([0, *placed]))


def test_an_entry_added_in_the_middle_displaces_none() -> None:
    stored = after({}, {"a": 1, "b": 1, "c": 1})

    found = compare(stored, {"a": 1, "new": 1, "b": 1, "c": 1})

    assert found.count == Count(added=1, unchanged=3)


def test_entries_without_room_between_them_are_placed_anew() -> None:
    assert place([1, None, 2]) == [1024, 2048, 3072]
