"""A school that signs its constat, for tests."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.bea.acting import Evenings
from tests.exchange.schools_for_tests import YEAR

from bascule.constat.check import Situation, situation
from bascule.constat.models import Signature
from bascule.constat.rounds import open_round
from bascule.constat.sign import sign

OBSERVED = date(2026, 10, 1)
OPENS, CLOSES = date(2026, 9, 15), date(2026, 11, 20)


@dataclass(slots=True)
class Signing(Evenings):
    """Its evenings, and its constat."""

    explanations: dict[int, str] = field(default_factory=dict)

    def open(self, **changes: Any) -> None:
        days = {"opens_on": OPENS, "closes_on": CLOSES, "observed_on": OBSERVED, **changes}
        open_round(year=YEAR, actor="papep", at=self.later(), **days)

    def situation(self) -> Situation:
        return situation(uai=self.uai, year=YEAR, today=self.at.date())

    def sign(self, **explanations: str) -> Signature:
        return sign(
            uai=self.uai, year=YEAR, signatory="Claire MOREL", actor="claire.morel", at=self.later(),
            explanations={int(key[1:]): text for key, text in explanations.items()},
        )  # fmt: skip
