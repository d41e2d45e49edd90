"""Mend anomalies: one value for one record, or for all those that met the same rule, as one act."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any

from bascule.errors import RefusedError
from bascule.exchange.amend.edits import Edit, FileRecord
from bascule.exchange.amend.fields import GUARDIAN, Kind as Typing, field_of
from bascule.exchange.amend.telling import Preview
from bascule.exchange.amend.verbs import Amended, amend, preview
from bascule.exchange.anomalies.inbox import JOINED_SQL, UnknownAnomalyError, ask, mended_by
from bascule.exchange.dispositions import parameters
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.rules.book import BY_CODE
from bascule.findings import Rule, Subject
from bascule.nomenclatures import lookup
from bascule.nomenclatures.models import ProfileEntry
from bascule.schools.models import Structure


class NotMendableError(RefusedError):
    """The anomaly is not one that a value typed here mends.

    Args:
        rule (Rule): its rule.
    """

    code = "anomaly.not-mendable"

    def __init__(self, rule: Rule) -> None:
        super().__init__(f"Cette anomalie ne se corrige pas ici. {rule.remedy}")
        self.rule = rule


def preview_fix(
    *, uai: str, year: int, finding_ids: Sequence[int], text: str, today: date
) -> Preview:
    """Tell what one value would do to the records of some anomalies.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        finding_ids (Sequence[int]): the anomalies, of one rule.
        text (str): the value, as people type it.
        today (date): the day.

    Returns:
        Preview: nothing is written; the ranks are those of `finding_ids`.

    Raises:
        UnknownAnomalyError: if one of them no longer stands.
        NotMendableError: if no value typed here mends it.
    """
    edits = _edits(uai, year, finding_ids, text, today)
    return preview(uai=uai, year=year, edits=edits, today=today)


def fix(
    *,
    uai: str,
    year: int,
    finding_ids: Sequence[int],
    text: str,
    actor: str,
    at: datetime,
    but_refused: bool = False,
) -> Amended:
    """Give one value to the records of some anomalies, as one act.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        finding_ids (Sequence[int]): the anomalies, of one rule.
        text (str): the value, as people type it.
        actor (str): who corrects.
        at (datetime): when.
        but_refused (bool): leave out the records for which the rules refuse it, as the preview said.

    Returns:
        Amended: what was done.

    Raises:
        UnknownAnomalyError: if one of them no longer stands.
        NotMendableError: if no value typed here mends it.
        AmendRefusedError: if the rules refuse it.
    """
    edits = _edits(uai, year, finding_ids, text, at.date())
    if but_refused:
        refused = preview(uai=uai, year=year, edits=edits, today=at.date()).refused_ranks
        edits = [edit for rank, edit in enumerate(edits, 1) if rank not in refused] or edits
    return amend(uai=uai, year=year, edits=edits, actor=actor, at=at)


def _edits(uai: str, year: int, finding_ids: Sequence[int], text: str, today: date) -> list[Edit]:
    with reading(uai):
        asked = parameters(uai=uai, year=year, today=today) | {"ids": list(finding_ids)}
        rows = ask(
            "SELECT f.id, f.code, f.subject, f.field, f.run_id, f.rank, e.student_id, g.id"
            f"{JOINED_SQL} AND f.id = ANY(%(ids)s)",
            asked,
        )
    found = {row[0]: row[1:] for row in rows}
    if not finding_ids or any(one not in found for one in finding_ids):
        raise UnknownAnomalyError
    edits: dict[Any, Edit] = {}
    for one in finding_ids:
        code, subject, element, run_id, rank, pupil_id, guardian_id = found[one]
        key = mended_by(BY_CODE[code], element, subject)
        if not key or (subject == Subject.PERSON and guardian_id is None):
            raise NotMendableError(BY_CODE[code])
        if subject == Subject.PERSON:
            edits[subject, guardian_id] = Edit({f"{GUARDIAN}.{guardian_id}.{key}": text})
        else:
            record = FileRecord(run_id, rank)
            edits[subject, rank] = Edit({key: text}, pupil_id=pupil_id, record=record)
    return list(edits.values())


def choices_for(
    *, uai: str, year: int, key: str, near: str = "", divisions: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Give the values that a field takes in a school's year, the closest to a wrong one first.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        key (str): the field.
        near (str): the wrong value.
        divisions (Sequence[str]): the divisions of the pupils: the MEF that these receive come first.

    Returns:
        list[tuple[str, str]]: codes and words; none for a field that is typed freely.
    """
    found = field_of(key) or field_of(f"{GUARDIAN}.0.{key}")
    if found is not None and found[1].kind is Typing.ANSWER:
        return [("oui", "oui"), ("non", "non")]
    with reading(uai):
        offered = _offered(uai, year, key)
        received: Counter[str] = Counter()
        if key == "mef" and divisions:
            rows = Structure.objects.filter(uai=uai, year=year, code__in=divisions)
            received.update(mef for mefs in rows.values_list("mefs", flat=True) for mef in mefs)
    if near or received:
        offered.sort(
            key=lambda pair: (-received[pair[0]], -SequenceMatcher(None, near, pair[0]).ratio())
        )
    return offered


_NATIONAL = {"nationality": "pays", "birth_country": "pays", "address.country": "pays"}
_PROFILED = {
    "regime": ("REGIME", "@CODE_REGIME"), "exit_reason": ("MOTIF_SORTIE", "@CODE_MOTIF_SORTIE"),
    "status": ("STATUT_ELEVE", "@CODE_STATUT"), "previous_status": ("STATUT_ELEVE", "@CODE_STATUT"),
    "previous_origin": ("PROVENANCE", "@CODE_PROVENANCE"), "civility": ("CIVILITE", "@CODE_CIVILITE"),
    "profession": ("PROFESSION", "@CODE_PROFESSION"),
}  # fmt: skip
_MEFS = {"mef": "MEF_SELECTIONNE", "previous_mef": "MEF_SELORIG"}
_LABELS = (
    "LIBELLE_LONG", "LIBELLE_LONG_PCS", "LIBELLE_EDITION", "LIBELLE_COURT", "LIBELLE_COURT_PCS", "LIBELLE",
)  # fmt: skip


def _offered(uai: str, year: int, key: str) -> list[tuple[str, str]]:
    if key == "sex":
        return [("1", "masculin"), ("2", "féminin")]
    if key in _NATIONAL:
        return sorted(lookup.labels(_NATIONAL[key]).items(), key=lambda pair: pair[1])
    if key == "division":
        rows = Structure.objects.filter(uai=uai, year=year, kind=Structure.Kind.DIVISION)
        return [(row.code, row.label or row.code) for row in rows.order_by("rank", "code")]
    block, code = ("MEF", "@CODE_MEF") if key in _MEFS else _PROFILED.get(key, ("", ""))
    if not block:
        return []
    entries = ProfileEntry.objects.filter(uai=uai, year=year, block=block).order_by("id")
    offered: list[tuple[str, str]] = []
    for fields in entries.values_list("fields", flat=True):
        told: dict[str, Any] = fields if isinstance(fields, dict) else json.loads(fields)
        if key not in _MEFS or told.get(_MEFS[key]) == "1":
            words = next((str(told[name]) for name in _LABELS if told.get(name)), "")
            offered.append((str(told[code]), words))
    return offered
