"""A school's profile for a year: what its `Nomenclature.xml` holds, every block whole.

The file is kept in its own words, entry by entry. Loading it again writes only what differs.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from django.db import transaction
from psycopg.types.json import Jsonb

from bascule.errors import RefusedError
from bascule.formats.record import Fields, Record
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import Milestone, reach
from bascule.nomenclatures.difference import Count, Difference, Stored, compare
from bascule.nomenclatures.heading import take_heading
from bascule.nomenclatures.models import ProfileChoice, ProfileEntry
from bascule.store import staging
from bascule.store.policies import open_schools

#: The tables that hold a profile, in the order in which rows may be added.
PROFILE_TABLE, CHOICES_TABLE = "nomenclatures_profileentry", "nomenclatures_profilechoice"
_TABLE = PROFILE_TABLE

#: The blocks of the file, in its order.
BLOCKS = (
    "MEF",
    "MATIERE",
    "PROGRAMME",
    "OPTION_OBLIGATOIRE",
    "MODALITE_ELECTION",
    "REGIME",
    "LIEN_PARENTE",
    "N_NIVEAU_RESPONSABILITE",
    "BOURSE",
    "PROFESSION",
    "PROVENANCE",
    "MOTIF_SORTIE",
    "STATUT_ELEVE",
    "CONTRAT",
    "TYPE_ETABLISSEMENT",
    "CIVILITE",
    "MODALITE_COURS",
)

#: Blocks whose entries no single code identifies: the elements that do; the last may be missing.
_COMPOSED = {
    "PROGRAMME": ("CODE_MEF", "CODE_MATIERE", "CODE_MODALITE_ELECT"),
    "OPTION_OBLIGATOIRE": ("CODE_MEF", "CODE_MATIERE", "RANG_OPTION"),
}

#: Blocks without which the software of a school can do nothing.
_NEEDED = ("MEF", "MATIERE", "PROGRAMME")

_LONGEST_KEY = 40

#: Entries by key, for each block, in the order of the file.
Entries: TypeAlias = dict[str, dict[str, Fields]]

#: How a subject is taken: by all; and, beyond the national programme, by decision of the authority.
CORE, ADDED = "S", "L"


class Choice(NamedTuple):
    """A subject that a school chose.

    Attributes:
        mef: the vocational MEF whose hours it holds; blank for a subject that may be an option.
        subject: its code.
    """

    mef: str
    subject: str


class IncompleteProfileError(RefusedError):
    """The file lacks a block that every real one has; taking it would empty the profile.

    Args:
        blocks (tuple[str, ...]): the missing blocks.
    """

    code = "profile.incomplete"

    def __init__(self, blocks: tuple[str, ...]) -> None:
        super().__init__(
            f"Les nomenclatures reçues ne contiennent aucune fiche {', '.join(blocks)}."
            " Rien n’a été changé : vérifiez que le profilage a été lancé, puis refaites l’export."
        )
        self.blocks = blocks


@dataclass(frozen=True, slots=True)
class SetAside:
    """An entry of the file that was not kept.

    Attributes:
        block: its block.
        line: its line in the file.
        reason: French, why.
    """

    block: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProfileLoad:
    """What loading a profile did.

    Attributes:
        act_id: the act that did it.
        counts: by block, in the order of the file.
        set_aside: entries that were not kept.
    """

    act_id: int
    counts: Mapping[str, Count]
    set_aside: tuple[SetAside, ...]


def load_profile(
    *, uai: str, year: int, records: Iterable[Record], actor: str, at: datetime
) -> ProfileLoad:
    """Replace a school's profile for a year by that of a file, writing only what differs.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        records (Iterable[Record]): records of `Nomenclature.xml`, heading first.
        actor (str): who loads it.
        at (datetime): when, with its time zone.

    Returns:
        ProfileLoad: counts by block.

    Raises:
        IncompleteProfileError: if the file has no MEF, no subject or no programme.

    Source: Spécifications détaillées des exports BEE 17.4, §4 (keys, mandatory blocks).
    """
    given, set_aside = _entries(take_heading(records, uai=uai, year=year))
    missing = tuple(block for block in _NEEDED if block not in given)
    if missing:
        raise IncompleteProfileError(missing)
    with act(uai=uai, kind="nomenclatures.profile", actor=actor, at=at) as opened:
        counts = rewrite(
            opened, year, {block: given.get(block, {}) for block in _all(uai, year, given)}
        )
        rewrite_choices(opened, year, _chosen_in(given))
        opened.facts |= {
            "year": year,
            "digest": _digest(given),
            "added": sum(count.added for count in counts.values()),
            "changed": sum(count.changed for count in counts.values()),
            "removed": sum(count.removed for count in counts.values()),
            "unchanged": sum(count.unchanged for count in counts.values()),
        }
        # A file of nomenclatures is a release and its profile in one: what a school has validated elsewhere.
        reach(opened, Milestone.RELEASE_RECEIVED, Milestone.PROFILE_VALIDATED, year=year)
        if has_changed(counts):
            reach(opened, Milestone.PROFILE_CHANGED, year=year)
    return ProfileLoad(opened.id, counts, tuple(set_aside))


def rewrite(opened: OpenAct, year: int, given: Entries) -> dict[str, Count]:
    """Replace blocks of a profile, writing only what differs; the others stay.

    Args:
        opened (OpenAct): the act under way.
        year (int): first calendar year.
        given (Entries): the blocks; an empty one is emptied.

    Returns:
        dict[str, Count]: what was done, by block, in the order of the file.
    """
    stored = _stored(opened.uai, year, given)
    found = {block: compare(stored.get(block, {}), given[block]) for block in _ordered(given)}
    _write(found, uai=opened.uai, year=year, act_id=opened.id)
    return {block: difference.count for block, difference in found.items()}


def has_changed(counts: Mapping[str, Count]) -> bool:
    """Tell whether writing changed anything.

    Args:
        counts (Mapping[str, Count]): what was done, by block.

    Returns:
        bool: True when an entry was added, changed or removed.
    """
    return any(count.added or count.changed or count.removed for count in counts.values())


def read_entries(*, uai: str, year: int, blocks: Collection[str] = ()) -> Entries:
    """Read a school's profile; its school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        blocks (Collection[str]): the blocks wanted; none for all.

    Returns:
        Entries: by block and key, in the order of the file.
    """
    rows = ProfileEntry.objects.filter(uai=uai, year=year).order_by("rank")
    if blocks:
        rows = rows.filter(block__in=blocks)
    found: Entries = {}
    for block, key, fields in rows.values_list("block", "key", "fields"):
        found.setdefault(block, {})[key] = fields
    return found


def read_choices(*, uai: str, year: int) -> frozenset[Choice]:
    """Read what a school chose besides its MEF; its school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        frozenset[Choice]: the subjects.
    """
    rows = ProfileChoice.objects.filter(uai=uai, year=year)
    return frozenset(Choice(*row) for row in rows.values_list("mef", "subject"))


def rewrite_choices(opened: OpenAct, year: int, given: Iterable[Choice]) -> bool:
    """Replace what a school chose besides its MEF, writing only what differs.

    Args:
        opened (OpenAct): the act under way.
        year (int): first calendar year.
        given (Iterable[Choice]): the subjects.

    Returns:
        bool: whether anything did.
    """
    wanted, uai = set(given), opened.uai
    rows = ProfileChoice.objects.filter(uai=uai, year=year)
    held = {
        Choice(mef, subject): row_id
        for row_id, mef, subject in rows.values_list("id", "mef", "subject")
    }
    with staging.raw_cursor() as cursor:
        gone = [row_id for choice, row_id in held.items() if choice not in wanted]
        staging.delete_rows(cursor, CHOICES_TABLE, uai=uai, ids=gone)
        added = sorted(wanted - held.keys())
        if added:
            staging.insert_rows(
                cursor,
                CHOICES_TABLE,
                ("uai", "year", "mef", "subject"),
                ((uai, year, *choice) for choice in added),
            )
    return bool(gone or added)


def profile_records(*, uai: str, year: int) -> Iterator[Record]:
    """Give a school's profile back as the file gave it, heading excepted.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Iterator[Record]: in the order of the file; ranks count from 1 in each block.
    """
    with transaction.atomic():
        open_schools(uai)
        rows = ProfileEntry.objects.filter(uai=uai, year=year).order_by("rank")
        blocks: dict[str, list[Fields]] = {}
        for block, fields in rows.values_list("block", "fields"):
            blocks.setdefault(block, []).append(fields)
    return (
        Record(block, 0, rank, fields)
        for block in _ordered(blocks)
        for rank, fields in enumerate(blocks[block], start=1)
    )


def profile_counts(*, uai: str, year: int) -> dict[str, int]:
    """Count the entries of a school's profile.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, int]: by block, in the order of the file; empty when nothing was loaded.
    """
    counts: dict[str, int] = {}
    for record in profile_records(uai=uai, year=year):
        counts[record.tag] = record.rank
    return counts


def _entries(records: Iterator[Record]) -> tuple[Entries, list[SetAside]]:
    entries: Entries = {}
    set_aside = []
    for record in records:
        block = entries.setdefault(record.tag, {})
        key = _key(record)
        if not key:
            reason = "sans code"
        elif len(key) > _LONGEST_KEY:
            reason = "code trop long"
        elif key in block:
            reason = f"{key} déjà présent plus haut"
        else:
            block[key] = record.fields
            continue
        set_aside.append(SetAside(record.tag, record.line, reason))
    return {block: kept for block, kept in entries.items() if kept}, set_aside


def _all(uai: str, year: int, given: Entries) -> set[str]:
    """Give the blocks held or given."""
    held = ProfileEntry.objects.filter(uai=uai, year=year).values_list("block", flat=True)
    return {*held.distinct(), *given}


def _chosen_in(given: Entries) -> Iterator[Choice]:
    """Tell what a profile made elsewhere chose, from its effects."""
    for line in given.get("PROGRAMME", {}).values():
        mef, subject, mode = (
            str(line.get(tag, "")) for tag in ("CODE_MEF", "CODE_MATIERE", "CODE_MODALITE_ELECT")
        )
        holds_hours = given.get("MATIERE", {}).get(subject, {}).get("MATIERE_ETP") == "1"
        if mode == ADDED and holds_hours:
            yield Choice(mef, subject)
        elif mode != CORE:
            yield Choice("", subject)


def _key(record: Record) -> str:
    names = _COMPOSED.get(record.tag)
    if names is None:
        return "|".join(str(text) for name, text in record.fields.items() if name[0] == "@")
    codes = [str(record.fields.get(name, "")) for name in names]
    return "|".join(codes) if all(codes[:-1]) else ""


def _ordered(blocks: Iterable[str]) -> list[str]:
    """Put blocks in the order of the file, those that newer files may bring last."""
    return sorted(blocks, key=lambda block: ((*BLOCKS, block).index(block), block))


def _stored(uai: str, year: int, blocks: Collection[str]) -> dict[str, dict[str, Stored[Fields]]]:
    rows = ProfileEntry.objects.filter(uai=uai, year=year, block__in=list(blocks)).order_by("rank")
    stored: dict[str, dict[str, Stored[Fields]]] = {}
    for block, key, row_id, rank, fields in rows.values_list(
        "block", "key", "id", "rank", "fields"
    ):
        stored.setdefault(block, {})[key] = Stored(row_id, rank, fields)
    return stored


def _write(found: Mapping[str, Difference[Fields]], *, uai: str, year: int, act_id: int) -> None:
    with staging.raw_cursor() as cursor:
        removed = [row_id for difference in found.values() for row_id in difference.removed]
        staging.delete_rows(cursor, _TABLE, uai=uai, ids=removed)
        changed = [
            (row_id, uai, act_id, entry.rank, Jsonb(entry.content))
            for difference in found.values()
            for row_id, entry in difference.changed.items()
        ]
        if changed:
            staging.update_rows(cursor, _TABLE, ("id", "uai", "act_id", "rank", "fields"), changed)
        added = [
            (uai, year, block, entry.key, entry.rank, Jsonb(entry.content))
            for block, difference in found.items()
            for entry in difference.added
        ]
        if added:
            columns = ("uai", "year", "block", "key", "rank", "fields")
            staging.insert_rows(cursor, _TABLE, columns, added)


def _digest(given: Entries) -> str:
    text = json.dumps(given, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
