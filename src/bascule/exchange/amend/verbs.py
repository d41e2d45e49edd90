"""Correct records by hand: look at what a correction would do, make it, undo it.

A correction, or several at once, is one act of the school, under the very rules, plan and writing of an
import; the rows it writes bear no line of a file. All of it is made or none.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from bascule.errors import NotThereError, RefusedError
from bascule.exchange.amend.edits import Edit
from bascule.exchange.amend.fields import GUARDIAN, field_of
from bascule.exchange.amend.held import load
from bascule.exchange.amend.prepare import Prepared, prepare
from bascule.exchange.amend.telling import Preview, preview_of
from bascule.exchange.dispositions import TABLE as DISPOSITIONS, Decision, Kind, decide
from bascule.exchange.import_pipeline.conductor import apply_plan, reading, register_for
from bascule.exchange.kept import PLACES, RECORDS, Kept
from bascule.ine.give_back import give_back
from bascule.journal.act import OpenAct, act
from bascule.journal.models import Act
from bascule.journal.reverse import events_of, reverse_act
from bascule.schools.open_year import writable_year
from bascule.store import staging
from bascule.students.lookup import UnknownPupilError

AMEND_ACT, UNDO_ACT = "pupil.amend", "pupil.undo-amend"
#: What merges two records of one guardian, and is undone as a correction is.
MERGE_ACT = "guardian.merge"
#: What makes one address of several, likewise.
PLACE_ACT = "address.merge"
EXPLAIN_ACT, ANNOUNCE_ACT = "anomaly.explain", "anomaly.announce"
_UNDOABLE = (AMEND_ACT, MERGE_ACT, PLACE_ACT, EXPLAIN_ACT, ANNOUNCE_ACT, UNDO_ACT)


@dataclass(frozen=True, slots=True)
class Amended:
    """What corrections did.

    Attributes:
        act_id: the act, by which they are undone; None when nothing changed.
        pupil_ids: the pupil of each correction that has one, by rank; new ones included.
        preview: what they changed, and what the rules say for attention.
    """

    act_id: int | None
    pupil_ids: dict[int, int]
    preview: Preview


class Unamended(NamedTuple):
    """What undoing did.

    Attributes:
        act_id: the act that undid.
        kept: names of those whose record was changed since, left as they are.
    """

    act_id: int
    kept: tuple[str, ...]


class AmendRefusedError(RefusedError):
    """The rules, or what somebody did meanwhile, refuse the correction.

    Args:
        preview (Preview): what is said, beside each field.
    """

    code = "amend.refused"

    def __init__(self, preview: Preview) -> None:
        refused = [problem for problem in preview.problems if problem.refuses]
        if preview.conflicts:
            fields = ", ".join(dict.fromkeys(conflict.label for conflict in preview.conflicts))
            sentence = (
                f"Quelqu’un a modifié ce dossier pendant votre saisie ({fields}). Rien n’a été enregistré : comparez "
                "les valeurs, puis recommencez."
            )
        elif len(refused) == 1:
            sentence = f"{refused[0].label} : {refused[0].sentence}. {refused[0].remedy}"
        else:
            sentence = (
                f"{len(refused)} valeurs sont refusées. Rien n’a été enregistré : corrigez-les, puis "
                "recommencez."
            )
        super().__init__(sentence)
        self.preview = preview


class UnknownAmendmentError(NotThereError):
    """The school has no such correction."""

    code = "amend.unknown"

    def __init__(self) -> None:
        super().__init__("Cette correction n’existe pas dans le journal de l’établissement.")


class CannotUndoAmendmentError(RefusedError):
    """The correction was undone already, or all it wrote was changed since.

    Args:
        sentence (str): French.
    """

    code = "amend.cannot-undo"


class _NothingToDoError(Exception):
    """Nothing changes: the act is not written.

    Args:
        done (Amended): what is said of it.
    """

    def __init__(self, done: Amended) -> None:
        super().__init__()
        self.done = done


def read_texts(*, uai: str, year: int, pupil_id: int) -> dict[str, str]:
    """Give every field of a pupil as forms show it, by the keys in which corrections come back.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        pupil_id (int): the pupil.

    Returns:
        dict[str, str]: blank for what is not known; `guardian.12.email` for guardians.

    Raises:
        UnknownPupilError: if the school has no such pupil that year.
    """
    with reading(uai):
        held = load(uai=uai, year=year, pupil_ids=[pupil_id], guardian_ids=())
        if pupil_id not in held.pupils:
            raise UnknownPupilError
        return held.pupil_texts(pupil_id)


def preview(*, uai: str, year: int, edits: Sequence[Edit], today: date) -> Preview:
    """Tell what corrections would do, and what the rules say of them.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        edits (Sequence[Edit]): the corrections, each of another pupil.
        today (date): the day.

    Returns:
        Preview: nothing is written.

    Raises:
        AlreadyHereError: if a pupil to add is there that year.
    """
    with reading(uai):
        return preview_of(prepare(uai=uai, year=year, edits=edits, today=today), edits, uai)


def amend(*, uai: str, year: int, edits: Sequence[Edit], actor: str, at: datetime) -> Amended:
    """Make corrections, as one act.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        edits (Sequence[Edit]): the corrections, each of another pupil.
        actor (str): who corrects.
        at (datetime): when.

    Returns:
        Amended: what was done; no act when nothing changes.

    Raises:
        AmendRefusedError: if a rule refuses one of them, or a field moved since it was seen: none is made.
        AlreadyHereError: if a pupil to add is there that year.
    """
    try:
        with act(uai=uai, kind=AMEND_ACT, actor=actor, at=at) as opened:
            writable_year(uai=uai, year=year)
            staging.keep_plans_stable()
            prepared = prepare(uai=uai, year=year, edits=edits, today=at.date())
            return _write(opened, prepared, preview_of(prepared, edits, uai), edits, year)
    except _NothingToDoError as nothing:
        return nothing.done


def _write(
    opened: OpenAct, prepared: Prepared, shown: Preview, edits: Sequence[Edit], year: int
) -> Amended:
    if shown.is_refused:
        raise AmendRefusedError(shown)
    if prepared.planned.plan.is_empty and not prepared.settled:
        raise _NothingToDoError(Amended(None, prepared.pupil_ids, shown))
    apply_plan(prepared.planned, register_for(prepared.planned, opened), year=year)
    pupil_ids = prepared.pupil_ids | prepared.planned.pupil_ids
    decide(
        opened,
        year=year,
        about=[(one, pupil_ids.get(rank)) for one, rank in prepared.settled],
        decision=Decision(Kind.FIXED),
    )
    opened.facts |= {
        "year": year,
        "settled": len(prepared.settled),
        "records": len(edits),
        "fields": sorted({_fact(key) for edit in edits for key in edit.values}),
    }
    return Amended(opened.id, pupil_ids, shown)


def undo(*, uai: str, act_id: int, actor: str, at: datetime) -> Unamended:
    """Undo corrections, or take such an undoing back, as one act.

    Args:
        uai (str): the school.
        act_id (int): the act of the corrections, or of the undoing.
        actor (str): who undoes.
        at (datetime): when.

    Returns:
        Unamended: what was done.

    Raises:
        UnknownAmendmentError: if the school has no such act.
        CannotUndoAmendmentError: if it was undone already, or nothing of it is left to undo.
    """
    with act(uai=uai, kind=UNDO_ACT, actor=actor, at=at) as opened:
        found = Act.objects.filter(uai=uai, pk=act_id, kind__in=_UNDOABLE).first()
        if found is None:
            raise UnknownAmendmentError
        year = json.loads(found.payload)["facts"]["year"]
        writable_year(uai=uai, year=year)
        undone = undone_acts(uai=uai)
        if act_id in undone:
            raise CannotUndoAmendmentError(
                "Cette correction est déjà annulée : il n’y a rien à faire."
            )
        events = events_of(uai=uai, act_id=act_id)
        kept = Kept(
            uai=uai,
            act_id=act_id,
            events=events,
            acts_not_counted=[*undone, *undone.values()],
        )
        done = reverse_act(
            opened,
            reversed_act_id=act_id,
            events=events,
            tables=(*RECORDS, DISPOSITIONS),
            values=(PLACES,),
            is_kept=kept.is_kept,
            own_columns={},
        )
        give_back(opened)
        names = kept.names()
        if not done.restored_count + done.removed_count + done.returned_count:
            raise CannotUndoAmendmentError(
                f"Rien n’est annulé : le dossier a été modifié depuis ({', '.join(names)}). Corrigez-le à la main."
            )
        opened.facts |= {"year": year, "undoes": act_id, "kept": len(done.kept)}
        return Unamended(opened.id, names)


def undone_acts(*, uai: str) -> dict[int, int]:
    """Find the corrections that are undone; the school is open.

    Args:
        uai (str): the school.

    Returns:
        dict[int, int]: act → the act that undid it.
    """
    undone: dict[int, int] = {}
    undoings = Act.objects.filter(uai=uai, kind=UNDO_ACT).order_by("-sequence")
    for act_id, payload in undoings.values_list("id", "payload"):
        if act_id not in undone:
            undone[json.loads(payload)["facts"]["undoes"]] = act_id
    return undone


def _fact(key: str) -> str:
    """Give what the journal says of a field: its code, without the guardian."""
    found = field_of(key)
    return f"{GUARDIAN}.{found[1].key}" if found and found[0] else key
