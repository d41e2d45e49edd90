"""Say what corrections do: each change, what the rules say, whom else it concerns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bascule.errors import RefusedError
from bascule.exchange.amend.edits import Edit, Remark
from bascule.exchange.amend.fields import ADDRESS, GUARDIAN, field_of, label_of
from bascule.exchange.amend.held import Held
from bascule.exchange.amend.prepare import Prepared
from bascule.exchange.import_pipeline.effects import Line
from bascule.exchange.labels import change_label, field_label, value_label
from bascule.exchange.rules.declare import IN_SOFTWARE
from bascule.students import holdings
from bascule.students.lookup import names_of

_NEEDED = "Ce renseignement ne peut pas rester vide"
_NEEDED_REMEDY = "Indiquez la bonne valeur."
_TYPED_REMEDY = "Vérifiez ce que vous avez saisi."


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


def preview_of(prepared: Prepared, edits: Sequence[Edit], uai: str) -> Preview:
    """Say in French what corrections do, and what the rules say of them; the school is open.

    Args:
        prepared (Prepared): the corrections, checked and planned.
        edits (Sequence[Edit]): as they were typed.
        uai (str): the school.

    Returns:
        Preview: what a page shows.

    Raises:
        AlreadyHereError: if a pupil to add is there that year.
    """
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
    # The software is for what a file says: here the value was just typed.
    remedy = _TYPED_REMEDY if found.rule.remedy == IN_SOFTWARE else found.rule.remedy
    return Problem(
        remark.rank, name, remark.key, label, found.rule.code, sentence, remedy, found.value, remark.refuses,
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
