"""The way in of *Import du privé*: one `IMPORT_ELEVES` file, written by the school's own software. Pure.

On the hot path of every import: a record passes as it was read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from bascule.errors import RefusedError
from bascule.exchange.flows.flow import Flow, nothing_recalled
from bascule.exchange.records import Heading, RawRecord
from bascule.formats.envelope import Envelope, PrivateImportName
from bascule.formats.import_eleves.reader import read
from bascule.formats.kinds import GROUP_LINKS, PRIVATE_IMPORT
from bascule.formats.record import Fields
from bascule.formats.refusals import WrongKindError
from bascule.formats.xml_reader import Recall
from bascule.nomenclatures.heading import heading_of

CODE = "private"

_LONGEST_NUMBER = 5
_LONGEST_SOFTWARE = 10


class SeveralFilesError(RefusedError):
    """Several files were given where one holds everything.

    Args:
        count (int): how many were given.
    """

    code = "import.several-files"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Vous déposez {count} fichiers. L’import du privé tient en un seul, qui contient tous les élèves et tous "
            "les responsables : déposez uniquement le dernier produit par votre logiciel."
        )
        self.count = count


class OpenedPrivateFile:
    """An `IMPORT_ELEVES` file being read.

    Args:
        envelope (Envelope): the deposit.

    Attributes:
        heading: what the file says of itself; its version is sure once every record was given.
    """

    def __init__(self, envelope: Envelope) -> None:
        self._reading = read(envelope.chunks())
        self._reading.recall = nothing_recalled
        header = self._reading.header
        given = heading_of(header)
        self.heading = Heading(
            kind="Import du privé",
            flow=CODE,
            uai=given.uai,
            year=given.year,
            declared_version=self._reading.declared_version,
            software=_text(header.fields, "LOGICIEL")[:_LONGEST_SOFTWARE],
            send_number=_number(_text(header.fields, "NUM_ENVOI")),
            made_on=_day(_text(header.fields, "DATE_IMPORT")),
            odd_name="" if PrivateImportName.parse(envelope.name) else envelope.name,
        )

    def records(self, recall: Recall = nothing_recalled) -> Iterator[tuple[str, RawRecord]]:
        """Read the records.

        Args:
            recall (Recall): tells the records that need not be read.

        Yields:
            tuple[str, RawRecord]: `PERSONNE` or `ELEVE`, and the record, in the order of the file.
        """
        reading = self._reading
        next(reading)  # the header
        reading.recall = recall
        for record in reading:
            yield record[0], RawRecord(*record[1:])
        self.heading = replace(self.heading, version=reading.version)

    def unknown(self) -> dict[str, int]:
        """Name the elements that were not read; call at the end.

        Returns:
            dict[str, int]: path → line of the first one.
        """
        return self._reading.unknown


def open_private(envelopes: Sequence[Envelope]) -> OpenedPrivateFile:
    """Open a deposit of the private import.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.

    Returns:
        OpenedPrivateFile: the file, its heading read.

    Raises:
        SeveralFilesError: if there is not exactly one.
        WrongKindError: if it holds links between pupils and groups.
    """
    if len(envelopes) != 1:
        raise SeveralFilesError(len(envelopes))
    envelope = envelopes[0]
    if envelope.kind is GROUP_LINKS:
        raise WrongKindError(PRIVATE_IMPORT, GROUP_LINKS, GROUP_LINKS.root)
    return OpenedPrivateFile(envelope)


FLOW = Flow(code=CODE, title="Import du privé", roots=("IMPORT_ELEVES",), open=open_private)


def _text(fields: Fields, tag: str) -> str:
    found = fields.get(tag, "")
    return found if isinstance(found, str) else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 (a day has no time zone)
    except ValueError:
        return None
