"""Make new numbers: the RNIE form, never one that was ever seen.

Two digits of the school year, then seven that say nothing: they come in an order that shuffles the rank. The
directory is held, so that two that ask at once are given different ones.
"""

from collections.abc import Sequence

from django.db import connection

from bascule.values.ine import make_ine_rnie

#: Numbers of one year.
_SIZE = 10**7
#: Prime with the size: each rank leads to another number.
_STEP, _START = 7_368_787, 1_932_451


class SeriesIsOverError(Exception):
    """Ten million numbers were made of one year's: there is none left."""


def new_numbers(*, year: int, count: int) -> list[str]:
    """Make numbers that nobody has or ever had; the directory is held.

    Args:
        year (int): first calendar year of the school year.
        count (int): how many.

    Returns:
        list[str]: the numbers; whoever asks writes them down in the same transaction.
    """
    made: list[str] = []
    while len(made) < count:
        drawn = _draw(f"{year % 100:02d}", count - len(made))
        seen = _known(drawn)
        made += [number for number in drawn if number not in seen]
    return made


def _draw(prefix: str, count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ine_series (prefix, count) VALUES (%s, %s) ON CONFLICT (prefix)"
            " DO UPDATE SET count = ine_series.count + EXCLUDED.count RETURNING count",
            [prefix, count],
        )
        last: int = cursor.fetchone()[0]
    if last > _SIZE:
        raise SeriesIsOverError
    ranks = range(last - count, last)
    return [make_ine_rnie(int(prefix) * _SIZE + (rank * _STEP + _START) % _SIZE) for rank in ranks]


def _known(numbers: Sequence[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM ine_number WHERE number = ANY(%s)", [list(numbers)])
        return {row[0] for row in cursor.fetchall()}
