"""Write the base again as it was at the end of any night, from the rows alone, and prove it is the same."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from bascule.bea.files import Files, SchoolYear
from bascule.bea.models import Transfer
from bascule.bea.nights import turn
from bascule.bea.passing import read_night
from bascule.errors import RefusedError
from bascule.schools.directory import school_numbers
from bascule.store.policies import open_schools


class FolderNotEmptyError(RefusedError):
    """The folder holds something."""

    code = "bea.folder-not-empty"

    def __init__(self) -> None:
        super().__init__(
            "Le dossier indiqué n’est pas vide : donnez-en un autre, pour ne rien y mélanger."
        )


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A base that was written again.

    Attributes:
        night: of which night.
        school_count: schools' years written.
        unlike: those whose files do not hold what was in the base that night; none, when all is well.
    """

    night: int
    school_count: int
    unlike: tuple[SchoolYear, ...]


def rebuild(
    *, number: int, into: Path | None, on_wait: Callable[[], None] | None = None
) -> Rebuilt:
    """Write the base as of a night.

    Args:
        number (int): the night; 0 for the last one.
        into (Path | None): an empty folder, or one to make; None for that of the base, as it is now, once no night
            passes.
        on_wait (Callable[[], None] | None): told once, when a night passes and this waits.

    Returns:
        Rebuilt: what was written, and whether it is the same.

    Raises:
        UnknownNightError: if there is no such night.
        FolderNotEmptyError: if the folder holds something.
    """
    night = read_night(number=number).pk
    if into is not None and into.exists() and any(into.iterdir()):
        raise FolderNotEmptyError
    if into is None:
        with turn(on_wait):
            return _write(night, None)
    return _write(night, into)


def _write(night: int, into: Path | None) -> Rebuilt:
    with transaction.atomic():
        open_schools(*school_numbers())
        lines = Transfer.objects.filter(night_id__lte=night, digest__isnull=False)
        last = list(lines.order_by("uai", "year", "-pk").distinct("uai", "year"))
    digests = {SchoolYear(one.uai, one.year): bytes(one.digest or b"") for one in last}
    with Files(into) as files:
        files.write(list(digests), night=None if into is None else night)
        read = files.digests(digests)
    unlike = tuple(one for one, digest in digests.items() if read[one] != digest)
    return Rebuilt(night, len(digests), unlike)
