"""What every way in offers to the pipeline. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bascule.exchange.records import Heading, RawRecord
from bascule.formats.envelope import Envelope
from bascule.formats.xml_reader import Recall


def nothing_recalled(tag: str, digest: bytes) -> bool:  # noqa: ARG001 (what a recall takes)
    """Recall no record: each has its digest, and is read.

    Args:
        tag (str): its element.
        digest (bytes): of its text.

    Returns:
        bool: False.
    """
    return False


class Opened(Protocol):
    """A file, or a set of files, being read.

    Attributes:
        heading: what it says of itself, known before any pupil is read; its version is sure at the end only.
    """

    heading: Heading

    def records(self, recall: Recall = nothing_recalled) -> Iterator[tuple[str, RawRecord]]:
        """Read the records.

        Args:
            recall (Recall): tells the records that need not be read, where the kind of file has texts of its own.

        Returns:
            Iterator[tuple[str, RawRecord]]: `PERSONNE` or `ELEVE`, and the record, in the order of the file.
        """
        ...

    def unknown(self) -> dict[str, int]:
        """Name the elements that were not read; call at the end.

        Returns:
            dict[str, int]: path → line of the first one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Flow:
    """One way in.

    Attributes:
        code: how runs name it.
        title: French.
        roots: root elements of its files, each once.
        open: starts reading.
        silent_rules: rules that say nothing when the element is simply not in this kind of file.
    """

    code: str
    title: str
    roots: tuple[str, ...]
    open: Callable[[Sequence[Envelope]], Opened]
    silent_rules: frozenset[str] = frozenset()
