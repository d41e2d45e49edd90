"""Learn what likeness is worth, from people and how schools write them: by Splink, apart from any service.

No truth is asked for: frequencies are counted, chance likeness is measured on pairs drawn at random, and
likeness between writings of one person is found by expectation and maximisation. Needs the extra `train`.
"""

import csv
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from bascule.errors import RefusedError
from bascule.ine.matching.civil import Civil, Keys, keys, search_keys
from bascule.ine.matching.levels import COMPARISONS, Comparison
from bascule.ine.matching.model import Model, Terms, Weight
from bascule.values.words import said as _

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from splink import Linker

#: People, given again each time: they are read twice.
People = Callable[[], Iterable[Civil]]

_LISTS: Final = frozenset(("names", "name_parts", "firsts", "furthers", "first_parts"))
_BLOCKS: Final = ("name_key", "usual_key", "first_key")
_COLUMNS: Final = ("unique_id", *Keys._fields, *_BLOCKS)
#: Frequencies that are kept: how many, and for how many people at least.
_KEPT: Final = {"family": 5_000, "first": 20_000, "place": 2_000}
_LEAST_BEARERS: Final = 3
#: Pairs drawn at random; what is met once in more pairs than that is not known to be rarer.
_PAIRS: Final = 5_000_000
_RAREST_U: Final = 1e-7
_RAREST_M: Final = 1e-5
#: Pairs among which those of one person are many: of one birth date, and of one name.
_AMONG: Final = (
    "l.day = r.day",
    "l.name_sound = r.name_sound AND l.first_sound = r.first_sound",
)


class NoTrainerError(RefusedError):
    """Splink is not installed."""

    code = "train.missing"

    def __init__(self) -> None:
        super().__init__(
            _(
                "L’entraînement demande un complément : installez `bascule[train]`, puis recommencez."
            )
        )


def train(
    *,
    persons: People,
    records: People,
    source: str,
    seed: int,
    at: datetime,
    pairs: int = _PAIRS,
) -> Model:
    """Learn a model.

    Args:
        persons (People): the directory, each person once.
        records (People): the same people as schools write them, and others.
        source (str): what these people are, in a few words.
        seed (int): of what is drawn at random.
        at (datetime): when.
        pairs (int): drawn at random, to see what chance makes alike.

    Returns:
        Model: with how it was trained.

    Raises:
        NoTrainerError: without Splink.
    """
    with TemporaryDirectory(prefix="bascule-train-") as folder:
        model, _linker = learn(
            Path(folder),
            persons=persons,
            records=records,
            source=source,
            seed=seed,
            at=at,
            pairs=pairs,
        )
    return model


def learn(
    folder: Path,
    *,
    persons: People,
    records: People,
    source: str,
    seed: int,
    at: datetime,
    pairs: int = _PAIRS,
) -> "tuple[Model, Linker]":
    """Learn a model, and keep what learned it.

    Args:
        folder (Path): where tables are written.
        persons (People): the directory, each person once.
        records (People): the same people as schools write them, and others.
        source (str): what these people are.
        seed (int): of what is drawn at random.
        at (datetime): when.
        pairs (int): drawn at random.

    Returns:
        tuple[Model, Linker]: the model, and Splink's own state.

    Raises:
        NoTrainerError: without Splink.
    """
    if find_spec("splink") is None:
        raise NoTrainerError
    import duckdb  # noqa: PLC0415 - only who trains needs them
    import splink  # noqa: PLC0415

    # It says of each level, in its own words and at each pass, that it did not meet it: `unmet` says so once.
    logging.getLogger("splink").setLevel(logging.ERROR)
    terms = _terms(persons())
    base = duckdb.connect()
    size = load_people(base, folder, "persons", persons(), terms["first"].share)
    seen = load_people(base, folder, "records", records(), terms["first"].share)
    api = splink.DuckDBAPI(connection=base)
    settings = splink.SettingsCreator(
        link_type="link_only",
        comparisons=[_comparison(each) for each in COMPARISONS],
        probability_two_random_records_match=min(0.5, 1 / size),
        blocking_rules_to_generate_predictions=[
            {"blocking_rule": rule} for rule in blocking_rules()
        ],
        retain_matching_columns=False,
    )
    linker = splink.Linker(
        [api.register("persons"), api.register("records")], settings, log_level=None
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=seed)
    for rule in _AMONG:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
    told = json.loads(json.dumps(linker.misc.save_model_to_json(), default=str))["comparisons"]
    training = {
        "source": source,
        "at": at.isoformat(timespec="seconds"),
        "seed": seed,
        "persons": size,
        "records": seen,
        "splink": splink.__version__,
        "duckdb": duckdb.__version__,
        "unmet": list(_unmet(told)),
    }
    return Model(_weights(told), terms, training), linker


