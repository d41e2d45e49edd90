"""The way in of *Import du privé*: one `IMPORT_ELEVES` file, written by the school's own software. Pure.

On the hot path of every import: a record passes as it was read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bascule.exchange.flows.flow import NOTHING_SAID, Flow, Said, nothing_recalled
from bascule.exchange.flows.from_software import SeveralFilesError, heading
from bascule.formats.envelope import Envelope
from bascule.formats.import_eleves.reader import read
from bascule.formats.kinds import PRIVATE_IMPORT
from bascule.formats.record import Record
from bascule.formats.xml_reader import Recall

CODE = "private"


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
        self.heading = heading(self._reading.header, envelope.name, kind=FLOW.title, flow=CODE)

    def records(self, recall: Recall = nothing_recalled) -> Iterator[Record]:
        """Read the records.

        Args:
            recall (Recall): tells the records that need not be read.

        Yields:
            Record: `PERSONNE` and `ELEVE`, in the order of the file.
        """
        reading = self._reading
        next(reading)  # the header
        reading.recall = recall
        yield from reading
        self.heading = replace(self.heading, version=reading.version)

    def unknown(self) -> dict[str, int]:
        """Name the elements that were not read; call at the end.

        Returns:
            dict[str, int]: path → line of the first one.
        """
        return self._reading.unknown


def open_private(
    envelopes: Sequence[Envelope],
    said: Said = NOTHING_SAID,  # noqa: ARG001 (the protocol's)
    /,
) -> OpenedPrivateFile:
    """Open a deposit of the private import.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.
        said (Said): not asked: these files say all that is needed.

    Returns:
        OpenedPrivateFile: the file, its heading read.

    Raises:
        SeveralFilesError: if there is not exactly one.
    """
    if len(envelopes) != 1:
        raise SeveralFilesError(len(envelopes))
    return OpenedPrivateFile(envelopes[0])


FLOW = Flow(code=CODE, title="Import du privé", kinds=(PRIVATE_IMPORT.code,), open=open_private)
