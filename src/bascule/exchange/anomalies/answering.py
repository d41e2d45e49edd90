"""Answer for anomalies that stay: explained until a day, or announced for the school's software."""

from collections.abc import Sequence
from datetime import date, datetime

from bascule.errors import RefusedError
from bascule.exchange.amend.verbs import ANNOUNCE_ACT, EXPLAIN_ACT
from bascule.exchange.anomalies.inbox import UnknownAnomalyError
from bascule.exchange.dispositions import Decision, Kind, decide, standing
from bascule.journal.act import act
from bascule.schools.open_year import writable_year


class ReasonMissingError(RefusedError):
    """An explanation needs a reason, and a last day that is to come and not too far.

    Args:
        sentence (str): French, what is missing.
    """

    code = "anomaly.reason-missing"


def explain(
    *,
    uai: str,
    year: int,
    finding_ids: Sequence[int],
    reason: str,
    until: date | None,
    actor: str,
    at: datetime,
) -> int:
    """Explain anomalies until a day, as one act.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        finding_ids (Sequence[int]): the anomalies.
        reason (str): why they stay.
        until (date | None): the last day of the explanation.
        actor (str): who explains.
        at (datetime): when.

    Returns:
        int: the act, by which it is undone.

    Raises:
        ReasonMissingError: if there is no reason, or no day to come within the school year.
        UnknownAnomalyError: if none of them stands any more.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissingError("Dites pourquoi cette anomalie reste : on vous le demandera.")
    if until is None or until < at.date():
        raise ReasonMissingError("Donnez une date de fin, à partir d’aujourd’hui.")
    if until > date(year + 1, 8, 31):
        raise ReasonMissingError(
            f"L’explication ne dépasse pas la fin de l’année scolaire : choisissez au plus tard le 31/08/{year + 1}."
        )
    decision = Decision(Kind.EXPLAINED, reason[:300], until)
    return _decide(uai, year, finding_ids, decision, EXPLAIN_ACT, actor, at)


def announce(*, uai: str, year: int, finding_ids: Sequence[int], actor: str, at: datetime) -> int:
    """Say that anomalies will be corrected in the software: the next file settles them, or shows them again.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        finding_ids (Sequence[int]): the anomalies.
        actor (str): who says so.
        at (datetime): when.

    Returns:
        int: the act, by which it is undone.

    Raises:
        UnknownAnomalyError: if none of them stands any more.
    """
    return _decide(uai, year, finding_ids, Decision(Kind.SOFTWARE), ANNOUNCE_ACT, actor, at)


def _decide(
    uai: str,
    year: int,
    finding_ids: Sequence[int],
    decision: Decision,
    kind: str,
    actor: str,
    at: datetime,
) -> int:
    with act(uai=uai, kind=kind, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        found = standing(uai=uai, year=year, today=at.date(), finding_ids=finding_ids)
        if not found:
            raise UnknownAnomalyError
        count = decide(opened, year=year, about=[(one, None) for one in found], decision=decision)
        opened.facts |= {
            "year": year,
            "anomalies": count,
            "rules": sorted({one.code for one in found}),
        }
        return opened.id
