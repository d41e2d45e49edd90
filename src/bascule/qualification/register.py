"""Qualify a software by hand, withdraw it, take the withdrawal back: the authority's acts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from bascule.errors import NotThereError, RefusedError
from bascule.formats.conformity import report
from bascule.journal.access import Criteria
from bascule.journal.act import AUTHORITY, act
from bascule.journal.acts import facts_of, find_acts
from bascule.qualification.models import Qualification

QUALIFY_ACT: Final = "software.qualify"
WITHDRAW_ACT: Final = "software.withdraw"
RESTORE_ACT: Final = "software.restore"
KEY_ACTS: Final = ("software.trust-key", "software.distrust-key")

LONGEST_EDITOR, LONGEST_REASON = report.LONGEST_EDITOR, 300


class UnusableSoftwareError(RefusedError):
    """The name or the version is not one that files can say."""

    code = "software.unusable"

    def __init__(self) -> None:
        super().__init__(
            "Ce nom ou cette version ne convient pas : donnez le nom que les fichiers disent (LOGICIEL, 10 caractères"
            " au plus), et une version de 40 caractères au plus, en chiffres, lettres et points."
        )


class UnusableReasonError(RefusedError):
    """A reason is blank or too long."""

    code = "software.reason-unusable"

    def __init__(self) -> None:
        super().__init__(
            f"Donnez la raison en {LONGEST_REASON} caractères au plus : les établissements peuvent la lire."
        )


class PeriodError(RefusedError):
    """The last day is before the first."""

    code = "software.period"

    def __init__(self) -> None:
        super().__init__("Le dernier jour précède le premier : corrigez l’une des deux dates.")


class UnknownQualificationError(NotThereError):
    """The register has no such row, or another one took its place."""

    code = "software.unknown"

    def __init__(self) -> None:
        super().__init__(
            "Le registre n’a pas cette qualification, ou une plus récente l’a remplacée : choisissez-la dans la liste."
        )


class AlreadyWithdrawnError(RefusedError):
    """It is withdrawn already."""

    code = "software.already-withdrawn"

    def __init__(self) -> None:
        super().__init__(
            "Cette qualification est déjà retirée : il n’y a rien à faire, sauf la rétablir."
        )


class NotWithdrawnError(RefusedError):
    """It is not withdrawn: there is nothing to take back."""

    code = "software.not-withdrawn"

    def __init__(self) -> None:
        super().__init__("Cette qualification n’est pas retirée : il n’y a rien à rétablir.")


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the history.

    Attributes:
        at: when.
        who: login.
        kind: kind of the act.
        facts: what the journal says of it.
    """

    at: datetime
    who: str
    kind: str
    facts: dict[str, Any]


def qualify(
    *,
    editor: str,
    software: str,
    version: str,
    starts_on: date,
    ends_on: date | None,
    reason: str,
    actor: str,
    at: datetime,
) -> Qualification:
    """Qualify a software by hand, for one that was known before there were reports.

    Args:
        editor (str): who makes it.
        software (str): its name, as files say it.
        version (str): its version; blank for any.
        starts_on (date): first day.
        ends_on (date | None): last day; None for no end.
        reason (str): why.
        actor (str): who qualifies.
        at (datetime): when.

    Returns:
        Qualification: the row; the earlier one of the same version holds no more.

    Raises:
        UnusableReasonError: if the reason is blank or too long.
    """
    row = Qualification(
        editor=editor,
        software=software,
        version=version,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=checked_reason(reason),
    )
    return keep(row, actor=actor, at=at)


def keep(
    row: Qualification, *, actor: str, at: datetime, check: Callable[[], None] = lambda: None
) -> Qualification:
    """Write a row of the register, in an act of its own.

    Args:
        row (Qualification): all of it but who and when.
        actor (str): who qualifies.
        at (datetime): when.
        check (Callable[[], None]): raises what refuses it, once the register is locked.

    Returns:
        Qualification: the row, written.

    Raises:
        UnusableSoftwareError: if the editor, the name or the version is not one.
        PeriodError: if the days do not follow each other.
    """
    row.editor, row.software, row.version = (
        " ".join(text.split()) for text in (row.editor, row.software, row.version)
    )
    if (
        not 0 < len(row.editor) <= LONGEST_EDITOR
        or not report.NAME.fullmatch(row.software)
        or not report.VERSION.fullmatch(row.version)
    ):
        raise UnusableSoftwareError
    if row.ends_on is not None and row.ends_on < row.starts_on:
        raise PeriodError
    row.qualified_by, row.qualified_at = actor, at
    with act(uai=AUTHORITY, kind=QUALIFY_ACT, actor=actor, at=at) as opened:
        check()
        # Written as the rows before it: case tells no two versions apart.
        for name in ("software", "version"):
            written = getattr(row, name)
            known = Qualification.objects.filter(**{f"{name}__iexact": written})
            setattr(row, name, known.values_list(name, flat=True).first() or written)
        row.save(force_insert=True)
        opened.facts |= {
            **_facts(row),
            "from": row.starts_on.isoformat(),
            "until": row.ends_on.isoformat() if row.ends_on else None,
            "report": row.report_digest,
            "key": row.key_fingerprint,
            "reason": row.reason,
        }
    return row


