"""Run the benchmark: `python -m benchmarks`. It prints ratios, and never fails for a time."""

import argparse
import sys
import time

from benchmarks.server import enter, make_empty_twin, throwaway_base


def main() -> None:
    """Measure, and print the table."""
    asked = _asked()
    started = time.monotonic()
    with throwaway_base() as home:
        # What follows reads models: not before Django is set up.
        from benchmarks.run import Run, Size  # noqa: PLC0415

        size = (
            Size(
                schools=4,
                stored=12_000,
                beside=3,
                typical=1,
                opened=4,
                fed=0,
                listed=0,
                counted=(130,),
                followed=(130,),
            )
            if asked.quick
            else Size()
        )
        if asked.schools:
            size = size._replace(schools=asked.schools, opened=asked.schools, fed=asked.schools)
        if asked.nation:
            size = size._replace(stored=1_100_000)
        make_empty_twin(home)
        with enter(home) as connection:
            Run(connection, size).run()
    sys.stderr.write(f"\nDone in {time.monotonic() - started:.0f} s.\n")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute: few schools, wide noise")
    parser.add_argument(
        "--schools", type=int, help="schools of the académie (100), and schools opened (20)"
    )
    parser.add_argument(
        "--nation", action="store_true", help="store 1.1 million pupils beside, not 60,000"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
