"""What processes of the site count is added up, by route and never by URL."""

from tests.bases import Base

from bascule.ops import traffic

ROUTE = "essai/<int:n>/"


def test_what_each_process_counted_is_added_up(base: Base) -> None:
    assert base
    for seconds, status in ((0.01, 200), (0.3, 200), (60.0, 500)):
        traffic.count(route=ROUTE, status=status, seconds=seconds)
    traffic.flush()
    traffic.count(route=ROUTE, status=204, seconds=0.25)
    traffic.flush()

    said = [
        line.removeprefix("bascule_http_request") for line in traffic.as_lines() if ROUTE in line
    ]
    assert said == [
        f's_total{{route="{ROUTE}",status="2xx"}} 3',
        f's_total{{route="{ROUTE}",status="5xx"}} 1',
        *(
            f'_seconds_bucket{{route="{ROUTE}",le="{bound}"}} {count}'
            for bound, count in zip(
                (*traffic.BOUNDS, "+Inf"), (1, 1, 2, 3, 3, 3, 3, 3, 4), strict=True
            )
        ),
        f'_seconds_count{{route="{ROUTE}"}} 4',
        f'_seconds_sum{{route="{ROUTE}"}} 60.560000',
    ]
