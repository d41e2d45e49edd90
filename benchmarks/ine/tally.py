"""How many were found, missed, mistaken or left to somebody."""

from collections.abc import Iterable
from dataclasses import dataclass

from bascule.ine.matching.verdict import AUTOMATIC_BITS, Outcome, Verdict
from benchmarks.ine.ceiling import bears_another_name
from benchmarks.ine.grounds import Ground, Wanted
from benchmarks.table import Line

_RECALL, _DISPUTES = 0.95, 0.05
#: An event that was never seen in n trials is rarer than this over n, with 95 chances in 100.
_RULE_OF_THREE = 3


@dataclass(slots=True)
class Tally:
    """What became of those who were looked for.

    Attributes:
        known: those who are in the directory.
        wanted: all.
        right: linked without anybody, rightly.
        false: linked without anybody, to somebody else.
        disputes: left to somebody.
        shown: of these, those whose person is shown.
        missed: known, and said to be nobody.
        named: of these, those that another first name alone keeps from being a link.
        dated: those that another date of birth alone does.
        others: known, who bear another first name for whoever reads it.
    """

    known: int = 0
    wanted: int = 0
    right: int = 0
    false: int = 0
    disputes: int = 0
    shown: int = 0
    missed: int = 0
    named: int = 0
    dated: int = 0
    others: int = 0

    def add(self, one: Wanted, outcome: Outcome, persons: Iterable[int]) -> None:
        """Count one.

        Args:
            one (Wanted): who was looked for.
            outcome (Outcome): what was decided.
            persons (Iterable[int]): ranks of the persons found, best first.
        """
        found = list(persons)
        is_known = one.truth is not None
        self.wanted += 1
        self.known += is_known
        self.others += one.registered is not None and bears_another_name(one.registered, one.civil)
        if outcome is Outcome.AUTOMATIC:
            is_right = found[0] == one.truth
            self.right += is_right
            self.false += not is_right
        elif outcome is Outcome.DISPUTE:
            self.disputes += 1
            self.shown += one.truth in found
        else:
            self.missed += is_known

    def lines(self, ground: Ground) -> list[Line]:
        """Give the lines of the table.

        Args:
            ground (Ground): what was searched; its targets, when it has some.

        Returns:
            list[Line]: false links first.
        """
        linked = self.right + self.false
        bound = f"of {linked:,} links"
        if not self.false:
            bound += f": below {_RULE_OF_THREE / max(1, linked):.1e} with 95 chances in 100"
        aimed, floor = ground.floor is not None, ground.floor or 0.0
        recall, disputes = self.right / self.known, self.disputes / self.wanted
        together = (self.right + self.shown) / self.known
        alike = self.known - self.others
        ceiling = alike / self.known
        least = max(0.0, floor - ceiling) * self.known / self.wanted
        return [
            Line("false automatic links", str(self.false), bound, "0" if aimed else "", not self.false),
            Line("precision of automatic links", f"{self.right / max(1, linked):.5f}"),
            Line("automatic recall", f"{recall:.4f}", f"of {self.known:,} known",
                 f"≥ {_RECALL}" if aimed else "", recall >= _RECALL),
            Line("  ceiling, without disagreeing first names", f"{ceiling:.4f}",
                 f"{self.others:,} bear another one for any reader"),
            Line("  recall below that ceiling", f"{self.right / alike:.4f}", f"of the {alike:,} others"),
            Line("disputes", f"{disputes:.4f}", f"of {self.wanted:,} looked for",
                 f"≤ {_DISPUTES}" if aimed else "", disputes <= _DISPUTES),
            Line("  fewest that find enough, at that ceiling", f"{least:.4f}",
                 "were nobody else in dispute"),
            Line("  another first name alone", f"{self.named / self.wanted:.4f}", "never automatic"),
            Line("  another date of birth alone", f"{self.dated / self.wanted:.4f}", "likewise"),
            Line("recall, disputes included", f"{together:.4f}", f"{self.missed:,} known said nobody",
                 f"≥ {floor}" if aimed else "", together >= floor),
        ]  # fmt: skip


def tally(wanted: Iterable[Wanted], verdicts: Iterable[Verdict]) -> Tally:
    """Count what was decided of all.

    Args:
        wanted (Iterable[Wanted]): who was looked for.
        verdicts (Iterable[Verdict]): in their order.

    Returns:
        Tally: the counts.
    """
    counted = Tally()
    for one, verdict in zip(wanted, verdicts, strict=True):
        counted.add(one, verdict.outcome, (found.person - 1 for found in verdict.candidates))
        if verdict.outcome is Outcome.DISPUTE:
            score = verdict.candidates[0].score
            if score.total >= AUTOMATIC_BITS:
                held = {each.field for each in score.fields if not each.level.may_be_automatic}
                counted.named += held == {"first"}
                counted.dated += held == {"birth"}
    return counted
