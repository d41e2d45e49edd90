"""Count the requests of the site, whichever of its processes answers them, on whichever machine.

Each process counts in its memory and adds what it has to one table a few seconds later, so that all give the same
figures; a request costs an addition. What a process had not added yet when it is stopped is lost: a few seconds.
"""

import threading
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from django.db import DatabaseError, connection, transaction

from bascule.ops.models import Traffic

#: Seconds; the first holds what nobody waits for, the last what everybody gives up.
BOUNDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: How long counts may stay in the memory of a process, in seconds.
_LATENESS: Final = 5.0

_ADD: Final = """
INSERT INTO ops_traffic AS t (route, status, count, seconds, buckets) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (route, status) DO UPDATE SET count = t.count + excluded.count, seconds = t.seconds + excluded.seconds,
    buckets = (SELECT array_agg(mine + more ORDER BY place)
        FROM unnest(t.buckets, excluded.buckets) WITH ORDINALITY AS u (mine, more, place))
"""


class _Counts:
    """What this process has counted and not added yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.found: dict[tuple[str, str], tuple[list[int], list[float]]] = {}
        self.is_kept, self.is_awaited = False, False

    def add(self, key: tuple[str, str], buckets: Sequence[int], seconds: float) -> None:
        with self.lock:
            held, total = self.found.setdefault(key, ([0] * (len(BOUNDS) + 1), [0.0]))
            for place, count in enumerate(buckets):
                held[place] += count
            total[0] += seconds
            begins = self.is_kept and not self.is_awaited
            self.is_awaited = self.is_awaited or begins
        if begins:
            timer = threading.Timer(_LATENESS, _add_later)
            timer.daemon = True
            timer.start()

    def taken(self) -> dict[tuple[str, str], tuple[list[int], list[float]]]:
        with self.lock:
            found, self.found, self.is_awaited = self.found, {}, False
        return found


_counts: Final = _Counts()


def keep() -> None:
    """From now on, add what this process counts to the table, a few seconds after it was counted."""
    _counts.is_kept = True


def count(*, route: str, status: int, seconds: float) -> None:
    """Count one request.

    Args:
        route (str): as URLs are declared; blank for none.
        status (int): of the answer.
        seconds (float): how long it took.
    """
    buckets = [0] * (len(BOUNDS) + 1)
    buckets[bisect_left(BOUNDS, seconds)] = 1
    _counts.add((route[:200], f"{status // 100}xx"), buckets, seconds)


def flush() -> None:
    """Add what this process has counted to the table; what cannot be added now is added with the next."""
    found = _counts.taken()
    # Always in the same order: two processes never wait for each other.
    rows = [
        (*key, sum(buckets), total[0], buckets) for key, (buckets, total) in sorted(found.items())
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_ADD, rows)
    except DatabaseError:
        for key, (buckets, total) in found.items():
            _counts.add(key, buckets, total[0])
        raise


def as_lines() -> list[str]:
    """Write what all processes counted, as OpenMetrics.

    Returns:
        list[str]: a counter by route and status, and how long each route takes.
    """
    rows = list(Traffic.objects.order_by("route", "status"))
    lines = ["# TYPE bascule_http_requests counter"]
    lines += [
        f'bascule_http_requests_total{{route="{_quoted(one.route)}",status="{one.status}"}} {one.count}'
        for one in rows
    ]
    lines.append("# TYPE bascule_http_request_seconds histogram")
    for route in dict.fromkeys(one.route for one in rows):
        own = [one for one in rows if one.route == route]
        label, upto = f'route="{_quoted(route)}"', 0
        for bound, counts in zip(
            (*map(str, BOUNDS), "+Inf"),
            zip(*(one.buckets for one in own), strict=True),
            strict=True,
        ):
            upto += sum(counts)
            lines.append(f'bascule_http_request_seconds_bucket{{{label},le="{bound}"}} {upto}')
        lines.append(f"bascule_http_request_seconds_count{{{label}}} {upto}")
        total = sum(one.seconds for one in own)
        lines.append(f"bascule_http_request_seconds_sum{{{label}}} {total:.6f}")
    return lines


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _add_later() -> None:
    try:
        with suppress(DatabaseError):
            flush()
    finally:
        connection.close()
