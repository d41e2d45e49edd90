"""`Structures.xml`: the divisions and groups of a year. Pure.

Source: Spécifications détaillées des exports BEE 17.4, §7.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bascule.exchange.outgoing.words import Sending, given, header, numbered
from bascule.formats.record import Fields, Record

_LONGEST_LABEL = 20


@dataclass(frozen=True, slots=True)
class Group:
    """A division, or a group drawn from divisions.

    Attributes:
        code: `CODE_STRUCTURE`.
        label: its name; empty when it has none.
        contract: `CODE_CONTRAT`; empty when it has none.
        mefs: MEF served.
        divisions: for a group, the divisions it draws from.
    """

    code: str
    label: str = ""
    contract: str = ""
    mefs: Sequence[str] = ()
    divisions: Sequence[str] = ()


def structures(
    sending: Sending, divisions: Iterable[Group], groups: Iterable[Group]
) -> Iterator[Record]:
    """Write the structures of a year.

    Args:
        sending (Sending): the export.
        divisions (Iterable[Group]): in their order.
        groups (Iterable[Group]): in their order.

    Yields:
        Record: the file.
    """
    yield header(sending)
    yield from numbered("DIVISION", map(_structure, divisions))
    yield from numbered("GROUPE", map(_structure, groups))


def _structure(structure: Group) -> Fields:
    return given(
        {
            "@CODE_STRUCTURE": structure.code,
            # Readers take the label for granted.
            "LIBELLE_LONG": structure.label[:_LONGEST_LABEL] or structure.code,
            "CODE_CONTRAT": structure.contract,
            "MEFS_APPARTENANCE": _members("MEF_APPARTENANCE", "CODE_MEF", structure.mefs),
            "DIVISIONS_APPARTENANCE": _members(
                "DIVISION_APPARTENANCE", "CODE_STRUCTURE", structure.divisions
            ),
        }
    )


def _members(tag: str, leaf: str, codes: Sequence[str]) -> "Fields | None":
    members: list[Fields] = [{leaf: code} for code in codes]
    return {tag: members} if members else None
