"""Which anomalies of the last import corrections settle, and whether a pupil may go to the academic base."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bascule.exchange.amend.edits import Case, parsed, told
from bascule.exchange.amend.fields import ADDRESS, GUARDIAN, keys_of_rule
from bascule.exchange.amend.held import Held
from bascule.exchange.dispositions import Standing, standing
from bascule.exchange.records import PersonRecord
from bascule.findings import Subject


def settle(
    *,
    uai: str,
    year: int,
    today: date,
    held: Held,
    cases: Sequence[Case],
    persons: Sequence[tuple[PersonRecord, Case, str]],
) -> list[tuple[Standing, int]]:
    """Find the anomalies that corrections settle, and say in the records whether the pupils are still kept back.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        today (date): the day.
        held (Held): what the base holds.
        cases (Sequence[Case]): the corrections, their records checked; these are changed.
        persons (Sequence[tuple[PersonRecord, Case, str]]): the guardians corrected, with their name in keys.

    Returns:
        list[tuple[Standing, int]]: each anomaly, with the rank of the correction.
    """
    of_case = {case.rank: _record_of(case, held) for case in cases}
    of_person = [
        "" if person.private_id is None else f"{Subject.PERSON.value}/{person.private_id}"
        for person, _, _ in persons
    ]
    names = {*of_case.values(), *of_person} - {""}
    found: dict[str, list[Standing]] = {}
    for one in standing(uai=uai, year=year, today=today, records=names) if names else ():
        found.setdefault(one.record, []).append(one)
    settled: list[tuple[Standing, int]] = []
    for case in cases:
        if case.record is not None:
            settled += _settle_case(case, found.get(of_case[case.rank], []))
    for name, (person, case, whom) in zip(of_person, persons, strict=True):
        settled += _settle_person(person, case, whom, found.get(name, []))
    return settled


def _settle_case(case: Case, found: Sequence[Standing]) -> list[tuple[Standing, int]]:
    assert case.record is not None  # noqa: S101 - the caller looked
    left = {finding.rule.code for finding in case.record.findings}
    touched = {key for key in case.touched if "." not in key or key.startswith(ADDRESS)}
    if len(touched) < len(case.touched):
        touched.add(GUARDIAN)
    settled = [
        one
        for one in found
        if one.code not in left
        and (case.is_whole or touched & keys_of_rule(one.code, one.field, one.subject))
    ]
    if not case.is_whole and case.pupil_id is not None:
        before = {told(finding) for finding in case.before}
        is_new = any(f.rule.blocks and told(f) not in before for f in case.record.findings)
        if settled or is_new:
            rest = [one for one in found if one.blocks and one.state != "fixed"]
            case.record.enrolment.is_blocked = is_new or bool(set(rest) - set(settled))
    return [(one, case.rank) for one in settled]


def _settle_person(
    person: PersonRecord, case: Case, whom: str, found: Sequence[Standing]
) -> list[tuple[Standing, int]]:
    fields: Mapping[str, Any] = {key: parsed(key) for key in case.values}
    touched = {one.key for about, one in fields.values() if about == whom}
    left = {finding.rule.code for finding in person.findings}
    return [
        (one, case.rank)
        for one in found
        if one.code not in left and touched & keys_of_rule(one.code, one.field, one.subject)
    ]


def _record_of(case: Case, held: Held) -> str:
    """Name a pupil as the findings of imports do."""
    number: Any = None
    if case.pupil_id is not None and case.pupil_id in held.pupils:
        enrolment = held.pupils[case.pupil_id].enrolment
        number = enrolment.private_id if enrolment else None
    if number is None and case.file is not None:
        text = case.file.get("ID_PRV_ELE")
        number = int(text) if isinstance(text, str) and text.isdecimal() else None
    if number is not None:
        return f"{Subject.PUPIL.value}/{number}"
    return "" if case.pupil_id is None else f"{Subject.PUPIL.value}/#{case.pupil_id}"
