"""Qualify a software on the strength of the report that a kit signed."""

import hashlib
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from bascule.errors import RefusedError
from bascule.formats.conformity.report import Outcome, Report
from bascule.formats.conformity.signed import read
from bascule.qualification.keys import is_trusted
from bascule.qualification.models import Qualification
from bascule.qualification.register import UnusableSoftwareError, checked_reason, keep

#: Scenarios named in a refusal.
_NAMED: Final = 3
#: Characters of a version that are kept.
_LONGEST: Final = 40


class UntrustedKeyError(RefusedError):
    """The report is signed by a key that the authority does not believe.

    Args:
        fingerprint (str): of the key.
    """

    code = "software.key-untrusted"

    def __init__(self, fingerprint: str) -> None:
        super().__init__(
            f"Ce rapport est signé par une clé qui n’est pas reconnue : {fingerprint}. Vérifiez cette empreinte avec"
            " qui l’a signé, ajoutez-la aux clés reconnues, puis déposez-le de nouveau."
        )
        self.fingerprint = fingerprint


class NotConformError(RefusedError):
    """Some scenarios did not pass, or were not played, and no reason was given.

    Args:
        report (Report): the report.
    """

    code = "software.not-conform"

    def __init__(self, report: Report) -> None:
        failed = [one.title or one.code for one in report.verdicts if one.outcome != Outcome.PASSED]
        named = " ; ".join(failed[:_NAMED])
        what = (
            f"scénarios non réussis : {len(failed)} sur {len(report.verdicts)} ({named}"
            f"{' ; …' if len(failed) > _NAMED else ''})"
            if failed
            else "le kit n’a pas joué tous ses scénarios"
        )
        super().__init__(
            f"Ce rapport ne qualifie pas {report.software} {report.software_version} : {what}. Demandez une version"
            " corrigée à l’éditeur, ou donnez la raison d’une dérogation."
        )
        self.report = report


class ReportUsedError(RefusedError):
    """The report qualified a software already.

    Args:
        row (Qualification): what it qualified.
    """

    code = "software.report-used"

    def __init__(self, row: Qualification) -> None:
        day = timezone.localtime(row.qualified_at)
        super().__init__(
            f"Ce rapport a déjà qualifié {row.name}, le {day:%d/%m/%Y}. Demandez-en un nouveau, rétablissez la"
            " qualification, ou qualifiez à la main."
        )
        self.row = row


def qualify_from_report(
    *,
    content: bytes,
    starts_on: date,
    ends_on: date | None,
    reason: str,
    actor: str,
    at: datetime,
) -> Qualification:
    """Qualify the software of a signed report, in the version that was seen.

    Args:
        content (bytes): the report, as the kit wrote it.
        starts_on (date): first day.
        ends_on (date | None): last day; None for no end.
        reason (str): why in spite of scenarios that did not pass; blank for no exception.
        actor (str): who qualifies.
        at (datetime): when.

    Returns:
        Qualification: the row. A report that is none, or was altered, is refused by who reads it.

    Raises:
        UntrustedKeyError: if its key is not believed.
        NotConformError: if something did not pass and no reason is given.
        ReportUsedError: if it qualified a software before.
        UnusableSoftwareError: if it names no version.
    """
    signed = read(content)
    report = signed.report
    # Of what is signed: the same report laid out otherwise is the same.
    digest = hashlib.sha256(report.canonical()).hexdigest()

    def check() -> None:
        if not is_trusted(signed.fingerprint):
            raise UntrustedKeyError(signed.fingerprint)
        used = Qualification.objects.filter(report_digest=digest).first()
        if used is not None:
            raise ReportUsedError(used)
        if not report.is_conform and not reason.strip():
            raise NotConformError(report)

    if not report.software_version.strip():
        raise UnusableSoftwareError
    exceptions = [
        [one.code, one.title, one.outcome.value]
        for one in report.verdicts
        if one.outcome is not Outcome.PASSED
    ]
    row = Qualification(
        editor=report.editor,
        software=report.software,
        version=report.software_version,
        starts_on=starts_on,
        ends_on=ends_on,
        report_digest=digest,
        key_fingerprint=signed.fingerprint,
        kit_version=report.kit_version[:_LONGEST],
        interface_version=report.interface_version[:_LONGEST],
        tested_at=report.ended_at,
        totals={outcome.value: count for outcome, count in report.counts.items()}
        | ({} if report.is_complete else {"incomplete": True})
        | ({"abilities": [*report.abilities]} if report.abilities else {}),
        exceptions=exceptions,
        reason=checked_reason(reason) if reason.strip() else "",
    )
    return keep(row, actor=actor, at=at, check=check)
