"""The report as JSON, for machines: keys are stable, codes come with their French words.

Keys of the object:

- `report`: version of this shape, 1. A key may be added under the same version, never changed.
- `head`: `school`, `school_name`, `year` (label), `run`, `state`, `state_label`, `received_at` and
  `applied_at` (ISO 8601, or null), `files`, `kind`, `version`, `software`, `send_number`, `made_on`,
  `plan` (what tells the plan that waits to be confirmed, or null).
- `counts`: `persons` and `pupils`, each `read` = `created` + `changed` + `unchanged` + `rejected`;
  `pupils_left`, `pupils_absent`, `links_removed`, `values_kept`, `values_erased`.
- `guards`: `code`, `sentence`, `needs_authority`.
- `removals`: `division`, `pupil`, `our_id`, `private_id`, `guardian`, `line`.
- `given`: numbers that came since the import before: `division`, `pupil`, `our_id`, `private_id`, `ine`.
- `file`: findings on the file, of the same shape as the rows below.
- `sections`: `number`, `code`, `title`, `count` (records), `rows`; each row has `subject` (`file`,
  `person`, `pupil`), `division`, `name`, `our_id`, `private_id`, `line`, `rank`; then `code`,
  `anomaly`, `field`, `value`, `effect`, `effect_label`, `blocks`, `remedy` in sections 1 to 6, and
  `action` (`AJOUT`, `MODIF`, or empty), `ine`, `changes` in sections 7 and 8.
"""

import json
from typing import Any, Final

from bascule.exchange.import_pipeline.report import Head, Report, Row, Section, Tally

VERSION: Final = 1


def render_json(report: Report) -> str:
    """Write a report as JSON.

    Args:
        report (Report): the report.

    Returns:
        str: one object, indented.
    """
    return json.dumps(as_json(report), ensure_ascii=False, indent=2)


def as_json(report: Report) -> dict[str, Any]:
    """Give a report as an object that JSON can hold.

    Args:
        report (Report): the report.

    Returns:
        dict[str, Any]: the keys that the module names.
    """
    return {
        "report": VERSION,
        "head": _head(report.head),
        "counts": {
            "persons": _tally(report.persons),
            "pupils": _tally(report.pupils),
            "pupils_left": report.left_count,
            "pupils_absent": report.absent_count,
            "links_removed": len(report.removals),
            "values_kept": report.kept_value_count,
            "values_erased": report.erased_value_count,
        },
        "guards": [
            {
                "code": guard.code,
                "sentence": guard.sentence,
                "needs_authority": guard.needs_authority,
            }
            for guard in report.guards
        ],
        "removals": [
            {
                "division": removal.division,
                "pupil": removal.pupil,
                "our_id": removal.our_id,
                "private_id": removal.private_id,
                "guardian": removal.guardian,
                "line": removal.line,
            }
            for removal in report.removals
        ],
        "given": [
            {
                "division": one.division,
                "pupil": one.name,
                "our_id": one.our_id,
                "private_id": one.private_id,
                "ine": one.ine,
            }
            for one in report.given
        ],
        "file": [_found(row) for row in report.file_rows],
        "sections": [_section(section) for section in report.sections],
    }


def _head(head: Head) -> dict[str, Any]:
    return {
        "school": head.uai,
        "school_name": head.school_name,
        "year": head.year_label,
        "run": head.run_id,
        "state": head.state,
        "state_label": head.state_label,
        "received_at": head.received_at.isoformat(),
        "applied_at": head.applied_at.isoformat() if head.applied_at else None,
        "files": list(head.file_names),
        "kind": head.kind,
        "version": head.version,
        "software": head.software,
        "send_number": head.send_number,
        "made_on": head.made_on.isoformat() if head.made_on else None,
        "plan": head.plan_hash or None,
    }


def _tally(tally: Tally) -> dict[str, int]:
    return {
        "read": tally.read_count,
        "created": tally.created_count,
        "changed": tally.changed_count,
        "unchanged": tally.unchanged_count,
        "rejected": tally.rejected_count,
        "spared": tally.spared_count,
    }


def _section(section: Section) -> dict[str, Any]:
    give = _written if section.code in ("pupils_absent", "pupils_written") else _found
    return {
        "number": section.number,
        "code": section.code,
        "title": section.title,
        "count": section.record_count,
        "rows": [give(row) for row in section.rows],
    }


def _record(row: Row) -> dict[str, Any]:
    return {
        "subject": row.subject.value,
        "division": row.division,
        "name": row.name,
        "our_id": row.our_id,
        "private_id": row.private_id,
        "line": row.line,
        "rank": row.rank,
    }


def _found(row: Row) -> dict[str, Any]:
    return _record(row) | {
        "code": row.code,
        "anomaly": row.anomaly,
        "field": row.field,
        "value": row.value,
        "effect": row.effect,
        "effect_label": row.effect_label,
        "blocks": row.blocks,
        "remedy": row.remedy,
    }


def _written(row: Row) -> dict[str, Any]:
    return _record(row) | {"action": row.action, "ine": row.ine, "changes": list(row.changes)}
