"""Sign a constat, and reopen one: each is one act of the school."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from django.db.models import Max
from django.utils import timezone

from bascule.constat.check import Obstacle, Situation, situation_in
from bascule.constat.counting import counted, digest_of, written
from bascule.constat.models import Part, Signature
from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import act
from bascule.schools.directory import known_school

SIGN_ACT: Final = "constat.sign"
REOPEN_ACT: Final = "constat.reopen"

#: Characters of an explanation, and of the authority's reason.
LONGEST: Final = 200
LONGEST_REASON: Final = 300


class NotReadyError(RefusedError):
    """Something is in the way of the signature.

    Args:
        obstacles (tuple[Obstacle, ...]): what.
    """

    code = "constat.not-ready"

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        super().__init__(
            "Le constat n’est pas signé. "
            + " ".join(one.label for one in obstacles)
            + " Ouvrez la page du constat : elle dit quoi faire."
        )
        self.obstacles = obstacles


class NotExplainedError(RefusedError):
    """A pupil who is kept back has no explanation.

    Args:
        count (int): how many have none.
    """

    code = "constat.not-explained"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Dites en {LONGEST} caractères au plus pourquoi chaque dossier bloqué peut le rester, ou corrigez-le :"
            f" il en reste {count} sans explication. Le constat n’est pas signé."
        )
        self.count = count


class NotSignedError(NotThereError):
    """The school's constat is not signed."""

    code = "constat.not-signed"

    def __init__(self, uai: str) -> None:
        super().__init__(
            f"Le constat de l’établissement {uai} n’est pas signé : il n’y a rien à rouvrir."
        )


class ReasonNeededError(RefusedError):
    """The authority reopens without a reason."""

    code = "constat.reason-needed"

    def __init__(self) -> None:
        super().__init__(
            f"Dites à l’établissement pourquoi vous rouvrez son constat, en {LONGEST_REASON} caractères au plus."
        )


def sign(
    *,
    uai: str,
    year: int,
    signatory: str,
    explanations: Mapping[int, str],
    actor: str,
    at: datetime,
) -> Signature:
    """Sign the constat of a school: its counts are frozen, with what they were counted from.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        signatory (str): name of the head.
        explanations (Mapping[int, str]): by record, why a pupil who is kept back may stay so.
        actor (str): login of the head.
        at (datetime): when.

    Returns:
        Signature: what was signed.

    Raises:
        NotConcernedError: if the constat was not opened to the school.
        NotReadyError: if something is in the way.
        NotExplainedError: if a pupil who is kept back has no explanation.
    """
    with act(uai=uai, kind=SIGN_ACT, actor=actor, at=at) as opened:
        # The authority changes no day until this is signed.
        list(Part.objects.filter(uai=uai, year=year).select_for_update())
        found = situation_in(uai=uai, year=year, today=timezone.localdate(at))
        if found.obstacles or found.transfer is None:
            raise NotReadyError(found.obstacles)
        explained = _explained(found, explanations)
        numbers = Signature.objects.filter(uai=uai, year=year)
        number = (numbers.aggregate(last=Max("number"))["last"] or 0) + 1
        counts, base = found.counts, counted(found.base)
        signature = Signature(
            uai=uai, year=year, number=number, observed_on=found.part.observed_on, signed_at=at,
            signed_by=actor, signatory=signatory, act_id=opened.id, night_id=found.transfer.night_id,
            transfer_id=found.transfer.pk, pupil_count=counts.total(), cells=written(counts),
            digest=digest_of(counts), base_count=base.total(), base_digest=digest_of(base),
            base_cells=None if base == counts else written(base), explained=explained,
        )  # fmt: skip
        signature.save(force_insert=True)
        opened.facts |= {
            "year": year,
            "number": number,
            "observed_on": found.part.observed_on.isoformat(),
            "night": signature.night_id,
            "transfer": signature.transfer_id,
            "pupils": signature.pupil_count,
            "digest": signature.digest,
            "base_pupils": signature.base_count,
            "base_digest": signature.base_digest,
            "explained": len(explained),
        }
        return signature


def reopen(
    *, uai: str, year: int, why: str, until: date | None, actor: str, at: datetime
) -> Signature:
    """Take the signature of a school back, for it to sign again; what was signed is kept.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        why (str): French, what the school reads.
        until (date | None): last day for signing again; None for that of all.
        actor (str): who, for the authority.
        at (datetime): when.

    Returns:
        Signature: the one that no longer holds.

    Raises:
        ReasonNeededError: if no reason is given.
        NotSignedError: if the constat is not signed.
    """
    reason = " ".join(why.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise ReasonNeededError
    known_school(uai)
    with act(uai=uai, kind=REOPEN_ACT, actor=actor, at=at) as opened:
        found = Signature.objects.filter(uai=uai, year=year, withdrawn_at=None).first()
        if found is None:
            raise NotSignedError(uai)
        found.withdrawn_at, found.withdrawn_by, found.withdrawn_why = at, actor, reason
        found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
        days = {"closes_on": until} if until else {}
        Part.objects.filter(uai=uai, year=year).update(closed_at=None, **days)
        opened.facts |= {"year": year, "number": found.number, "digest": found.digest}
    return found


def _explained(found: Situation, explanations: Mapping[int, str]) -> list[list[object]]:
    given = {pupil_id: " ".join(text.split()) for pupil_id, text in explanations.items()}
    without = [
        one for one in found.to_explain if not 0 < len(given.get(one.pupil_id, "")) <= LONGEST
    ]
    if without:
        raise NotExplainedError(len(without))
    return [
        [one.pupil_id, [why.code for why in one.reasons], given[one.pupil_id]]
        for one in found.to_explain
    ]
