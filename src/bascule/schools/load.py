"""Take in what is sent down to a school besides nomenclatures: structures and common data.

Divisions and groups come from STSWEB by `Structures.xml`; the school's address and calendar by
`Communs.xml`. One division may be added by hand between two files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from bascule.errors import RefusedError
from bascule.formats.record import Fields, Record
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import Milestone, reach
from bascule.nomenclatures.difference import Count, Difference, Stored, compare
from bascule.nomenclatures.heading import take_heading
from bascule.nomenclatures.models import ProfileEntry
from bascule.schools.models import School, Structure
from bascule.schools.open_year import check_bounds, writable_year
from bascule.store import staging

Kind = Structure.Kind

_TABLE = "schools_structure"
_KINDS = {"DIVISION": Kind.DIVISION, "GROUPE": Kind.GROUP}
_LONGEST_CODE, _LONGEST_LABEL = 8, 40

#: Elements of `Communs.xml` that occur once, and the lists of those that repeat.
_ONCE = ("UAJ", "ANNEE_SCOLAIRE", "ANNEE_SCOLAIRE_AD")
_LISTS = {"PERIODE": "PERIODES", "FERMETURE": "FERMETURES"}
_FIRST_DAY, _LAST_DAY = "DATE_DEBUT_ELEVE", "DATE_FIN_ELEVE"


class NoDivisionError(RefusedError):
    """The file has no division; taking it would leave the school without any."""

    code = "structures.no-division"

    def __init__(self) -> None:
        super().__init__(
            "Le fichier des structures ne contient aucune division. Rien n’a été changé :"
            " vérifiez les structures dans STSWEB, puis refaites l’export."
        )


class NoCommonDataError(RefusedError):
    """The file has neither the school's block nor the year's."""

    code = "common.nothing"

    def __init__(self) -> None:
        super().__init__(
            "Le fichier des données communes ne contient ni l’établissement (UAJ) ni l’année"
            " scolaire. Rien n’a été changé : refaites l’export."
        )


class UnreadableDayError(RefusedError):
    """A bound of the year is not a date.

    Args:
        tag (str): the element.
        value (str): what it holds.
    """

    code = "common.unreadable-day"

    def __init__(self, tag: str, value: str) -> None:
        super().__init__(
            f"Dans les données communes, {tag} vaut « {value} » : une date JJ/MM/AAAA est"
            " attendue. Rien n’a été changé : corrigez le calendrier, puis refaites l’export."
        )
        self.tag, self.value = tag, value


class UnusableDivisionError(RefusedError):
    """The code or the label cannot be a division's."""

    code = "division.unusable"

    def __init__(self) -> None:
        super().__init__(
            f"Une division a un code de 1 à {_LONGEST_CODE} caractères, et un libellé de"
            f" {_LONGEST_LABEL} caractères au plus : corrigez l’un ou l’autre."
        )


class MefNotTaughtError(RefusedError):
    """The division would lead to a MEF that the school did not retain for this year.

    Args:
        mef (str): its code.
    """

    code = "division.mef-not-taught"

    def __init__(self, mef: str) -> None:
        super().__init__(
            f"Le MEF {mef} n’est pas retenu par l’établissement pour cette année : choisissez-le"
            " dans le profilage, ou corrigez son code."
        )
        self.mef = mef


class StructureRow(NamedTuple):
    """What a division or a group is, besides its code.

    Attributes:
        label: its name, may be blank.
        contract: code of the contract, may be blank.
        mefs: MEF served, in order.
        divisions: for a group, the divisions it draws from.
    """

    label: str
    contract: str
    mefs: list[str]
    divisions: list[str]


@dataclass(frozen=True, slots=True)
class StructuresLoad:
    """What loading structures did.

    Attributes:
        act_id: the act that did it.
        counts: of divisions (`D`) and of groups (`G`).
        set_aside: French, structures of the file that were not kept, and why.
        unknown_mefs: MEF of divisions that the school's profile does not retain for the year.
    """

    act_id: int
    counts: Mapping[str, Count]
    set_aside: tuple[str, ...] = ()
    unknown_mefs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommonLoad:
    """What loading common data did.

    Attributes:
        act_id: the act that did it.
        changed: blocks whose content differs from what was held.
        starts_on: first day of the year.
        ends_on: last day of the year, included.
        name: the school's name.
    """

    act_id: int
    changed: tuple[str, ...]
    starts_on: date
    ends_on: date
    name: str


@dataclass(slots=True)
class _Read:
    """Structures of a file."""

    rows: dict[str, dict[str, StructureRow]] = field(
        default_factory=lambda: {kind.value: {} for kind in Kind}
    )
    set_aside: list[str] = field(default_factory=list)


