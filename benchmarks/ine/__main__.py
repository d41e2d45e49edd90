"""Run the benchmark of matching: `python -m benchmarks.ine`. It prints what is met and what is not."""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks.server import enter, throwaway_base

if TYPE_CHECKING:
    from benchmarks.ine.grounds import Ground

_WANTED = 20_000
_PARTS = ("febrl", "town", "french", "large", "times")
_SHIPPED = Path("src/bascule/ine/matching/model.json")
#: Of the directory on which the shipped weights are learned: not one that is measured.
_SHIPPED_SIZE, _SHIPPED_SEED = 200_000, 2026


def main() -> None:
    """Measure what is asked for, and print it."""
    asked = _asked()
    seed = asked.seed or SystemRandom().randrange(1, 1_000_000)
    if asked.ship:
        _ship()
        return
    started = time.monotonic()
    with throwaway_base() as home, enter(home) as connection:
        # What follows reads models: not before Django is set up.
        from bascule.ine.matching.model import shipped_model  # noqa: PLC0415
        from benchmarks.ine import grounds  # noqa: PLC0415
        from benchmarks.ine.times import measure_times  # noqa: PLC0415
        from benchmarks.table import machine, text_of  # noqa: PLC0415

        _print(f"{machine(connection)}\nSeed {seed}")
        makers: dict[str, Callable[[], Ground]] = {
            "febrl": grounds.febrl,
            "town": lambda: grounds.town(seed),
            "french": lambda: grounds.french(100_000, _WANTED, seed),
            "large": lambda: grounds.french(1_000_000, _WANTED, seed + 1),
        }
        for part in asked.only:
            if part in makers:
                _measure(makers[part](), connection, seed)
        if "times" in asked.only:
            sizes = (10_000_000,) if asked.nation else (500_000, 1_000_000, 2_000_000)
            lines = measure_times(connection, shipped_model(), sizes, seed + 2)
            _print(text_of("A search in the directory, with the shipped weights", lines))
    sys.stderr.write(f"\nDone in {time.monotonic() - started:.0f} s.\n")


def _measure(ground: "Ground", connection: "psycopg.Connection[Any]", seed: int) -> None:
    """Learn the weights of a ground, look for everybody, and let Splink do so alone."""
    from bascule.ine.matching.train import learn  # noqa: PLC0415
    from benchmarks.ine.alone import splink_alone  # noqa: PLC0415
    from benchmarks.ine.stored import fill_directory, look_for  # noqa: PLC0415
    from benchmarks.ine.tally import tally  # noqa: PLC0415
    from benchmarks.table import Line, text_of  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="bascule-bench-") as folder:
        start = time.perf_counter()
        model, linker = learn(
            Path(folder), persons=ground.persons, records=lambda: (one.civil for one in ground.wanted),
            source=ground.name, seed=seed, at=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        learned = time.perf_counter()
        fill_directory(connection, ground.persons())
        filled = time.perf_counter()
        verdicts = look_for([one.civil for one in ground.wanted], model)
        looked = time.perf_counter()
        ours = tally(ground.wanted, verdicts).lines(ground)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        each = (looked - filled) / len(ground.wanted) * 1e3
        costs = [
            Line("a pupil, schools of 600, ms", f"{each:.2f}", f"{looked - filled:.1f} s for all"),
            Line("learning, s", f"{learned - start:.0f}", "frequencies, chance, likeness"),
            Line("peak memory so far, MB", f"{peak:.0f}", "learning and filling included"),
        ]
        _print(text_of(ground.name, [*ours, *costs]))
        start = time.perf_counter()
        theirs = splink_alone(linker, ground).lines(ground._replace(floor=None))
        took = Line(
            "a pupil, all at once, ms", f"{(time.perf_counter() - start) / len(verdicts) * 1e3:.2f}"
        )
        _print(text_of(f"{ground.name}: Splink alone", [*theirs, took]))


def _ship() -> None:
    """Learn the weights that come with the program."""
    from bascule.ine.matching.train import train  # noqa: PLC0415
    from benchmarks.ine.grounds import french  # noqa: PLC0415

    ground = french(_SHIPPED_SIZE, _WANTED, _SHIPPED_SEED)
    model = train(
        persons=ground.persons,
        records=lambda: (one.civil for one in ground.wanted),
        source="fictional people of the generator",
        seed=_SHIPPED_SEED,
        at=datetime.now(tz=UTC),  # noqa: TID251 - a command reads the clock
    )
    _SHIPPED.write_text(model.to_json(), "utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ine", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=_PARTS, help="these parts")
    parser.add_argument("--seed", type=int, help="draw the same people again")
    parser.add_argument("--nation", action="store_true", help="times among 10 million persons")
    parser.add_argument("--ship", action="store_true", help="learn the shipped weights anew")
    return parser.parse_args()


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
