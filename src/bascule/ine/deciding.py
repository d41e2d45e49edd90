"""Say of each record whose it is, from what the directory knows. Pure.

An INE alone never decides; nothing of the directory is overwritten; a person has one record of a school.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bascule.ine.known import Known
from bascule.ine.matching.levels import Likeness
from bascule.ine.matching.model import Model, Score, weigh
from bascule.ine.matching.verdict import Outcome, Verdict, is_automatic
from bascule.ine.models import Link, Request
from bascule.ine.reasons import Reason, lacks
from bascule.ine.records import Record
from bascule.values.ine import ine_kind

#: Of fields that say nothing against the same person.
_WHOLE = frozenset((Likeness.SAME, Likeness.MISSING))

#: Candidates kept with a dispute, at most.
MOST = 5


@dataclass(slots=True)
class Decided:
    """What becomes of a record.

    Attributes:
        record: the record.
        state: of its request.
        reason: why it is in error or in dispute.
        root: the person it is, if it is known; while it is new, a negative number.
        person_id: which of those that merges make one.
        how: why it is believed; None when the link stays as it is.
        score: field by field.
        candidates: for a dispute, the person and the score of each.
        new_numbers: numbers that the record teaches.
        asks: whether a new number is to be made.
    """

    record: Record
    state: Request.State
    reason: Reason | None = None
    root: int | None = None
    person_id: int | None = None
    how: Link.How | None = None
    score: dict[str, Any] | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)
    new_numbers: tuple[str, ...] = ()
    asks: bool = False


@dataclass(slots=True)
class Case:
    """A record, and what is known before likenesses are looked for.

    Attributes:
        record: the record.
        numbers: its numbers that have a form.
        owner: the person whom its numbers name, or whom it is linked to.
        fit: that person's civil status that looks most like it, and the score.
        is_torn: whether its numbers name two persons.
    """

    record: Record
    numbers: tuple[str, ...]
    owner: int | None = None
    fit: tuple[int, Score] | None = None
    is_torn: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether likenesses need not be looked for."""
        return self.record.is_same_civil or (self.fit is not None and is_automatic(self.fit[1]))


def numbers_of(record: Record) -> tuple[str, ...]:
    """Give the numbers of a record that have a form.

    Args:
        record (Record): the record.

    Returns:
        tuple[str, ...]: each once.
    """
    return tuple(dict.fromkeys(n for n in record.numbers if n and ine_kind(n)))


def cases_of(records: Sequence[Record], known: Known, model: Model) -> list[Case]:
    """Look at whom numbers and links name.

    Args:
        records (Sequence[Record]): the records.
        known (Known): their numbers and links were looked up, and those persons read.
        model (Model): what comparisons are worth.

    Returns:
        list[Case]: in the same order.
    """
    cases = []
    for record in records:
        case = Case(record, numbers_of(record))
        owners = {known.owners[n] for n in case.numbers if n in known.owners}
        linked = None if record.person_id is None else known.roots.get(record.person_id)
        if linked is not None:
            case.is_torn = bool(owners - {linked})
            case.owner = linked
        elif owners:
            case.is_torn = len(owners) > 1
            case.owner = min(owners)
        if case.owner is not None and not record.is_same_civil:
            case.fit = best_fit(record, case.owner, known, model)
        cases.append(case)
    return cases


def best_fit(record: Record, root: int, known: Known, model: Model) -> tuple[int, Score] | None:
    """Give the civil status of a person that looks most like a record.

    Args:
        record (Record): the record.
        root (int): the person, read.
        known (Known): the directory.
        model (Model): what comparisons are worth.

    Returns:
        tuple[int, Score] | None: whose it is among those merged, and the score.
    """
    own = record.civil.compared()
    scored = [
        (person, weigh(own, civil.compared(), model))
        for person, civil in known.civils.get(root, {}).items()
    ]
    return max(scored, key=lambda pair: (pair[1].total, -pair[0]), default=None)


def decide_all(
    cases: Sequence[Case], verdicts: Sequence[Verdict | None], known: Known, model: Model
) -> list[Decided]:
    """Decide of every record, one after the other: what one takes, the next does not have.

    Args:
        cases (Sequence[Case]): the records.
        verdicts (Sequence[Verdict | None]): whom each looks like; None where it was not asked.
        known (Known): the directory; what is decided is noted in it.
        model (Model): what comparisons are worth.

    Returns:
        list[Decided]: in the same order.
    """
    step = _Step(known, model)
    return [step.decide(case, verdict) for case, verdict in zip(cases, verdicts, strict=True)]


