"""The report of a run (*compte rendu*), and the file of its refused lines, in each of their forms."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max

from bascule.exchange.gate import reopen
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.import_pipeline.report import (
    Given,
    GuardRow,
    Head,
    PlanLineRow,
    Report,
    RunFindingRow,
    build_report,
)
from bascule.exchange.journey import WAITING
from bascule.exchange.models import ImportRun
from bascule.exchange.papers.csv import render_csv
from bascule.exchange.papers.json import render_json
from bascule.exchange.papers.pdf import render_pdf
from bascule.exchange.papers.refused import refused_import, render_refused_csv, render_refused_xlsx
from bascule.exchange.papers.text import render_text
from bascule.exchange.runs import RunDetail, read_detail
from bascule.ine.standing import numbers_given
from bascule.students import holdings
from bascule.values import school_year


class Form(StrEnum):
    """The forms of a report, and of the refused lines."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    PDF = "pdf"
    REFUSED_XLSX = "refus-xlsx"
    REFUSED_CSV = "refus-csv"
    REFUSED_XML = "refus-xml"


_RENDERERS: dict[Form, Callable[[Report], bytes]] = {
    Form.TEXT: lambda built: render_text(built).encode(),
    Form.JSON: lambda built: render_json(built).encode(),
    Form.CSV: render_csv,
    Form.PDF: render_pdf,
    Form.REFUSED_XLSX: render_refused_xlsx,
    Form.REFUSED_CSV: render_refused_csv,
}


def summary(run: ImportRun) -> dict[str, Any]:
    """Give a run as programs read it: what commands and the REST interface say of it.

    Args:
        run (ImportRun): the run.

    Returns:
        dict[str, Any]: stable keys.
    """
    return {
        "run": run.pk,
        "school": run.uai,
        "year": run.year,
        "year_label": school_year.label(run.year),
        "state": run.state,
        "flow": run.flow,
        "received_at": run.received_at.isoformat(),
        "received_by": run.received_by,
        "applied_at": run.applied_at.isoformat() if run.applied_at else None,
        "undone_at": run.undone_at.isoformat() if run.undone_at else None,
        "heading": run.heading,
        "counts": run.counts,
        "guards": run.guards,
        "plan": run.plan_hash,
    }


def report(*, run_id: int, uai: str, form: Form) -> bytes:
    """Write the report of a run.

    Args:
        run_id (int): the run.
        uai (str): its school.
        form (Form): in which form.

    Returns:
        bytes: the file.
    """
    detail = read_detail(run_id=run_id, uai=uai)
    if form is Form.REFUSED_XML:
        return _refused_lines(detail)
    return _RENDERERS[form](read_report(detail))


def read_report(detail: RunDetail) -> Report:
    """Build the report of a run.

    Args:
        detail (RunDetail): the run with what was kept of it.

    Returns:
        Report: the report.
    """
    numbers = _numbers(detail)
    return build_report(
        head=_head(detail),
        counts=detail.run.counts,
        guards=[GuardRow(**guard) for guard in detail.run.guards],
        findings=[
            RunFindingRow(
                found.code, found.subject, found.effect, found.blocks, found.line, found.rank, found.field,
                found.value, found.detail, found.record, found.private_id, found.target_id, found.division,
            )
            for found in detail.findings
        ],
        lines=[
            PlanLineRow(
                line.entity, line.action, line.line, line.rank, line.private_id, line.target_id, line.label,
                line.division, line.changes, numbers.get(line.target_id or 0, ""),
            )
            for line in detail.lines
        ],
        given=_given(detail),
    )  # fmt: skip


def _head(detail: RunDetail) -> Head:
    run = detail.run
    zone = ZoneInfo(settings.TIME_ZONE)
    heading = run.heading
    made_on = heading.get("made_on")
    return Head(
        uai=run.uai,
        school_name=detail.school_name,
        year_label=school_year.label(run.year),
        run_id=run.pk,
        state=run.state,
        state_label=str(ImportRun.State(run.state).label),
        received_at=run.received_at.astimezone(zone),
        file_names=detail.file_names,
        kind=heading.get("kind", ""),
        version=heading.get("version", ""),
        software=heading.get("software", ""),
        send_number=heading.get("send_number"),
        made_on=date.fromisoformat(made_on) if made_on else None,
        applied_at=run.applied_at.astimezone(zone) if run.applied_at else None,
        plan_hash=run.plan_hash if run.state in WAITING else "",
    )


def _numbers(detail: RunDetail) -> dict[int, str]:
    """Find the national numbers of the pupils that the plan changed."""
    ids = sorted(
        {line.target_id for line in detail.lines if line.entity == "pupil" and line.target_id}
    )
    with reading(detail.run.uai):
        pupils = holdings.students(uai=detail.run.uai, ids=ids)
    return {i: row.national_number or "" for i, row in pupils.items()}


def _given(detail: RunDetail) -> list[Given]:
    """Find the numbers that came between the import before and this one."""
    run = detail.run
    with reading(run.uai):
        before = (
            ImportRun.objects.filter(uai=run.uai, year=run.year, received_at__lt=run.received_at)
            .exclude(applied_at=None)
            .aggregate(at=Max("applied_at"))
        )
    if before["at"] is None:
        return []
    until = run.applied_at or run.received_at
    return [
        Given(one.division, one.name, one.student_id, one.private_id, one.number)
        for one in numbers_given(uai=run.uai, year=run.year, since=before["at"], until=until)
    ]


def _refused_lines(detail: RunDetail) -> bytes:
    built = read_report(detail)
    with reading(detail.run.uai):
        opening = reopen(detail.run)
        return refused_import(
            opened=opening.read(),
            pupil_ranks=built.pupil_ranks_to_resend,
            person_ranks=built.person_ranks_to_resend,
        )
