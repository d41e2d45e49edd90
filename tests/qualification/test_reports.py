"""A report qualifies what it saw, once, if its key is believed and all passed, or a reason is given."""

from dataclasses import replace
from typing import Any

import pytest
from tests.bases import Base
from tests.formats.conformity.test_signed import KEY, REPORT
from tests.qualification.by_hand import AT

from bascule.formats.conformity.report import Outcome
from bascule.formats.conformity.signed import read, write
from bascule.qualification import keys, register, reports
from bascule.qualification.standing import State, read_register

CONFORM = replace(REPORT, verdicts=REPORT.verdicts[:1])
BY: dict[str, Any] = {"actor": "deep", "at": AT}


def deposit(content: bytes, reason: str = "") -> Any:
    return reports.qualify_from_report(
        content=content, starts_on=AT.date(), ends_on=None, reason=reason, **BY
    )


def test_a_signed_report_qualifies_its_software_once(base: Base) -> None:
    content = write(CONFORM, KEY)
    with pytest.raises(reports.UntrustedKeyError) as untrusted:
        deposit(content)
    fingerprint = untrusted.value.fingerprint
    assert fingerprint == read(content).fingerprint
    keys.trust_key(
        fingerprint=":".join((fingerprint[:32].upper(), fingerprint[32:])), holder="Le kit", **BY
    )

    row = deposit(content)
    found = read_register().standing(software="scolia", version="4.2", today=AT.date())
    assert (found.state, row.key_fingerprint, row.totals["passed"], row.exceptions) == (
        State.QUALIFIED, fingerprint, 1, [],
    )  # fmt: skip
    # Withdrawn, it does not come back by the same report.
    register.withdraw(qualification_id=row.pk, why="Perd les options.", **BY)
    with pytest.raises(reports.ReportUsedError):
        deposit(content.replace(b"\n ", b"\n"))

    failing = write(replace(REPORT, software_version="4.3"), KEY)
    with pytest.raises(reports.NotConformError) as refused:
        deposit(failing)
    assert "scénarios non réussis : 1 sur 2" in refused.value.sentence
    assert "Ligne coupée" in refused.value.sentence
    excepted = deposit(failing, "La ligne coupée est reprise à la main.")
    assert excepted.exceptions == [["exchange.cut", "Ligne coupée", Outcome.FAILED]]
    with pytest.raises(reports.NotConformError):
        deposit(write(replace(CONFORM, is_complete=False), KEY))
    with pytest.raises(register.UnusableSoftwareError):
        deposit(write(replace(CONFORM, software_version=" "), KEY))
    keys.distrust_key(fingerprint=fingerprint, **BY)
    with pytest.raises(reports.UntrustedKeyError):
        deposit(write(replace(CONFORM, software_version="5"), KEY))
    assert [one.removed_at for one in keys.trusted_keys()] == [AT]
