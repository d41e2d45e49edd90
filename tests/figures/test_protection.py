"""What leaves points at nobody: a hidden figure is given back by no sum of the table."""

from fractions import Fraction

from hypothesis import given, settings, strategies as st

from bascule.figures.protection import FEWEST, Hidden, Sum, protect

ROWS, COLUMNS = 4, 4


def table(values: list[int]) -> tuple[dict[tuple[int, int], int], list[Sum]]:
    """Make a table with its margins, and its sums."""
    figures = {
        (row, column): values[row * COLUMNS + column]
        for row in range(ROWS)
        for column in range(COLUMNS)
    }
    figures |= {
        (row, COLUMNS): sum(figures[row, column] for column in range(COLUMNS))
        for row in range(ROWS)
    }
    figures |= {
        (ROWS, column): sum(figures[row, column] for row in range(ROWS))
        for column in range(COLUMNS + 1)
    }
    sums = [
        Sum((row, COLUMNS), tuple((row, column) for column in range(COLUMNS)))
        for row in range(ROWS + 1)
    ]
    sums += [
        Sum((ROWS, column), tuple((row, column) for row in range(ROWS)))
        for column in range(COLUMNS + 1)
    ]
    return figures, sums


def solved(
    figures: dict[tuple[int, int], int], sums: list[Sum], hidden: set[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Solve the sums by plain elimination; gives the hidden figures that have one value only."""
    unknowns = sorted(hidden)
    matrix = [
        [Fraction((key == one.total) - sum(key == part for part in one.parts)) for key in unknowns]
        for one in sums
    ]
    rank = 0
    for column in range(len(unknowns)):
        pivot = next((row for row in range(rank, len(matrix)) if matrix[row][column]), None)
        if pivot is None:
            continue
        matrix[rank], matrix[pivot] = matrix[pivot], matrix[rank]
        lead = matrix[rank][column]
        matrix[rank] = [value / lead for value in matrix[rank]]
        for row in range(len(matrix)):
            if row != rank and matrix[row][column]:
                factor = matrix[row][column]
                matrix[row] = [
                    a - factor * b for a, b in zip(matrix[row], matrix[rank], strict=True)
                ]
        rank += 1
    return {
        unknowns[[bool(v) for v in row].index(True)] for row in matrix if sum(map(bool, row)) == 1
    }


@settings(max_examples=60)
@given(st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 9, 30, 120]), min_size=16, max_size=16))
def test_no_sum_gives_a_hidden_figure_back(values: list[int]) -> None:
    figures, sums = table(values)
    hidden = protect(figures, sums)

    assert {key for key, count in figures.items() if 0 < count < FEWEST} <= set(hidden)
    left = [count for key, count in figures.items() if key not in hidden]
    # When few figures are left there is nothing to hide beside: then all of it is hidden.
    assert not solved(figures, sums, set(hidden)) or not any(left)


def test_one_small_figure_takes_few_others_with_it() -> None:
    figures, sums = table([50, 60, 70, 80, 3, 40, 50, 60, 90, 80, 70, 60, 20, 30, 40, 50])
    hidden = protect(figures, sums)
    assert hidden[1, 0] is Hidden.FEW
    assert 4 <= len(hidden) <= 6
    assert (ROWS, COLUMNS) not in hidden
    assert protect(figures, sums, apart=[(2, 2)])[2, 2] is Hidden.APART
