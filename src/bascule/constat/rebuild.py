"""Count again what was signed, whatever was written since, from two histories that know nothing of each other."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db import transaction

from bascule.constat import counting
from bascule.constat.counting import Cell
from bascule.constat.forgetting import forgotten_at
from bascule.constat.models import Signature
from bascule.errors import NotThereError
from bascule.journal.models import Act
from bascule.store.policies import open_schools
from bascule.values import school_year
from bascule.values.words import said as _


class NothingSignedError(NotThereError):
    """The school signed no such constat."""

    code = "constat.nothing-signed"

    def __init__(self, uai: str, year: int) -> None:
        super().__init__(
            f"L’établissement {uai} n’a pas signé ce constat de rentrée {school_year.label(year)} : il n’y a rien à"
            " reconstruire. Vérifiez son numéro et l’année."
        )


class Source(StrEnum):
    """What is counted again."""

    RECORDS = "dossiers"
    BASE = "base"
    KEPT = "signature"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _SOURCES[self]


_SOURCES: Final = {
    Source.RECORDS: _("les dossiers de l’établissement, par l’historique du journal"),
    Source.BASE: _("la base académique, par ses versions"),
    Source.KEPT: _("ce qui fut gardé, par l’empreinte du journal"),
}


class Difference(NamedTuple):
    """A cell that is not what was signed.

    Attributes:
        source: what was counted again.
        cell: codes, in the order of `counting.COLUMNS`.
        signed: pupils that were signed.
        found: pupils that were counted again.
    """

    source: Source
    cell: Cell
    signed: int
    found: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A constat that was counted again.

    Attributes:
        signature: what was signed.
        counts: by source, the pupils counted again.
        differences: cells that are not the same; none when all is well.
        altered: of what was kept, whether it is no longer what the journal says was signed.
        forgotten_at: since when pupils of its year are purged: it cannot be counted again; None while it can.
    """

    signature: Signature
    counts: dict[Source, int]
    differences: tuple[Difference, ...]
    altered: bool
    forgotten_at: datetime | None = None

    @property
    def is_same(self) -> bool:
        """Return whether all that could be counted again is what was signed, to the unit."""
        return not self.differences and not self.altered


def signature_of(*, uai: str, year: int, number: int | None = None) -> Signature:
    """Read what a school signed.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        number (int | None): which signature; None for the last one.

    Returns:
        Signature: in force or not.

    Raises:
        NothingSignedError: if there is none.
    """
    with transaction.atomic():
        open_schools(uai)
        found = Signature.objects.filter(uai=uai, year=year)
        if number is not None:
            found = found.filter(number=number)
        signature = found.order_by("-number").first()
    if signature is None:
        raise NothingSignedError(uai, year)
    return signature


def rebuild(*, uai: str, year: int, number: int | None = None) -> Rebuilt:
    """Count again what a school signed.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        number (int | None): which signature; None for the last one.

    Returns:
        Rebuilt: equal to the unit, or what differs; past its time, only whether what is kept is what was signed.

    Raises:
        NothingSignedError: if nothing was signed.
    """
    signature = signature_of(uai=uai, year=year, number=number)
    signed = counting.read(signature.cells)
    held = signed if signature.base_cells is None else counting.read(signature.base_cells)
    where: dict[str, Any] = {"uai": uai, "year": year, "day": signature.observed_on}
    with transaction.atomic():
        open_schools(uai)
        forgotten = forgotten_at(signature)
        if forgotten is None:
            records = counting.counted(counting.of_school(**where, act_id=signature.act_id))
            base = counting.counted(counting.of_base(**where, night=signature.night_id))
            counts = {Source.RECORDS: records.total(), Source.BASE: base.total()}
            differences = (
                *_differences(Source.RECORDS, signed, records),
                *_differences(Source.BASE, held, base),
            )
        else:
            counts, differences = {}, ()
        act = Act.objects.filter(uai=uai, pk=signature.act_id).first()
    facts = json.loads(act.payload)["facts"] if act else {}
    said = (facts.get("digest"), facts.get("base_digest"))
    return Rebuilt(
        signature=signature,
        counts=counts,
        differences=differences,
        altered=said != (counting.digest_of(signed), counting.digest_of(held)),
        forgotten_at=forgotten,
    )


def _differences(
    source: Source, signed: Counter[Cell], found: Counter[Cell]
) -> tuple[Difference, ...]:
    return tuple(
        Difference(source, cell, signed[cell], found[cell])
        for cell in sorted(signed.keys() | found.keys())
        if signed[cell] != found[cell]
    )
