"""The gate: open a deposit, refuse what is not for this school and year, keep the bytes of the rest."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bascule.errors import RefusedError
from bascule.exchange.flows.flow import NOTHING_SAID, Brings, Flow, Opened, Said
from bascule.exchange.flows.ways import LEFT_BEHIND, way_of
from bascule.exchange.models import GepStop, ImportRun, StoredFile
from bascule.exchange.records import Heading
from bascule.formats.envelope import Envelope, open_deposit
from bascule.formats.kinds import PRIVATE_IMPORT
from bascule.formats.limits import Limits
from bascule.formats.outline import read_outline
from bascule.journal.milestones import Milestone, reached_in
from bascule.preparation.order import refuse_import_too_early
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import writable
from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.values import school_year

#: The most bytes of a file deposited.
LARGEST_FILE = Limits().deposited_bytes

_ZIP = b"PK"
#: Programs of the DOS years keep much beside their tables.
_OF_SET = ".dbf"


class NotForImportError(RefusedError):
    """The file is sound, but it is not one that brings pupils."""

    code = "import.wrong-kind"


class WrongSchoolError(RefusedError):
    """The file is another school's.

    Args:
        found (str): school of the file.
        expected (str): school it was deposited for.
    """

    code = "import.wrong-school"

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(
            f"Ce fichier est celui de l’établissement {found} ; vous importez pour {expected}. "
            "Choisissez le bon fichier ou le bon établissement."
        )
        self.found, self.expected = found, expected


class ForgottenFileError(RefusedError):
    """The file was kept for its time, and is not any more: its name and digest are.

    Args:
        name (str): the file.
    """

    code = "import.forgotten-file"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Le fichier {name} n’est plus gardé : la durée de conservation est passée. Demandez-le de"
            " nouveau à votre logiciel, puis déposez-le."
        )
        self.name = name


class WrongYearError(RefusedError):
    """The file is of another year.

    Args:
        found (int): year of the file.
        expected (int): year it was deposited for.
    """

    code = "import.wrong-year"

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(
            f"Ce fichier est de l’année {school_year.label(found)} ; vous importez pour l’année "
            f"{school_year.label(expected)}. Choisissez le bon fichier ou la bonne année."
        )
        self.found, self.expected = found, expected


class OtherSoftwareError(RefusedError):
    """The file comes from another software than the school's.

    Args:
        found (str): software of the file.
        expected (str): software of the school's files so far.
    """

    code = "import.other-software"

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(
            f"Ce fichier vient du logiciel « {found} » ; les précédents venaient de « {expected} ». "
            "Si vous avez changé de logiciel, déclarez-le ; sinon, choisissez le bon fichier."
        )
        self.found, self.expected = found, expected


class GepStoppedError(RefusedError):
    """The school stopped GEP.

    Args:
        stop (GepStop): how it was stopped.
    """

    code = "import.gep-stopped"

    def __init__(self, stop: GepStop) -> None:
        super().__init__(
            f"GEP est arrêté dans cet établissement depuis le {stop.stopped_on:%d/%m/%Y} (n° {stop.shown_number}) :"
            " ses fichiers ne sont plus reçus. Importez le fichier de votre logiciel. Si l’arrêt est une erreur,"
            " demandez au rectorat de l’annuler."
        )


class PupilsNotSentError(RefusedError):
    """Groups come before any export of pupils.

    Args:
        year (int): the year.
    """

    code = "import.pupils-not-sent"

    def __init__(self, year: int) -> None:
        super().__init__(
            "Les groupes des élèves se déposent après l’export « Élèves » de l’année "
            f"{school_year.label(year)} : faites cet export, importez-le dans votre logiciel, puis reprenez l’export"
            " des groupes."
        )


@dataclass(slots=True)
class Opening:
    """A deposit opened: its way in, and what tells its bytes from others.

    Attributes:
        flow: the way in.
        said: what the person says of it.
        envelopes: its files.
        file_digests: SHA-256 of the bytes of each.
        digest: of all of them.
    """

    flow: Flow
    said: Said
    envelopes: tuple[Envelope, ...]
    file_digests: tuple[bytes, ...]
    digest: bytes
    _begun: Opened | None = None

    @property
    def heading(self) -> Heading:
        """Return what the deposit says of itself; nothing after it is read."""
        if self._begun is None:
            self._begun = self.flow.open(self.envelopes, self.said)
        return self._begun.heading

    def read(self) -> Opened:
        """Start reading, where the heading was left the first time, else from the beginning.

        Returns:
            Opened: the files being read.
        """
        begun, self._begun = self._begun, None
        return begun or self.flow.open(self.envelopes, self.said)


def open_files(files: Sequence[tuple[str, bytes]], said: Said = NOTHING_SAID) -> Opening:
    """Open a deposit and find its way in.

    Args:
        files (Sequence[tuple[str, bytes]]): name and bytes of each file.
        said (Said): what the person says of it.

    Returns:
        Opening: the deposit; its heading is read when it is asked for.

    Raises:
        NotForImportError: if no way in takes these files.
    """
    envelopes = tuple(open_deposit(name, data) for name, data in files)
    digests = tuple(hashlib.sha256(data).digest() for _, data in files)
    flow = way_of(envelopes, said)
    if flow is not None:
        digest = hashlib.sha256(b"".join(digests)).digest()
        return Opening(flow, said, envelopes, digests, digest)
    stranger = next(e for e in envelopes if e.kind is not PRIVATE_IMPORT)
    kind = stranger.kind
    if kind is None:
        # What keeps it from being read, if anything does, says more than that it is not known.
        read_outline(stranger.chunks())
        raise NotForImportError(
            f"{stranger.name} n’est pas un fichier d’élèves que l’import connaît. Choisissez celui que produit"
            " votre logiciel."
        )
    raise NotForImportError(
        f"{stranger.name} est {kind.name} : il n’apporte pas d’élèves. {kind.use}"
    )


def is_of_set(name: str) -> bool:
    """Tell whether a file of a folder is one of the tables that are read: the rest is of no use.

    Args:
        name (str): name of the file.

    Returns:
        bool: True for a table.
    """
    return name.lower().endswith(_OF_SET)


def refuse_stopped(flow: Flow | None, *, uai: str) -> None:
    """Refuse what comes from GEP once the school stopped it; the school is open.

    Args:
        flow (Flow | None): the way in.
        uai (str): the school.

    Raises:
        GepStoppedError: if it is stopped.
    """
    if flow is None or not flow.is_stopped_by_school:
        return
    stop = GepStop.objects.filter(uai=uai, withdrawn_at=None).first()
    if stop is not None:
        raise GepStoppedError(stop)


def changes_software_of_itself(opening: Opening, row: SchoolYear | None) -> bool:
    """Tell whether a deposit changes the school's software without anybody having to say so.

    Args:
        opening (Opening): the deposit.
        row (SchoolYear | None): the school's year, when there is one.

    Returns:
        bool: True for the first one after a program that schools leave behind.
    """
    return (
        opening.flow.brings is Brings.RECORDS
        and row is not None
        and row.software in LEFT_BEHIND
        and opening.heading.software not in ("", row.software)
    )


def check_gate(
    opening: Opening,
    row: SchoolYear | None,
    *,
    uai: str,
    year: int,
    changes_software: bool,
    at: datetime,
) -> SchoolYear:
    """Refuse what is not for this school and year; the school is open for reading.

    Args:
        opening (Opening): the deposit.
        row (SchoolYear | None): the school's year, when there is one.
        uai (str): the school it is deposited for.
        year (int): the year it is deposited for.
        changes_software (bool): the school declares that it changed software.
        at (datetime): when, with its time zone.

    Returns:
        SchoolYear: the school's year.

    Raises:
        WrongSchoolError: if the file is another school's.
        WrongYearError: if it is of another year.
        OtherSoftwareError: if the file comes from another software, and no change was declared.
    """
    heading = opening.heading
    if heading.uai and heading.uai != uai:
        raise WrongSchoolError(heading.uai, uai)
    if heading.year and heading.year != year:
        raise WrongYearError(heading.year, year)
    row = writable(row, uai=uai, year=year)
    if opening.flow.brings is Brings.MEMBERSHIPS:
        # Whatever makes the timetable: it need not be what keeps the pupils. A part of the files that brought them
        # names them as these did.
        if not opening.flow.part:
            _refuse_before_pupils_went_out(uai=uai, year=year)
        return row
    if (
        heading.software
        and row.software
        and heading.software != row.software
        and not changes_software
    ):
        raise OtherSoftwareError(heading.software, row.software)
    refuse_import_too_early(uai=uai, year=year, at=at)
    return row


def _refuse_before_pupils_went_out(*, uai: str, year: int) -> None:
    """Refuse groups while the software does not know our pupils: their numbers may have changed since."""
    if Milestone.PUPILS_SENT not in reached_in(uai, year=year):
        raise PupilsNotSentError(year)


def keep_files(opening: Opening, files: Sequence[tuple[str, bytes]], *, uai: str) -> list[int]:
    """Keep the bytes of a deposit; the school is open.

    Args:
        opening (Opening): the deposit.
        files (Sequence[tuple[str, bytes]]): name and bytes of each.
        uai (str): the school.

    Returns:
        list[int]: ids of the files kept.
    """
    return [
        _keep_file(uai, name, digest, data)
        for (name, data), digest in zip(files, opening.file_digests, strict=True)
    ]


def _packed(data: bytes) -> bytes:
    # A ZIP does not get smaller; the lightest level already takes an XML to a tenth.
    return data if data.startswith(_ZIP) else zlib.compress(data, 1)


def _unpacked(content: bytes) -> bytes:
    return content if content.startswith(_ZIP) else zlib.decompress(content)


def _content(file: StoredFile) -> bytes:
    if not file.content:
        raise ForgottenFileError(file.name)
    return _unpacked(bytes(file.content))


def _readable(name: str) -> str:
    """Give a file name that can be stored: those of other systems may hold what is no text."""
    return name.encode("utf-8", "replace").decode().replace("\0", "")


def _keep_file(uai: str, name: str, digest: bytes, data: bytes) -> int:
    with staging.raw_cursor() as cursor:
        # The same bytes are kept once. Somebody may be keeping them at this moment: we wait, and theirs are ours.
        cursor.execute(
            "INSERT INTO exchange_storedfile (uai, name, digest, content, size) VALUES (%s, %s, %s, %s, %s)"
            # What was emptied since is full again.
            " ON CONFLICT (uai, digest) DO UPDATE SET content = excluded.content"
            " WHERE length(exchange_storedfile.content) = 0 RETURNING id",
            [uai, _readable(name)[-200:], digest, _packed(data), len(data)],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else StoredFile.objects.only("id").get(uai=uai, digest=digest).pk


def reopen(run: ImportRun) -> Opening:
    """Open the kept files of a run; the school is open.

    Args:
        run (ImportRun): the run.

    Returns:
        Opening: as when they were deposited.
    """
    kept = {file.pk: file for file in StoredFile.objects.filter(uai=run.uai, pk__in=run.file_ids)}
    return open_files(
        [(kept[i].name, _content(kept[i])) for i in run.file_ids], run.options.get("said", {})
    )


def deposited(run: ImportRun) -> tuple[str, bytes]:
    """Give the kept files of a run as one: the file itself, or a ZIP of several; the school is opened.

    Args:
        run (ImportRun): the run.

    Returns:
        tuple[str, bytes]: its name, and the bytes that were deposited.
    """
    with transaction.atomic():
        open_schools(run.uai)
        rows = StoredFile.objects.filter(uai=run.uai, pk__in=run.file_ids)
        kept = {file.pk: file for file in rows}
    files = [(kept[i].name, _content(kept[i])) for i in run.file_ids]
    if len(files) == 1:
        return files[0]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content)
    return f"Import_{run.uai}_{run.pk}.zip", out.getvalue()
