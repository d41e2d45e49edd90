"""A report of conformity comes back as it was written, and what was touched is not believed."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bascule.formats.conformity.refusals import (
    AlteredConformityError,
    CutConformityError,
    NotConformityError,
    OtherConformityVersionError,
)
from bascule.formats.conformity.report import Family, Outcome, Report, Verdict
from bascule.formats.conformity.signed import fingerprint_of, read, write
from bascule.formats.refusals import FileRefusedError

KEY = bytes(range(32))
BEGAN = datetime(2026, 11, 5, 10, 0, tzinfo=UTC)
REPORT = Report(
    "Éditions d’essai",
    "SCOLIA",
    "4.2",
    "0.1.0",
    "1",
    BEGAN,
    BEGAN + timedelta(minutes=2),
    True,  # noqa: FBT003 - complete
    (
        Verdict("rule.ACDIV_B_01", Family.RULE, "Division inconnue", Outcome.PASSED),
        Verdict(
            "exchange.cut", Family.EXCHANGE, "Ligne coupée", Outcome.FAILED, "une clé", "deux clés"
        ),
    ),
    ("confirms", "groups"),
)


def test_a_report_comes_back_as_it_was_written() -> None:
    content = write(REPORT, KEY)
    signed = read(content)

    assert signed.report == REPORT
    assert (REPORT.counts[Outcome.PASSED], REPORT.is_conform) == (1, False)
    assert signed.fingerprint == json.loads(content)["fingerprint"]
    assert write(REPORT, KEY) == content
    # One that tells of no ability is what it was before there were any.
    assert b"abilities" not in replace(REPORT, abilities=()).canonical()
    # How it is laid out is nobody's business.
    assert read(json.dumps(json.loads(content)).encode()) == signed
    assert len(fingerprint_of(b"\0" * 32)) == 64


def _said(change: Callable[[dict[str, Any]], object]) -> bytes:
    envelope = json.loads(write(REPORT, KEY))
    change(envelope)
    return json.dumps(envelope).encode()


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", NotConformityError),
        (b"<IMPORT_ELEVES/>", NotConformityError),
        (b"\xff\xfe", NotConformityError),
        (b"[" * 100_000, NotConformityError),
        (b'{"format": "autre"}', NotConformityError),
        (write(REPORT, KEY)[:-200], CutConformityError),
        (write(REPORT, KEY)[:300], CutConformityError),
        (_said(lambda it: it.update(version=2)), OtherConformityVersionError),
        (_said(lambda it: it.pop("signature")), NotConformityError),
        (_said(lambda it: it.update(key="AA==")), NotConformityError),
        (_said(lambda it: it.update(fingerprint="0" * 64)), AlteredConformityError),
        (_said(lambda it: it["report"].update(software_version="4.3")), AlteredConformityError),
        (
            _said(lambda it: it["report"]["verdicts"][1].update(outcome="passed")),
            AlteredConformityError,
        ),
        (write(REPORT, KEY).replace(b'"4.2"', b'"4.2", "editor": "X"'), NotConformityError),
    ],
)
def test_what_is_not_as_it_was_signed_is_refused(
    content: bytes, refusal: type[FileRefusedError]
) -> None:
    with pytest.raises(refusal):
        read(content)