def load_structures(
    *, uai: str, year: int, records: Iterable[Record], actor: str, at: datetime
) -> StructuresLoad:
    """Replace a school's divisions and groups by those of a file, writing only what differs.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        records (Iterable[Record]): records of `Structures.xml`, heading first.
        actor (str): who loads them.
        at (datetime): when, with its time zone.

    Returns:
        StructuresLoad: counts, and what deserves a look.

    Raises:
        NoDivisionError: if the file has no division.

    Source: Spécifications détaillées des exports BEE 17.4, §7.
    """
    read = _read_structures(take_heading(records, uai=uai, year=year))
    if not read.rows[Kind.DIVISION]:
        raise NoDivisionError
    with act(uai=uai, kind="structures.load", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        stored = _stored(uai, year)
        found = {kind: compare(stored.get(kind, {}), rows) for kind, rows in read.rows.items()}
        _write(found, uai=uai, year=year, act_id=opened.id)
        taught = taught_mefs(uai=uai, year=year)
        named = {mef for row in read.rows[Kind.DIVISION].values() for mef in row.mefs}
        loaded = StructuresLoad(
            opened.id,
            {kind: difference.count for kind, difference in found.items()},
            tuple(read.set_aside),
            tuple(sorted(named - taught)) if taught else (),
        )
        opened.facts |= {"year": year} | {
            name: [count.added, count.changed, count.removed, count.unchanged]
            for name, count in zip(("divisions", "groups"), loaded.counts.values(), strict=True)
        }
        # A file of structures is what STSWEB holds once its bascule is done and its divisions are validated.
        reach(opened, Milestone.STRUCTURES_CARRIED, Milestone.STRUCTURES_VALIDATED, year=year)
        if not all(difference.is_empty for difference in found.values()):
            reach(opened, Milestone.STRUCTURES_CHANGED, year=year)
    return loaded


def add_division(
    *,
    uai: str,
    year: int,
    code: str,
    label: str,
    mefs: Sequence[str],
    actor: str,
    at: datetime,
) -> Structure:
    """Add one division, or attach one that exists to more MEF.

    It lasts until the next file of structures, which must have it too.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        code (str): its code, 1 to 8 characters; blanks inside count.
        label (str): its name; blank keeps the one it has.
        mefs (Sequence[str]): MEF it leads to, 11 characters each; those it has stay.
        actor (str): who adds it.
        at (datetime): when, with its time zone.

    Returns:
        Structure: the division; its `act_id` is older when it already was all that.

    Raises:
        UnusableDivisionError: if the code or the label is blank or too long.
        MefNotTaughtError: if the school's profile does not retain a MEF.
    """
    code, label = code.strip(), label.strip()
    if not 0 < len(code) <= _LONGEST_CODE or len(label) > _LONGEST_LABEL:
        raise UnusableDivisionError
    with act(uai=uai, kind="structures.division", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        taught = taught_mefs(uai=uai, year=year)
        for mef in mefs:
            if mef not in taught:
                raise MefNotTaughtError(mef)
        opened.facts |= {"year": year, "division": code, "mefs": list(mefs)}
        divisions = Structure.objects.filter(uai=uai, year=year, kind=Kind.DIVISION)
        row = divisions.filter(code=code).first()
        if row is None:
            last = divisions.order_by("rank").values_list("rank", flat=True).last() or 0
            row = Structure(uai=uai, year=year, kind=Kind.DIVISION, code=code, rank=last + 1)
        if _attach(row, label=label, mefs=mefs, opened=opened):
            reach(opened, Milestone.STRUCTURES_CHANGED, year=year)
    return row


def load_common(
    *, uai: str, year: int, records: Iterable[Record], actor: str, at: datetime
) -> CommonLoad:
    """Take in a school's common data: its address, its head, its calendar.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        records (Iterable[Record]): records of `Communs.xml`, heading first.
        actor (str): who loads them.
        at (datetime): when, with its time zone.

    Returns:
        CommonLoad: what changed.

    Raises:
        NoCommonDataError: if the file holds neither the school nor the year.

    Source: Spécifications détaillées des exports BEE 17.4, §8.
    """
    common = _read_common(take_heading(records, uai=uai, year=year))
    if not common["UAJ"] and not common["ANNEE_SCOLAIRE"]:
        raise NoCommonDataError
    with act(uai=uai, kind="common.load", actor=actor, at=at) as opened:
        row = writable_year(uai=uai, year=year)
        starts_on = _day(common["ANNEE_SCOLAIRE"], _FIRST_DAY) or row.starts_on
        ends_on = _day(common["ANNEE_SCOLAIRE"], _LAST_DAY) or row.ends_on
        check_bounds(year, starts_on, ends_on)
        # A block that was never received and one that is empty are the same.
        changed = tuple(
            block for block in common if (common[block] or None) != (row.common.get(block) or None)
        )
        if changed or (starts_on, ends_on) != (row.starts_on, row.ends_on):
            row.common, row.starts_on, row.ends_on = common, starts_on, ends_on
            row.act_id = opened.id
            row.save(update_fields=["common", "starts_on", "ends_on", "act_id"])
            reach(opened, Milestone.COMMON_CHANGED, year=year)
        name = _name_if_unknown(uai, common["UAJ"])
        opened.facts |= {
            "year": year,
            "blocks": list(changed),
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat(),
        }
    return CommonLoad(opened.id, changed, starts_on, ends_on, name)


def taught_mefs(*, uai: str, year: int) -> frozenset[str]:
    """Give the MEF that a school retained for its pupils; its school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        frozenset[str]: their codes; empty when no profile was loaded.
    """
    retained = ProfileEntry.objects.filter(
        uai=uai, year=year, block="MEF", fields__MEF_SELECTIONNE="1"
    )
    return frozenset(retained.values_list("key", flat=True))


def _read_structures(records: Iterator[Record]) -> _Read:
    read = _Read()
    for record in records:
        kind = _KINDS.get(record.tag)
        if kind is None:
            continue
        code, fields = str(record.fields.get("@CODE_STRUCTURE", "")), record.fields
        reason = _reason_against(code, read.rows[kind])
        if reason:
            named = " ".join(filter(None, (kind.label, code, reason)))
            read.set_aside.append(f"ligne {record.line} : {named}")
            continue
        read.rows[kind][code] = StructureRow(
            label=str(fields.get("LIBELLE_LONG", ""))[:_LONGEST_LABEL],
            contract=str(fields.get("CODE_CONTRAT", ""))[:1],
            mefs=_codes(fields, "MEFS_APPARTENANCE", "MEF_APPARTENANCE", "CODE_MEF"),
            divisions=_codes(
                fields, "DIVISIONS_APPARTENANCE", "DIVISION_APPARTENANCE", "CODE_STRUCTURE"
            ),
        )
    return read


def _reason_against(code: str, known: Mapping[str, StructureRow]) -> str:
    if not code:
        return "sans code"
    if len(code) > _LONGEST_CODE:
        return "au code trop long"
    return "qui figure déjà plus haut" if code in known else ""


def _codes(fields: Fields, container: str, item: str, code: str) -> list[str]:
    """Give the codes of a list of memberships, once each, in their order."""
    within: Any = fields.get(container, {})
    found = (entry.get(code) for entry in within.get(item, ()))
    return list(dict.fromkeys(filter(None, found)))


def _stored(uai: str, year: int) -> dict[str, dict[str, Stored[StructureRow]]]:
    stored: dict[str, dict[str, Stored[StructureRow]]] = {}
    for row in Structure.objects.filter(uai=uai, year=year).order_by("kind", "rank"):
        content = StructureRow(row.label, row.contract, row.mefs, row.divisions)
        stored.setdefault(row.kind, {})[row.code] = Stored(row.id, row.rank, content)
    return stored


def _write(
    found: Mapping[str, Difference[StructureRow]], *, uai: str, year: int, act_id: int
) -> None:
    with staging.raw_cursor() as cursor:
        removed = [row_id for difference in found.values() for row_id in difference.removed]
        staging.delete_rows(cursor, _TABLE, uai=uai, ids=removed)
        changed = [
            (row_id, uai, act_id, entry.rank, *_columns(entry.content))
            for difference in found.values()
            for row_id, entry in difference.changed.items()
        ]
        content = ("rank", *StructureRow._fields)
        if changed:
            staging.update_rows(cursor, _TABLE, ("id", "uai", "act_id", *content), changed)
        added = [
            (uai, year, kind, entry.key, entry.rank, *_columns(entry.content))
            for kind, difference in found.items()
            for entry in difference.added
        ]
        if added:
            columns = ("uai", "year", "kind", "code", *content)
            staging.insert_rows(cursor, _TABLE, columns, added)


def _columns(row: StructureRow) -> tuple[str, str, Jsonb, Jsonb]:
    return row.label, row.contract, Jsonb(row.mefs), Jsonb(row.divisions)


def _attach(row: Structure, *, label: str, mefs: Sequence[str], opened: OpenAct) -> bool:
    """Write what differs; True when something did."""
    wanted = list(dict.fromkeys([*row.mefs, *mefs]))
    if row.pk and (row.label, row.mefs) == (label or row.label, wanted):
        return False
    row.label, row.mefs, row.act_id = label or row.label, wanted, opened.id
    row.save()
    return True


def _read_common(records: Iterator[Record]) -> dict[str, Any]:
    common: dict[str, Any] = {block: {} for block in _ONCE}
    common |= {block: [] for block in _LISTS.values()}
    for record in records:
        if record.tag in _ONCE:
            common[record.tag] = record.fields
        elif record.tag in _LISTS:
            common[_LISTS[record.tag]].append(record.fields)
    return common


def _day(fields: Mapping[str, Any], tag: str) -> date | None:
    said = fields.get(tag)
    if not said:
        return None
    try:
        day, month, year = map(int, said.split("/"))
        return date(year, month, day)
    except ValueError:
        raise UnreadableDayError(tag, said) from None


def _name_if_unknown(uai: str, fields: Mapping[str, Any]) -> str:
    school = School.objects.get(pk=uai)
    name = " ".join(filter(None, (fields.get("DENOM_PRINC"), fields.get("DENOM_COMPL"))))
    if not school.name and name:
        school.name = name[:100]
        school.save(update_fields=["name"])
    return school.name
