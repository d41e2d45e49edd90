"""Splink alone, beside ours: the same blocks, levels, weights and thresholds, its own frequencies, no rule of ours.

It takes the best person of each; it has no rule for first names, and none for rivals.
"""

from collections import defaultdict
from typing import TYPE_CHECKING

from bascule.ine.matching.verdict import AUTOMATIC_BITS, DISPUTE_BITS, Outcome
from benchmarks.ine.grounds import Ground
from benchmarks.ine.tally import Tally

if TYPE_CHECKING:
    from splink import Linker

_SHOWN = 5


def splink_alone(linker: "Linker", ground: Ground) -> Tally:
    """Let Splink decide of all.

    Args:
        linker (Linker): that learned the weights.
        ground (Ground): who is looked for.

    Returns:
        Tally: the counts.
    """
    table = linker.inference.predict(threshold_match_weight=DISPUTE_BITS, warning_mode="never")
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for row in table.as_record_list():
        found[int(row["unique_id_r"])].append((row["match_weight"], int(row["unique_id_l"])))
    counted = Tally()
    for at, one in enumerate(ground.wanted):
        ranked = sorted(found[at], reverse=True)[:_SHOWN]
        outcome = Outcome.NOBODY
        if ranked:
            outcome = Outcome.AUTOMATIC if ranked[0][0] >= AUTOMATIC_BITS else Outcome.DISPUTE
        counted.add(one, outcome, (person for _, person in ranked))
    return counted
