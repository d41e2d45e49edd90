"""The way in of the links between pupils and groups: one file beside the import of pupils. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bascule.exchange.flows.flow import NOTHING_SAID, Brings, Flow, Said, nothing_recalled
from bascule.exchange.flows.from_software import SeveralFilesError, heading
from bascule.formats.envelope import Envelope
from bascule.formats.import_groups.reader import read
from bascule.formats.kinds import GROUP_LINKS
from bascule.formats.record import Record
from bascule.formats.xml_reader import Recall

CODE = "groups"


class OpenedGroupLinks:
    """A file of links being read.

    Args:
        envelope (Envelope): the deposit.

    Attributes:
        heading: what the file says of itself.
    """

    def __init__(self, envelope: Envelope) -> None:
        self._reading = read(envelope.chunks())
        said = heading(self._reading.header, envelope.name, kind=FLOW.title, flow=CODE)
        self.heading = replace(said, version=said.declared_version)

    def records(self, recall: Recall = nothing_recalled) -> Iterator[Record]:  # noqa: ARG002 (the protocol's)
        """Read the records.

        Args:
            recall (Recall): not asked: such a file says all it says each time.

        Yields:
            Record: `ELEVE`, in the order of the file.
        """
        reading = self._reading
        next(reading)  # the header
        yield from reading

    def unknown(self) -> dict[str, int]:
        """Name the elements that were not read; call at the end.

        Returns:
            dict[str, int]: path → line of the first one.
        """
        return self._reading.unknown


def open_links(
    envelopes: Sequence[Envelope],
    said: Said = NOTHING_SAID,  # noqa: ARG001 (the protocol's)
    /,
) -> OpenedGroupLinks:
    """Open a deposit of links.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.
        said (Said): not asked: these files say all that is needed.

    Returns:
        OpenedGroupLinks: the file, its heading read.

    Raises:
        SeveralFilesError: if there is not exactly one.
    """
    if len(envelopes) != 1:
        raise SeveralFilesError(len(envelopes))
    return OpenedGroupLinks(envelopes[0])


FLOW = Flow(
    code=CODE,
    title="Liens élève-groupe",
    kinds=(GROUP_LINKS.code,),
    open=open_links,
    brings=Brings.MEMBERSHIPS,
)
