"""What a person takes of the exports: one official file as it is, or several in one ZIP; and what went out last."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from bascule.exchange.export import (
    GROUPS,
    NUMBERS_TABLE,
    OFFICIAL_NAMES,
    ONEROSTER,
    SentFileContent,
    export,
)
from bascule.exchange.models import SentFile
from bascule.journal.milestones import Milestone, reached
from bascule.store.policies import open_schools

#: What software needs before it can send its pupils.
_OF_SCHOOL = ("nomenclature", "structures", "communs")


def export_to_take(
    *, uai: str, year: int, kinds: Sequence[str], actor: str, at: datetime
) -> tuple[str, bytes]:
    """Write files of a school's year, and give them as one that a browser takes.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        kinds (Sequence[str]): words of the official exports.
        actor (str): who exports.
        at (datetime): when, with its time zone.

    Returns:
        tuple[str, bytes]: the official file and its name; or a ZIP that holds several, as they are.
    """
    files = export(uai=uai, year=year, kinds=kinds, actor=actor, at=at)
    if len(files) == 1:
        return files[0].name, files[0].content
    made_at = timezone.localtime(at)
    return f"Exports_{uai}_{year}-{year + 1}_{made_at:%Y%m%d-%H%M}.zip", _together(files, made_at)


def kinds_for_software(*, uai: str, year: int, with_addresses: bool = True) -> tuple[str, ...]:
    """Tell which files one press gives to a school's software.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        with_addresses (bool): whether the files of people hold addresses.

    Returns:
        tuple[str, ...]: words of the exports; those of people once a file of theirs was applied.
    """
    if Milestone.PUPILS_IMPORTED not in reached(uai, year=year)[uai]:
        return _OF_SCHOOL
    end = "" if with_addresses else "-sans-adresses"
    return (*_OF_SCHOOL, f"eleves{end}", f"responsables{end}")


def last_sent(*, uai: str, year: int) -> Mapping[str, SentFile]:
    """Give the last file of each export.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Mapping[str, SentFile]: by word of the export.
    """
    with transaction.atomic():
        open_schools(uai)
        rows = SentFile.objects.filter(uai=uai, year=year).order_by("kind", "-id").distinct("kind")
        return {row.kind: row for row in rows}


def official_names() -> Mapping[str, str]:
    """Give the names under which exports go out.

    Returns:
        Mapping[str, str]: name of the ZIP, or of the table, by word of the export.
    """
    names = {kind: f"ExportXML_{name}.zip" for kind, name in OFFICIAL_NAMES.items()}
    others = {NUMBERS_TABLE: "INE.csv", GROUPS: "ELEGROUPE.zip", ONEROSTER: "OneRoster.zip"}
    return {**names, **others}


def _together(files: Sequence[SentFileContent], at: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in files:
            # What is in it is packed already.
            archive.writestr(zipfile.ZipInfo(file.name, at.timetuple()[:6]), file.content)
    return out.getvalue()
