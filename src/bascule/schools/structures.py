"""Divisions and groups of a school's year, made by the school: taken over from the year before, then edited.

What looks at pupils or at the order of the steps too is in `bascule.preparation.structures`, whose verbs open
the acts within which the rows are written here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import Milestone, reach, reached
from bascule.nomenclatures.models import ProfileEntry
from bascule.schools.models import SchoolYear, Structure
from bascule.schools.open_year import writable_year
from bascule.store.policies import open_schools
from bascule.values import school_year

Kind = Structure.Kind

CARRY_ACT = "structures.carry"
LONGEST_CODE, LONGEST_LABEL = 8, 40
#: No division has as many pupils.
MOST_PLANNED = 999

#: Structures are listed, and written to files, in steps of this.
_SPACE = 1024


class AlreadyCarriedError(RefusedError):
    """The structures of the year before were taken over already, or came in a file.

    Args:
        year (int): first calendar year.
        at (datetime): when.
    """

    code = "structures.already-carried"

    def __init__(self, year: int, at: datetime) -> None:
        super().__init__(
            f"La bascule STS de {school_year.label(year)} est déjà faite, le {at:%d/%m/%Y} :"
            " modifiez maintenant les divisions une à une."
        )
        self.year = year


class UnusableStructureError(RefusedError):
    """What was typed cannot be a division or a group.

    Args:
        field (str): the field that is wrong: `code`, `label`, `mefs`, `planned_count` or `divisions`.
        sentence (str): French, what is wrong and what to do.
    """

    code = "structure.unusable"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class UnknownStructureError(NotThereError):
    """The year has no such division or group.

    Args:
        kind (Structure.Kind): division or group.
        structure_code (str): its code.
    """

    code = "structure.unknown"

    def __init__(self, kind: Structure.Kind, structure_code: str) -> None:
        super().__init__(
            f"{kind.label.capitalize()} « {structure_code} » : elle n’existe pas cette année."
            if kind is Kind.DIVISION
            else f"{kind.label.capitalize()} « {structure_code} » : il n’existe pas cette année."
        )
        self.structure_code = structure_code


class StillDrawnFromError(RefusedError):
    """Groups draw from the division alone.

    Args:
        structure_code (str): the division.
        groups (Sequence[str]): codes of these groups.
    """

    code = "structure.drawn-from"

    def __init__(self, structure_code: str, groups: Sequence[str]) -> None:
        super().__init__(
            f"La division {structure_code} est la seule de ces groupes : {', '.join(groups)}."
            " Retirez ces groupes, ou donnez-leur une autre division, puis recommencez."
        )
        self.structure_code, self.groups = structure_code, tuple(groups)


@dataclass(frozen=True, slots=True)
class StructureTyped:
    """A division or a group as somebody typed it.

    Attributes:
        code: 1 to 8 characters.
        label: its name; may be blank.
        mefs: for a division, MEF it leads to.
        divisions: for a group, the divisions it draws from.
        planned_count: pupils expected; None where not known.
    """

    code: str
    label: str = ""
    mefs: Sequence[str] = ()
    divisions: Sequence[str] = ()
    planned_count: int | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """What taking over did.

    Attributes:
        act_id: the act.
        divisions: how many divisions were added.
        groups: how many groups were added.
    """

    act_id: int
    divisions: int
    groups: int


def carry_structures(
    *, uai: str, year: int, uses_sconet: bool, actor: str, at: datetime
) -> Carried:
    """Take over the divisions and groups of the year before, to be confirmed: the *bascule STS*.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        uses_sconet (bool): the answer to *Utilisez-vous Sconet ?*.
        actor (str): who does it.
        at (datetime): when, with its time zone.

    Returns:
        Carried: how many; none where the year before had none.

    Raises:
        AlreadyCarriedError: if it was done already.
    """
    with act(uai=uai, kind=CARRY_ACT, actor=actor, at=at) as opened:
        row = writable_year(uai=uai, year=year)
        before = reached(uai, year=year)[uai].get(Milestone.STRUCTURES_CARRIED)
        if before is not None:
            raise AlreadyCarriedError(year, before.at)
        there = set(Structure.objects.filter(uai=uai, year=year).values_list("kind", "code"))
        added = [
            Structure(
                uai=uai,
                year=year,
                kind=old.kind,
                code=old.code,
                label=old.label,
                contract=old.contract,
                rank=old.rank,
                mefs=old.mefs,
                divisions=old.divisions,
                planned_count=old.planned_count,
                is_to_confirm=True,
            )
            for old in _of_year(uai, year - 1)
            if (old.kind, old.code) not in there
        ]
        Structure.objects.bulk_create(added)
        _say(row, opened, uses_sconet=uses_sconet)
        counts = [sum(one.kind == kind for one in added) for kind in (Kind.DIVISION, Kind.GROUP)]
        opened.facts |= {
            "year": year,
            "divisions": counts[0],
            "groups": counts[1],
            "uses_sconet": uses_sconet,
        }
        reach(opened, Milestone.STRUCTURES_CARRIED, year=year)
        if added:
            reach(opened, Milestone.STRUCTURES_CHANGED, year=year)
    return Carried(opened.id, *counts)


def say_sconet(*, uai: str, year: int, uses_sconet: bool, actor: str, at: datetime) -> SchoolYear:
    """Answer *Utilisez-vous Sconet ?* again.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        uses_sconet (bool): the answer.
        actor (str): who answers.
        at (datetime): when, with its time zone.

    Returns:
        SchoolYear: the year.
    """
    with act(uai=uai, kind="structures.sconet", actor=actor, at=at) as opened:
        row = writable_year(uai=uai, year=year)
        opened.facts |= {"year": year, "uses_sconet": uses_sconet}
        _say(row, opened, uses_sconet=uses_sconet)
    return row


def structures_of(*, uai: str, year: int) -> list[Structure]:
    """List the divisions and groups of a year.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[Structure]: divisions first, in their order.
    """
    with transaction.atomic():
        open_schools(uai)
        return _of_year(uai, year)


def structure_of(*, uai: str, year: int, kind: Structure.Kind, code: str) -> Structure:
    """Find a division or a group.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        kind (Structure.Kind): division or group.
        code (str): its code.

    Returns:
        Structure: the row.

    Raises:
        UnknownStructureError: if the year has none.
    """
    with transaction.atomic():
        open_schools(uai)
        row = Structure.objects.filter(uai=uai, year=year, kind=kind, code=code).first()
    if row is None:
        raise UnknownStructureError(kind, code)
    return row


def structure_numbered(*, uai: str, year: int, structure_id: int) -> Structure:
    """Find a division or a group by its number.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        structure_id (int): its number.

    Returns:
        Structure: the row.

    Raises:
        UnknownStructureError: if the year has none.
    """
    with transaction.atomic():
        open_schools(uai)
        row = Structure.objects.filter(uai=uai, year=year, pk=structure_id).first()
    if row is None:
        raise UnknownStructureError(Kind.DIVISION, str(structure_id))
    return row


def mefs_retained(*, uai: str, year: int) -> dict[str, str]:
    """Give the MEF that the school retained, among which divisions choose theirs.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, str]: labels by code, in the order of the profile.
    """
    with transaction.atomic():
        open_schools(uai)
        rows = ProfileEntry.objects.filter(
            uai=uai, year=year, block="MEF", fields__MEF_SELECTIONNE="1"
        ).order_by("rank")
        return {
            code: str(fields.get("LIBELLE_LONG", ""))
            for code, fields in rows.values_list("key", "fields")
        }


# Within an act


def write(
    opened: OpenAct,
    *,
    year: int,
    kind: Structure.Kind,
    typed: StructureTyped,
    taught: Iterable[str],
    code: str = "",
) -> bool:
    """Write a division or a group, within an act; groups follow a division that gets another code.

    Args:
        opened (OpenAct): the act.
        year (int): first calendar year.
        kind (Structure.Kind): division or group.
        typed (StructureTyped): what it is to be.
        taught (Iterable[str]): MEF that the school retained.
        code (str): the code it has so far; blank for a new one.

    Returns:
        bool: whether anything differs.

    Raises:
        UnusableStructureError: if something typed cannot be.
    """
    wanted = _checked(typed, kind)
    rows = Structure.objects.filter(uai=opened.uai, year=year, kind=kind)
    row = _existing(rows, kind, code) if code else None
    if wanted.code != code and rows.filter(code=wanted.code).exists():
        raise UnusableStructureError(
            "code", f"Le code {wanted.code} est déjà pris cette année : choisissez-en un autre."
        )
    if kind is Kind.DIVISION:
        _refuse_other_mefs(wanted.mefs, taught)
    else:
        _refuse_unknown_divisions(opened.uai, year, wanted.divisions)
    content = (
        wanted.code,
        wanted.label,
        list(wanted.mefs),
        list(wanted.divisions),
        wanted.planned_count,
        False,
    )
    if row is None:
        last = rows.order_by("rank").values_list("rank", flat=True).last() or 0
        row = Structure(uai=opened.uai, year=year, kind=kind, rank=last + _SPACE)
    elif content == (
        row.code, row.label, row.mefs, row.divisions, row.planned_count, row.is_to_confirm,
    ):  # fmt: skip
        return False
    else:
        row.act_id = opened.id
        if kind is Kind.DIVISION and row.code != wanted.code:
            _follow(opened, year, row.code, wanted.code)
    row.code, row.label, row.mefs, row.divisions, row.planned_count, row.is_to_confirm = content
    row.save()
    return True


def take_away(opened: OpenAct, *, year: int, kind: Structure.Kind, code: str) -> None:
    """Take a division or a group away, within an act; groups that drew from it draw from the others.

    Args:
        opened (OpenAct): the act.
        year (int): first calendar year.
        kind (Structure.Kind): division or group.
        code (str): its code.

    Raises:
        StillDrawnFromError: if a group draws from the division alone.
    """
    rows = Structure.objects.filter(uai=opened.uai, year=year)
    row = _existing(rows.filter(kind=kind), kind, code)
    if kind is Kind.DIVISION:
        drawing = _drawing(opened.uai, year, code)
        alone = [group.code for group in drawing if group.divisions == [code]]
        if alone:
            raise StillDrawnFromError(code, alone)
        for group in drawing:
            group.divisions = [one for one in group.divisions if one != code]
            group.act_id = opened.id
            group.save(update_fields=["divisions", "act_id"])
    row.delete()


def confirm_all(opened: OpenAct, *, year: int) -> int:
    """Confirm what was taken over from the year before, within an act.

    Args:
        opened (OpenAct): the act.
        year (int): first calendar year.

    Returns:
        int: how many were to be confirmed.
    """
    rows = Structure.objects.filter(uai=opened.uai, year=year, is_to_confirm=True)
    return rows.update(is_to_confirm=False, act_id=opened.id)


def _of_year(uai: str, year: int) -> list[Structure]:
    return list(Structure.objects.filter(uai=uai, year=year).order_by("kind", "rank", "code"))


def _say(row: SchoolYear, opened: OpenAct, *, uses_sconet: bool) -> None:
    if row.uses_sconet != uses_sconet:
        row.uses_sconet, row.act_id = uses_sconet, opened.id
        row.save(update_fields=["uses_sconet", "act_id"])


def _existing(rows: "QuerySet[Structure]", kind: Structure.Kind, code: str) -> Structure:
    row = rows.filter(code=code).first()
    if row is None:
        raise UnknownStructureError(kind, code)
    return row


def _checked(typed: StructureTyped, kind: Structure.Kind) -> StructureTyped:
    code, label = typed.code.strip(), " ".join(typed.label.split())
    if not 0 < len(code) <= LONGEST_CODE:
        raise UnusableStructureError(
            "code", f"Le code a de 1 à {LONGEST_CODE} caractères : corrigez-le."
        )
    if len(label) > LONGEST_LABEL:
        raise UnusableStructureError(
            "label", f"Le libellé a {LONGEST_LABEL} caractères au plus : raccourcissez-le."
        )
    if typed.planned_count is not None and not 0 <= typed.planned_count <= MOST_PLANNED:
        raise UnusableStructureError(
            "planned_count", f"L’effectif prévu est un nombre de 0 à {MOST_PLANNED} : corrigez-le."
        )
    mefs = tuple(dict.fromkeys(typed.mefs)) if kind is Kind.DIVISION else ()
    divisions = tuple(dict.fromkeys(typed.divisions)) if kind is Kind.GROUP else ()
    if kind is Kind.GROUP and not divisions:
        raise UnusableStructureError(
            "divisions", "Un groupe vient d’une division au moins : choisissez-la."
        )
    return StructureTyped(code, label, mefs, divisions, typed.planned_count)


def _refuse_other_mefs(mefs: Sequence[str], taught: Iterable[str]) -> None:
    others = [mef for mef in mefs if mef not in set(taught)]
    if others:
        raise UnusableStructureError(
            "mefs",
            f"MEF non retenus par l’établissement cette année : {', '.join(others)}."
            " Retenez-les au profilage, ou choisissez-en d’autres.",
        )


def _refuse_unknown_divisions(uai: str, year: int, divisions: Sequence[str]) -> None:
    known = Structure.objects.filter(uai=uai, year=year, kind=Kind.DIVISION, code__in=divisions)
    unknown = set(divisions) - set(known.values_list("code", flat=True))
    if unknown:
        raise UnusableStructureError(
            "divisions",
            f"Divisions qui n’existent pas cette année : {', '.join(sorted(unknown))}."
            " Créez-les d’abord, ou choisissez-en d’autres.",
        )


def _drawing(uai: str, year: int, code: str) -> list[Structure]:
    groups = Structure.objects.filter(uai=uai, year=year, kind=Kind.GROUP)
    return list(groups.filter(divisions__contains=[code]).order_by("rank", "code"))


def _follow(opened: OpenAct, year: int, old: str, new: str) -> None:
    for group in _drawing(opened.uai, year, old):
        group.divisions = [new if one == old else one for one in group.divisions]
        group.act_id = opened.id
        group.save(update_fields=["divisions", "act_id"])
