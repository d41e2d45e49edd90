"""The three counts of a school's year, now: its last file, its records, the academic base; who differs, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from django.db import transaction

from bascule.bea.board import KEPT_BACK, Why, last_transfer, names_of, why
from bascule.bea.last_file import FileReason, FileSide, file_side
from bascule.bea.models import Line, Transfer
from bascule.bea.reasons import Reason
from bascule.bea.snapshot import Difference, Snapshot, last_act
from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.values.words import said as _


class Between(StrEnum):
    """Between which two of the three a pupil differs."""

    FILE = "fichier"
    BASE = "base"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _BETWEEN[self]


_BETWEEN: Final = {
    Between.FILE: _("entre le dernier fichier et l’établissement"),
    Between.BASE: _("entre l’établissement et la base académique"),
}


class Gap(NamedTuple):
    """A pupil who is not the same on two sides.

    Attributes:
        between: which two sides.
        pupil_id: the pupil; None for one whom the school's records do not have.
        name: NAME First name, or the record of the file.
        division: code, may be blank.
        reasons: why.
        is_explained: whether the reason is one that holds; False alarms.
    """

    between: Between
    pupil_id: int | None
    name: str
    division: str
    reasons: tuple[Why, ...]
    is_explained: bool


class Division(NamedTuple):
    """A division on two sides.

    Attributes:
        code: may be blank, for pupils in none.
        school_count: pupils of the school's records.
        base_count: pupils of the academic base.
        difference_count: pupils who differ.
    """

    code: str
    school_count: int
    base_count: int
    difference_count: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What agrees, and what does not.

    Attributes:
        file_count: pupils of the last whole file; None before one.
        school_count: pupils of the records.
        base_count: pupils of the academic base.
        left_count: pupils who left before the last file, which no longer holds them.
        divisions: school and base, by division.
        gaps: pupils who differ.
        is_file_explained: whether the file and the records agree but for the gaps and those who left.
        last: the last night; None before a first one.
    """

    file_count: int | None
    school_count: int
    base_count: int
    left_count: int
    divisions: tuple[Division, ...]
    gaps: tuple[Gap, ...]
    is_file_explained: bool
    last: Transfer | None

    @property
    def is_reconciled(self) -> bool:
        """Return whether the three agree, or each difference has its reason."""
        return self.is_file_explained and all(gap.is_explained for gap in self.gaps)


def reconcile(*, uai: str, year: int, trusts_night: bool = False) -> Reconciliation:
    """Compare the three, as they are now.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        trusts_night (bool): believe a last night that found nobody who differs, while nothing was written since;
            else every line is compared again.

    Returns:
        Reconciliation: what differs, and why. What was written since the last night waits for the next.
    """
    last = last_transfer(uai=uai, year=year)
    with transaction.atomic():
        open_schools(uai)
        staging.keep_plans_stable()
        with staging.raw_cursor() as cursor:
            snapshot = Snapshot(cursor, uai, year)
            is_as_seen = last is not None and last.seen_act_id == last_act(cursor, uai)
            is_known = (
                trusts_night and is_as_seen and last is not None and not last.difference_count
            )
            differences = [] if is_known else snapshot.differences()
            held = snapshot.divisions()
            school = snapshot.school_divisions()
        gaps = _base_gaps(uai, differences, last, is_as_seen=is_as_seen)
        side = file_side(uai=uai, year=year, school_count=sum(school.values()))
        gaps = [*_file_gaps(uai, side), *gaps]
    differing = Counter(one.division for one in differences)
    return Reconciliation(
        file_count=side.read_count,
        school_count=sum(school.values()),
        base_count=sum(count for count, _digest in held.values()),
        left_count=side.left_count,
        divisions=tuple(
            Division(code, school.get(code, 0), held.get(code, (0, ""))[0], differing[code])
            for code in sorted(school.keys() | held.keys() | differing.keys())
        ),
        gaps=tuple(gaps),
        is_file_explained=side.is_explained,
        last=last,
    )


def _base_gaps(
    uai: str, differences: Sequence[Difference], last: Transfer | None, *, is_as_seen: bool
) -> list[Gap]:
    """Say why: kept back by the last night, or written since; nothing else is a reason."""
    kept = {
        line.student_id: line.reasons
        for line in Line.objects.filter(
            uai=uai, transfer_id=(last and last.lines_id) or 0, outcome__in=KEPT_BACK
        )
    }
    names = names_of(uai, (one.student_id for one in differences))
    gaps = []
    for one in differences:
        reasons = kept.get(one.student_id)
        if reasons is None and not is_as_seen:
            reasons = [Reason.TONIGHT if one.is_in_school else Reason.TONIGHT_OUT]
        gaps.append(
            Gap(
                Between.BASE, one.student_id, names.get(one.student_id, ("", False))[0], one.division,
                why(reasons or [Reason.UNKNOWN]), reasons is not None,
            )
        )  # fmt: skip
    return gaps


def _file_gaps(uai: str, side: FileSide) -> list[Gap]:
    names = names_of(uai, (one.pupil_id for one in side.apart if one.pupil_id))
    return [
        Gap(
            Between.FILE,
            one.pupil_id,
            names[one.pupil_id][0] if one.pupil_id in names else one.label,
            one.division,
            (Why(one.reason, one.reason.label, is_anomaly=one.reason is FileReason.REJECTED),),
            is_explained=True,
        )
        for one in side.apart
    ]
