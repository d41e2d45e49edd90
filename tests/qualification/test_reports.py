"""A report qualifies what it saw, once, if its key is believed and all passed, or a reason is given."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from tests.bases import Base
from tests.exchange.test_concurrency import wait_until_waiting
from tests.formats.conformity.test_signed import KEY, REPORT
from tests.qualification.by_hand import AT

from bascule.errors import RefusedError
from bascule.formats.conformity.report import Outcome
from bascule.formats.conformity.signed import read, write
from bascule.journal.act import AUTHORITY, act
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


def test_what_is_decided_at_the_same_moment_counts(base: Base) -> None:
    content = write(CONFORM, KEY)
    fingerprint = read(content).fingerprint
    keys.trust_key(fingerprint=fingerprint, holder="Le kit", **BY)

    def press(_: int) -> str:
        try:
            return str(deposit(content).name)
        except RefusedError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        # Both ask while the register is held, then one after the other.
        with act(uai=AUTHORITY, kind="software.qualify", **BY):
            pressed = [pool.submit(press, one) for one in range(2)]
            wait_until_waiting(base)
        assert sorted(one.result() for one in pressed) == ["SCOLIA 4.2", "software.report-used"]
        # The key is removed while a third one waits.
        content = write(replace(CONFORM, software_version="5"), KEY)
        with act(uai=AUTHORITY, kind="software.distrust-key", **BY):
            late = pool.submit(press, 2)
            wait_until_waiting(base)
            keys.TrustedKey.objects.update(removed_at=AT)
        assert late.result() == "software.key-untrusted"
