"""A school and its nights, for tests."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.exchange.schools_for_tests import AT, YEAR, ReadySchool, ready_school

from bascule.bea import board, nights
from bascule.bea.board import Filters, Shown
from bascule.bea.models import Night, Transfer
from bascule.bea.reconcile import Reconciliation, reconcile

DAY = date(2026, 11, 5)


def pass_night(*, day: date = DAY, at: datetime = AT, **options: Any) -> Night:
    options.setdefault("origin", Night.Origin.ASKED)
    return nights.run(day=day, actor="night", clock=lambda: at, **options)


@dataclass(slots=True)
class Evenings:
    """A school whose evenings follow each other."""

    school: ReadySchool = field(default_factory=lambda: ready_school(20))
    at: datetime = AT

    @property
    def uai(self) -> str:
        return self.school.uai

    def later(self) -> datetime:
        self.at += timedelta(minutes=10)
        return self.at

    def night(self, **options: Any) -> Transfer:
        pass_night(at=self.later(), **options)
        found = board.last_transfer(uai=self.uai, year=YEAR)
        assert found is not None
        return found

    def lines(self, transfer: Transfer, *outcomes: str) -> list[Shown]:
        return list(board.read_lines(transfer=transfer, filters=Filters(outcomes=outcomes)).rows)

    def reconcile(self) -> Reconciliation:
        return reconcile(uai=self.uai, year=YEAR)


def counts(transfer: Transfer) -> tuple[int, int, int, int, int]:
    """Give those sent, unchanged, withdrawn, blocked, refused."""
    return (
        transfer.sent_count,
        transfer.unchanged_count,
        transfer.withdrawn_count,
        transfer.blocked_count,
        transfer.refused_count,
    )
