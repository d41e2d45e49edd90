"""Correct records by hand: look at what a correction would do, make it, undo it.

A correction, or several at once, is one act of the school, under the very rules, plan and writing of an
import; the rows it writes bear no line of a file. All of it is made or none.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from bascule.errors import NotThereError, RefusedError
from bascule.exchange.amend.edits import Edit, Remark
from bascule.exchange.amend.fields import ADDRESS, GUARDIAN, field_of, label_of
from bascule.exchange.amend.held import Held, load
from bascule.exchange.amend.prepare import Prepared, prepare
from bascule.exchange.dispositions import TABLE as DISPOSITIONS, Decision, Kind, decide
from bascule.exchange.import_pipeline.conductor import apply_plan, reading
from bascule.exchange.import_pipeline.plan import Line
from bascule.exchange.kept import PLACES, RECORDS, Kept
from bascule.exchange.labels import change_label, field_label, value_label
from bascule.journal.act import OpenAct, act
from bascule.journal.models import Act
from bascule.journal.reverse import events_of, reverse_act
from bascule.schools.open_year import writable_year
from bascule.store import staging
from bascule.students import holdings
from bascule.students.lookup import UnknownPupilError, names_of

AMEND_ACT, UNDO_ACT = "pupil.amend", "pupil.undo-amend"
#: What merges two records of one guardian, and is undone as a correction is.
MERGE_ACT = "guardian.merge"
EXPLAIN_ACT, ANNOUNCE_ACT = "anomaly.explain", "anomaly.announce"
_UNDOABLE = (AMEND_ACT, MERGE_ACT, EXPLAIN_ACT, ANNOUNCE_ACT, UNDO_ACT)

_NEEDED = "Ce renseignement ne peut pas rester vide"
_NEEDED_REMEDY = "Indiquez la bonne valeur."


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule says of a correction, beside a field.

    Attributes:
        rank: rank of the correction, from 1.
        name: the pupil, NAME First name; may be blank.
        key: the field; blank when it is about the record.
        label: its French name.
        code: the rule; `amend.needed` for a field that was emptied.
        sentence: the rule's own sentence, in French.
        remedy: what to do.
        value: the value refused.
        refuses: whether the correction cannot be made; else it is for attention.
    """

    rank: int
    name: str
    key: str
    label: str
    code: str
    sentence: str
    remedy: str
    value: str
    refuses: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changes.

    Attributes:
        rank: rank of the correction, from 1.
        name: whose record: NAME First name.
        label: the field, in French.
        before: the value before, in French.
        after: the value after.
        sentence: both, in one sentence.
    """

    rank: int
    name: str
    label: str
    before: str
    after: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody changed since the person saw it: the three values.

    Attributes:
        rank: rank of the correction, from 1.
        key: the field.
        label: its French name.
        seen: what the person saw.
        now: what is held now.
        typed: what the person typed.
    """

    rank: int
    key: str
    label: str
    seen: str
    now: str
    typed: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What corrections would do; nothing is written.

    Attributes:
        changes: each value that changes.
        problems: what the rules say, refusals first.
        conflicts: fields that moved since they were seen.
        others: sentences about those whom the correction concerns besides: brothers and sisters of a shared
            guardian, who live at the same address.
    """

    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]
    conflicts: tuple[Conflict, ...]
    others: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        """Return whether the corrections cannot be made."""
        return bool(self.conflicts) or any(problem.refuses for problem in self.problems)

    @property
    def refused_ranks(self) -> frozenset[int]:
        """Return the ranks of the corrections that cannot be made."""
        refused = {problem.rank for problem in self.problems if problem.refuses}
        return frozenset(refused | {conflict.rank for conflict in self.conflicts})


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


class AlreadyHereError(RefusedError):
    """The pupil to add is in the school's records that year.

    Args:
        pupil_id (int): who that is.
    """

    code = "amend.already-here"

    def __init__(self, pupil_id: int) -> None:
        super().__init__(
            "Un élève de mêmes nom, prénom et date de naissance est déjà dans l’établissement cette année. Ouvrez son "
            "dossier au lieu d’en créer un autre."
        )
        self.pupil_id = pupil_id


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
        return _preview(prepare(uai=uai, year=year, edits=edits, today=today), edits, uai)


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
            return _write(opened, prepared, _preview(prepared, edits, uai), edits, year)
    except _NothingToDoError as nothing:
        return nothing.done


def _write(
    opened: OpenAct, prepared: Prepared, shown: Preview, edits: Sequence[Edit], year: int
) -> Amended:
    if shown.is_refused:
        raise AmendRefusedError(shown)
    if prepared.planned.plan.is_empty and not prepared.settled:
        raise _NothingToDoError(Amended(None, prepared.pupil_ids, shown))
    apply_plan(prepared.planned, opened, year=year)
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


# What is said


def _preview(prepared: Prepared, edits: Sequence[Edit], uai: str) -> Preview:
    if prepared.already_here:
        raise AlreadyHereError(prepared.already_here[0])
    told = [_problem(remark, prepared, edits) for remark in prepared.remarks]
    changes = [
        change for line in prepared.planned.plan.lines for change in _changes(line, prepared)
    ]
    return Preview(
        changes=tuple(sorted(changes, key=lambda change: change.rank)),
        problems=tuple(sorted(told, key=lambda one: (not one.refuses, one.rank))),
        conflicts=tuple(
            Conflict(one.rank, one.key, _label(one.key, prepared.held), *one[2:])
            for one in prepared.moved
        ),
        others=tuple(_others(prepared, edits, uai)),
    )


def _problem(remark: Remark, prepared: Prepared, edits: Sequence[Edit]) -> Problem:
    found = remark.finding
    name = found.record if found else ""
    pupil_id = edits[remark.rank - 1].pupil_id
    if pupil_id is not None:
        name = prepared.held.pupil_name(pupil_id)
    label = _label(remark.key, prepared.held)
    if found is None:
        return Problem(
            remark.rank, name, remark.key, label, "amend.needed", _NEEDED, _NEEDED_REMEDY, "", refuses=True
        )  # fmt: skip
    sentence = f"{found.rule.title}. {found.detail}".strip() if found.detail else found.rule.title
    return Problem(
        remark.rank, name, remark.key, label, found.rule.code, sentence, found.rule.remedy, found.value,
        remark.refuses,
    )  # fmt: skip


def _label(key: str, held: Held) -> str:
    found = field_of(key)
    whom = found[0] if found else ""
    return label_of(key, held.guardian_name(int(whom)) if whom.isdigit() else "")


def _changes(line: Line, prepared: Prepared) -> list[Change]:
    if line.rank is None:
        return []
    rank = prepared.persons[line.rank][0] if line.entity == "person" else line.rank
    if line.action == "create":
        return [Change(rank, line.label, "Élève ajouté", "", "", "Élève ajouté")]
    return [
        Change(
            rank,
            line.label,
            field_label(named),
            value_label(named, before),
            value_label(named, after),
            change_label(named, (before, after)),
        )
        for key, (before, after) in (line.changes or {}).items()
        for named in (_named(key, prepared),)
    ]


def _named(key: str, prepared: Prepared) -> str:
    """Name the guardian of a change of a link, where the plan has what records name it by."""
    if not key.startswith(f"{GUARDIAN}."):
        return key
    whom, _, column = key.removeprefix(f"{GUARDIAN}.").rpartition(".")
    for guardian_id, row in prepared.held.guardians.items():
        for known in (whom, f"{whom}.{column}".strip(".")):
            if known and known == prepared.held.named(guardian_id):
                name = f"{row.family_name} {row.first_name}"
                return f"{GUARDIAN}.{name}" + (f".{column}" if known == whom else "")
    return key


def _others(prepared: Prepared, edits: Sequence[Edit], uai: str) -> list[str]:
    """Say whom a shared guardian, or a shared address, concerns besides."""
    held = prepared.held
    corrected = {pupil_id for edit in edits if (pupil_id := edit.pupil_id) is not None}
    told: list[str] = []
    for _, whom in prepared.persons.values():
        if not whom.isdigit():
            continue
        others = sorted(set(held.children.get(int(whom), ())) - corrected)
        names = names_of(uai=uai, pupil_ids=others)
        if names:
            told.append(
                f"{held.guardian_name(int(whom))} est aussi responsable de {_listed(names.values())} : la correction "
                "vaut pour ces dossiers."
            )
    for edit in edits:
        owners = {w for key in edit.values if (w := _address_of(key)) is not None}
        for owner in sorted(owners):
            told += _neighbours(prepared, edit, owner, uai)
    return list(dict.fromkeys(told))


def _address_of(key: str) -> str | None:
    found = field_of(key)
    if found is None or not found[1].key.startswith(f"{ADDRESS}."):
        return None
    return found[0]


def _neighbours(prepared: Prepared, edit: Edit, owner: str, uai: str) -> list[str]:
    held = prepared.held
    if owner.isdigit():
        own, place = ("guardian", int(owner)), held.guardians[int(owner)].address_id
    elif not owner and edit.pupil_id is not None:
        own, place = ("pupil", edit.pupil_id), held.pupils[edit.pupil_id].student.address_id
    else:
        return []
    if not isinstance(place, int):
        return []
    names = [
        name for kind, i, name in holdings.names_at(uai=uai, address_id=place) if (kind, i) != own
    ]
    if not names:
        return []
    return [f"L’adresse d’aujourd’hui est aussi celle de {_listed(names)} : elle n’y change pas."]


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} et {listed[-1]}"


def _fact(key: str) -> str:
    """Give what the journal says of a field: its code, without the guardian."""
    found = field_of(key)
    return f"{GUARDIAN}.{found[1].key}" if found and found[0] else key