def withdraw(*, qualification_id: int, why: str, actor: str, at: datetime) -> Qualification:
    """Withdraw a qualification; schools read why.

    Args:
        qualification_id (int): the row.
        why (str): why.
        actor (str): who withdraws.
        at (datetime): when.

    Returns:
        Qualification: the row.

    Raises:
        AlreadyWithdrawnError: if it is withdrawn.
    """
    said = checked_reason(why)
    with act(uai=AUTHORITY, kind=WITHDRAW_ACT, actor=actor, at=at) as opened:
        row = _latest(qualification_id)
        if row.withdrawn_at is not None:
            raise AlreadyWithdrawnError
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = at, actor, said
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
        opened.facts |= {**_facts(row), "reason": said}
    return row


def restore(*, qualification_id: int, actor: str, at: datetime) -> Qualification:
    """Take a withdrawal back: the qualification holds again, until the day it had.

    Args:
        qualification_id (int): the row.
        actor (str): who.
        at (datetime): when.

    Returns:
        Qualification: the row.

    Raises:
        NotWithdrawnError: if it is not withdrawn.
    """
    with act(uai=AUTHORITY, kind=RESTORE_ACT, actor=actor, at=at) as opened:
        row = _latest(qualification_id)
        if row.withdrawn_at is None:
            raise NotWithdrawnError
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = None, "", ""
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
        opened.facts |= _facts(row)
    return row


def qualification(*, qualification_id: int) -> Qualification:
    """Read a row.

    Args:
        qualification_id (int): its number.

    Returns:
        Qualification: the row, whether it holds or not.

    Raises:
        UnknownQualificationError: if there is none.
    """
    row = Qualification.objects.filter(pk=qualification_id).first()
    if row is None:
        raise UnknownQualificationError
    return row


def find(*, software: str, version: str) -> Qualification:
    """Find the row that holds of a software and a version.

    Args:
        software (str): as files name it.
        version (str): its version, as the register writes it; blank for any.

    Returns:
        Qualification: the row.

    Raises:
        UnknownQualificationError: if there is none.
    """
    rows = Qualification.objects.filter(software__iexact=software, version__iexact=version)
    row = rows.order_by("-pk").first()
    if row is None:
        raise UnknownQualificationError
    return row


def history(*, software: str = "", most: int = 50) -> list[Said]:
    """Tell what was done with the register, the latest first.

    Args:
        software (str): of one software; blank for all, keys included.
        most (int): lines at most.

    Returns:
        list[Said]: the acts.
    """
    kinds = (QUALIFY_ACT, WITHDRAW_ACT, RESTORE_ACT, *(() if software else KEY_ACTS))
    found = find_acts(uais=[AUTHORITY], criteria=Criteria(kinds=kinds), most=10 * most)
    said = [Said(one.at, one.actor, one.kind, facts_of(one)) for one in found]
    return [one for one in said if software in ("", one.facts.get("software"))][:most]


def checked_reason(text: str) -> str:
    """Give a reason without needless blanks.

    Args:
        text (str): as typed.

    Returns:
        str: the reason.

    Raises:
        UnusableReasonError: if it is blank or too long.
    """
    tight = " ".join(text.split())
    if not 0 < len(tight) <= LONGEST_REASON:
        raise UnusableReasonError
    return tight


def _latest(qualification_id: int) -> Qualification:
    """Find a row that no later one replaced; the authority is locked."""
    row = qualification(qualification_id=qualification_id)
    same = Qualification.objects.filter(software=row.software, version=row.version)
    if same.filter(pk__gt=row.pk).exists():
        raise UnknownQualificationError
    return row


def _facts(row: Qualification) -> dict[str, object]:
    return {"software": row.software, "version": row.version}
