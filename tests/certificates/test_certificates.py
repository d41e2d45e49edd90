"""Certificates: numbered, the same again a duplicate, known for changed, checked by a stranger who learns little."""

import io
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from pypdf import PdfReader
from tests.bases import Base
from tests.exchange.ready_school import YEAR, ReadySchool, ready_school

from bascule.accounts.tries import CROWD_AFTER, CrowdedAddressError
from bascule.certificates.check import Standing, UnknownCodeError, check
from bascule.certificates.issue import (
    Issued,
    NobodyToCertifyError,
    NoExitError,
    NotPresentError,
    UnknownCertificateError,
    candidates,
    foresee,
    issue,
    issued_in,
    withdraw,
)
from bascule.certificates.lists import EmptyDivisionError, class_lists
from bascule.certificates.models import Certificate
from bascule.journal.act import act
from bascule.store.policies import open_schools, show_code
from bascule.students.models import Enrolment, Student

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
Kind = Certificate.Kind


@pytest.fixture
def school(base: Base) -> ReadySchool:
    made = ready_school(36)
    made.bring()
    return made


def pupils(school: ReadySchool) -> list[int]:
    return [one.id for one in candidates(uai=school.uai, year=YEAR)]


def made(school: ReadySchool, *ids: int, kind: Kind = Kind.SCHOOLING, **how: Any) -> Issued:
    return issue(
        uai=school.uai, year=YEAR, kind=kind, pupil_ids=ids, actor="secretary", at=NOW, **how
    )


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def leaves(school: ReadySchool, pupil_id: int, on: date | None = date(2026, 11, 20)) -> None:
    with act(uai=school.uai, kind="test", actor="tests", at=NOW) as opened:
        Enrolment.objects.filter(uai=school.uai, year=YEAR, student_id=pupil_id).update(
            left_on=on, exit_reason="11" if on else None, act_id=opened.id
        )


def standing(code: str) -> Standing:
    with transaction.atomic():
        return check(typed=code, address="192.0.2.1", at=NOW).standing


def test_thirty_certificates_are_one_document_of_thirty_pages_at_once(school: ReadySchool) -> None:
    ids = pupils(school)[:30]
    made(school, ids[0])
    begun = time.perf_counter()

    found = made(school, *ids[1:], ids[0])

    took = time.perf_counter() - begun
    texts = pages(found.content)
    assert len(texts) == 30
    assert took < 2, took
    numbers = {row.student_id: row.shown_number for row in found.certificates}
    with transaction.atomic():
        open_schools(school.uai)
        named = {one.pk: one for one in Student.objects.filter(uai=school.uai)}
    for row, text in zip(found.certificates, texts, strict=True):
        assert named[row.student_id].family_name in text
        assert numbers[row.student_id] in text
        assert row.code in text
        assert ("DUPLICATA" in text) == (row.student_id == ids[0])
    assert sorted(numbers.values()) == [f"2026-{n:04d}" for n in range(1, 31)]
    metadata = PdfReader(io.BytesIO(found.content)).xmp_metadata
    assert metadata is not None
    assert b"pdfuaid" in found.content


def test_a_record_that_changed_makes_a_new_number_and_the_old_one_says_so(
    school: ReadySchool,
) -> None:
    pupil = pupils(school)[0]
    first = made(school, pupil).certificates[0]
    again = made(school, pupil)
    assert again.duplicates == (first.shown_number,)
    assert standing(first.code.lower().replace("-", " ")) is Standing.VALID

    leaves(school, pupil)
    assert standing(first.code) is Standing.CHANGED
    with pytest.raises(NotPresentError, match="certificat de radiation"):
        made(school, pupil)
    seen = foresee(uai=school.uai, year=YEAR, kind=Kind.SCHOOLING, pupil_id=pupil)
    assert isinstance(seen.refusal, NotPresentError)

    exeat = made(school, pupil, kind=Kind.LEAVING)
    (text,) = pages(exeat.content)
    assert "20 novembre 2026" in " ".join(text.split())
    assert "Motif" not in text
    leaves(school, pupil, None)
    with pytest.raises(NoExitError, match="saisissez la sortie"):
        made(school, pupil, kind=Kind.LEAVING)
    # Come back as she was: the first certificate holds again, and is the duplicate.
    assert standing(first.code) is Standing.VALID
    assert made(school, pupil).duplicates == (first.shown_number,)

    with act(uai=school.uai, kind="test", actor="tests", at=NOW) as opened:
        Student.objects.filter(uai=school.uai, pk=pupil).update(
            usual_name="AUTRE", act_id=opened.id
        )
    new = made(school, pupil)
    assert new.duplicates == ()
    assert f"remplace le n° {first.shown_number}" in pages(new.content)[0].replace("\xa0", " ")

    withdraw(uai=school.uai, year=YEAR, certificate_id=new.certificates[0].pk, actor="head", at=NOW)
    assert standing(new.certificates[0].code) is Standing.WITHDRAWN
    with pytest.raises(UnknownCertificateError):
        withdraw(
            uai=school.uai, year=YEAR, certificate_id=new.certificates[0].pk, actor="head", at=NOW
        )
    assert [row.number for row in issued_in(uai=school.uai, year=YEAR)] == [3, 2, 1]


def test_who_holds_no_code_sees_nothing_and_waits_after_too_many_tries(school: ReadySchool) -> None:
    code = made(school, pupils(school)[0]).certificates[0].code

    with transaction.atomic():
        assert Certificate.objects.count() == 0
        show_code(code)
        assert Certificate.objects.count() == 1
    wrong = ("3" if code[0] != "3" else "4") + code[1:]
    for typed in [wrong, "", "x" * 500, *[wrong] * (CROWD_AFTER - 3)]:
        with transaction.atomic(), pytest.raises(UnknownCodeError):
            check(typed=typed, address="192.0.2.9", at=NOW)
    with transaction.atomic(), pytest.raises(CrowdedAddressError):
        check(typed=code, address="192.0.2.9", at=NOW)
    assert standing(code) is Standing.VALID


def test_class_lists_hold_the_present_and_nobody_else(school: ReadySchool) -> None:
    every = candidates(uai=school.uai, year=YEAR)
    gone = every[0]
    division = gone.division or ""
    leaves(school, gone.id)

    _, one = class_lists(uai=school.uai, year=YEAR, division=division, at=NOW)
    file, all_of_them = class_lists(uai=school.uai, year=YEAR, at=NOW)

    text = " ".join(pages(one))
    others = candidates(uai=school.uai, year=YEAR, division=division)
    assert all(one.family_name in text for one in others)
    assert f"{len(others)} élèves" in text
    assert gone.id not in {one.id for one in others}
    assert file == f"liste-de-classe_{school.uai}_toutes_2026-2027.pdf"
    assert len(pages(all_of_them)) >= len({one.division for one in every})
    with pytest.raises(EmptyDivisionError, match="Choisissez une autre division"):
        class_lists(uai=school.uai, year=YEAR, division="ZZ", at=NOW)
    with pytest.raises(NobodyToCertifyError):
        issue(uai=school.uai, year=YEAR, kind=Kind.SCHOOLING, division="ZZ", actor="x", at=NOW)