def blocking_rules() -> Iterator[str]:
    """Give the blocks of `candidates` for Splink.

    Yields:
        str: conditions on two tables, `l` and `r`.
    """
    for born in ("l.day = r.day", "l.day = r.swapped"):
        yield f"{born} AND left(l.name_key, 2) = left(r.name_key, 2)"
        yield f"{born} AND left(l.usual_key, 2) = left(r.name_key, 2)"
        yield f"{born} AND left(l.name_key, 2) = left(r.usual_key, 2)"
        yield f"{born} AND left(l.first_key, 3) = left(r.first_key, 3)"
        yield f"{born} AND left(l.first_key, 2) = left(r.name_key, 2)"
    yield "l.name_key = r.name_key AND l.first_key = r.first_key"
    yield "l.name_key = r.usual_key AND l.first_key = r.first_key"
    yield "l.usual_key = r.name_key AND l.first_key = r.first_key"
    yield "l.name_key = r.first_key AND l.first_key = r.name_key"


def _comparison(comparison: Comparison) -> dict[str, Any]:
    """Tell a comparison to Splink: what says nothing first, then the levels in their order."""
    silent = [level.when.sql() for level in comparison.levels if level.says_nothing and level.when]
    told: list[dict[str, Any]] = [
        {"sql_condition": " OR ".join(silent), "label_for_charts": "missing", "is_null_level": True}
    ]
    for level in comparison.levels:
        if not level.says_nothing:
            condition = level.when.sql() if level.when else "ELSE"
            one: dict[str, Any] = {"sql_condition": condition, "label_for_charts": level.code}
            if level.term == comparison.terms != "":
                # Its own way with frequencies, for who compares: they are not learned by.
                one["tf_adjustment_column"] = level.term
                one["disable_tf_exact_match_detection"] = True
            told.append(one)
    return {"output_column_name": comparison.field, "comparison_levels": told}


def load_people(
    base: "DuckDBPyConnection",
    folder: Path,
    table: str,
    people: Iterable[Civil],
    borne: Mapping[str, float],
) -> int:
    """Make a table of what is compared of people, NULL where nothing is known.

    Args:
        base (DuckDBPyConnection): where it is made.
        folder (Path): for a file that is deleted again.
        table (str): its name.
        people (Iterable[Civil]): their rank is `unique_id`.
        borne (Mapping[str, float]): first names that people bear.

    Returns:
        int: how many they are.
    """
    file = folder / f"{table}.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        for number, civil in enumerate(people):
            cells = [_cell(value) for value in keys(civil, borne)]
            writer.writerow((number, *cells, *search_keys(civil)))
    told = ", ".join(f"{name} VARCHAR" for name in _COLUMNS)
    base.execute(f"CREATE TABLE {table}_text ({told})")
    base.execute(f"COPY {table}_text FROM '{file}' (HEADER false, QUOTE '\"', NULL '')")
    columns = ", ".join(
        f"string_split({name}, '|') AS {name}" if name in _LISTS else name for name in _COLUMNS
    )
    base.execute(f"CREATE TABLE {table} AS SELECT {columns} FROM {table}_text")  # noqa: S608
    base.execute(f"DROP TABLE {table}_text")
    file.unlink()
    ((count,),) = base.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608
    return int(count)


def _cell(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else "|".join(value)


def _terms(people: Iterable[Civil]) -> dict[str, Terms]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in _KEPT}
    totals: Counter[str] = Counter()
    for civil in people:
        one = keys(civil)
        counts["family"].update(set(one.names) | set(one.name_parts))
        counts["first"].update(one.firsts)
        counts["place"].update(filter(None, (one.place,)))
        totals.update(family=bool(one.family), first=len(one.firsts), place=bool(one.place))
    return {name: _kept(counts[name], totals[name], _KEPT[name]) for name in _KEPT}


def _kept(counts: Counter[str], total: int, most: int) -> Terms:
    """Keep the frequent ones; the rest are as likely to be the same as two of them drawn at random."""
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    least = max(_LEAST_BEARERS, total * 3e-6)
    kept = {name: count for name, count in ranked[:most] if count >= least}
    others = [count for name, count in ranked if name not in kept]
    borne = sum(others)
    rest = sum(count * count for count in others) / borne / total if borne else 1 / max(1, total)
    return Terms({name: _rounded(count / total) for name, count in kept.items()}, _rounded(rest))


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _learned(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    return [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]


def _unmet(told: list[dict[str, Any]]) -> Iterator[str]:
    """Give the levels that no person was met at twice, which say nothing for anybody."""
    for comparison in told:
        for level in _learned(comparison):
            if not isinstance(level.get("m_probability"), float):
                yield f"{comparison['output_column_name']}.{level['label_for_charts']}"


def _weights(told: list[dict[str, Any]]) -> dict[str, dict[str, Weight]]:
    weights: dict[str, dict[str, Weight]] = {}
    for comparison in told:
        weights[comparison["output_column_name"]] = {
            level["label_for_charts"]: _weight(
                level.get("m_probability"), level.get("u_probability")
            )
            for level in _learned(comparison)
        }
    # Too rare to be met among pairs drawn at random: as if both names were drawn apart.
    family, first = weights["family"], weights["first"]
    family["swapped"] = Weight(family["swapped"].m, _rounded(family["same"].u * first["same"].u))
    return weights


def _weight(m: object, u: object) -> Weight:
    """Make a weight of what was learned; a level that one person was never met at is no evidence for it."""
    by_chance = _rounded(max(_RAREST_U, u)) if isinstance(u, float) else _RAREST_U
    if isinstance(m, float):
        return Weight(_rounded(max(_RAREST_M, m)), by_chance)
    return Weight(min(_RAREST_M, by_chance), by_chance)