class _Step:
    def __init__(self, known: Known, model: Model) -> None:
        self._known = known
        self._model = model
        self._last_new = 0
        #: The new persons of the records just decided, by what makes two records of a school one.
        self._twice: dict[tuple[Any, ...], int] = {}

    def decide(self, case: Case, verdict: Verdict | None) -> Decided:
        if case.record.person_id is not None:
            return self._linked(case, verdict)
        if case.owner is not None and case.fit is not None and case.is_sure and not case.is_torn:
            return self._link(case, case.owner, *case.fit, Link.How.NUMBER)
        if case.owner is not None:
            reason = Reason.NUMBERS_OF_TWO if case.is_torn else Reason.NUMBER_OF_ANOTHER
            return self._dispute(case, reason, verdict)
        brought = [self._known.owners[n] for n in case.numbers if n in self._known.owners]
        if brought:
            # A record before it just brought the same number.
            return self._twin(case, brought[0], verdict)
        return self._by_likeness(case, verdict)

    def _linked(self, case: Case, verdict: Verdict | None) -> Decided:
        record, owner = case.record, case.owner
        if owner is not None and record.is_same:
            # An agent may have decided it, whatever the numbers say.
            return self._link(case, owner, record.person_id, None, None)
        if owner is None or case.is_torn:
            return self._dispute(case, Reason.NUMBER_OF_ANOTHER, verdict)
        if record.is_same_civil:
            return self._link(case, owner, record.person_id, None, None)
        if case.fit is None or not (case.is_sure or _is_corrected(case.fit[1])):
            return self._dispute(case, Reason.CHANGED, verdict)
        return self._link(case, owner, *case.fit, None)

    def _by_likeness(self, case: Case, verdict: Verdict | None) -> Decided:
        assert verdict is not None  # noqa: S101 - asked for whoever has no owner
        taken = self._known.taken
        found = [
            one for one in verdict.candidates if one.person not in taken or is_automatic(one.score)
        ]
        if verdict.outcome is Outcome.AUTOMATIC:
            best = verdict.candidates[0]
            fit = best_fit(case.record, best.person, self._known, self._model)
            is_whole = all(one.level.likeness in _WHOLE for one in best.score.fields)
            return self._link(
                case,
                best.person,
                fit[0] if fit else best.person,
                best.score,
                Link.How.IDENTITY if is_whole else Link.How.LIKENESS,
            )
        # Records that the school itself tells apart are different pupils, alike as they may be.
        if verdict.outcome is Outcome.DISPUTE and found:
            return self._dispute(case, Reason.LOOK_ALIKES, verdict)
        return self._new(case, verdict)

    def _new(self, case: Case, verdict: Verdict | None) -> Decided:
        civil = case.record.civil
        key = (civil.compared()[:3], civil.birth_date)
        if key in self._twice:
            return self._twin(case, self._twice[key], verdict)
        if not case.numbers:
            missing = _lacks(case.record)
            if missing is not None:
                return Decided(case.record, Request.State.ERROR, missing)
        self._last_new -= 1
        root = self._twice[key] = self._last_new
        self._known.taken[root] = case.record.student_id
        self._known.civils[root] = {root: civil}
        for number in case.numbers:
            self._known.add_number(root, number)
        return Decided(
            case.record,
            Request.State.GIVEN,
            root=root,
            person_id=root,
            how=Link.How.NEW,
            new_numbers=case.numbers,
            asks=not case.numbers,
        )

    def _twin(self, case: Case, root: int, verdict: Verdict | None) -> Decided:
        """Put in dispute whether a record is the person whom another one of the school just made."""
        fit = best_fit(case.record, root, self._known, self._model)
        return self._dispute(
            case, Reason.SAME_SCHOOL, verdict, first=(root, fit[1] if fit else None)
        )

    def _link(
        self,
        case: Case,
        root: int,
        person_id: int | None,
        score: Score | None,
        how: Link.How | None,
    ) -> Decided:
        record, known = case.record, self._known
        if known.taken.setdefault(root, record.student_id) != record.student_id and how is not None:
            return self._dispute(case, Reason.SAME_SCHOOL, None, first=(root, score))
        unknown = tuple(n for n in case.numbers if n not in known.owners)
        for number in () if record.is_same else unknown:
            kind = ine_kind(number)
            if kind and known.first_number(root, kind.name):
                return self._dispute(case, Reason.NUMBER_DIFFERS, None, first=(root, score))
        for number in unknown:
            known.add_number(root, number)
        decided = Decided(
            record,
            Request.State.GIVEN,
            root=root,
            person_id=person_id,
            how=how,
            score=score.as_json() if score else None,
            new_numbers=unknown,
        )
        if known.number_in_force(root) is None:
            missing = _lacks(record)
            decided.asks = missing is None
            if missing is not None:
                decided.state, decided.reason = Request.State.ERROR, missing
        return decided

    def _dispute(
        self,
        case: Case,
        reason: Reason,
        verdict: Verdict | None,
        first: tuple[int, Score | None] | None = None,
    ) -> Decided:
        if first is None and case.owner is not None:
            first = (case.owner, case.fit[1] if case.fit else None)
        found: dict[int, Score | None] = dict([first] if first else ())
        for one in verdict.candidates if verdict else ():
            found.setdefault(one.person, one.score)
        return Decided(
            case.record,
            Request.State.DISPUTE,
            reason,
            candidates=[
                {"person": person, "score": score.as_json() if score else None}
                for person, score in list(found.items())[:MOST]
            ],
        )


def _is_corrected(score: Score) -> bool:
    """Tell whether a record says its own pupil better: the same names, and a date of birth with a slip less."""
    found = {scored.field: scored.level.likeness for scored in score.fields}
    return (
        found["family"] in _WHOLE
        and found["first"] in _WHOLE
        and found["birth"] is not Likeness.DIFFERENT
        and found["sex"] is not Likeness.DIFFERENT
    )


def _lacks(record: Record) -> Reason | None:
    civil = record.civil
    return lacks(sex=civil.sex, country=civil.birth_country, commune=civil.birth_commune)
