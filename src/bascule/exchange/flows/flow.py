"""What every way in offers to the pipeline. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from bascule.exchange.records import Facts, Heading
from bascule.formats.envelope import Envelope
from bascule.formats.record import Record
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

    def records(self, recall: Recall = nothing_recalled) -> Iterator[Record]:
        """Read the records.

        Args:
            recall (Recall): tells the records that need not be read, where the kind of file has texts of its own.

        Returns:
            Iterator[Record]: `PERSONNE` and `ELEVE`, in the words of `IMPORT_ELEVES`, in the order of the file.
        """
        ...

    def unknown(self) -> dict[str, int]:
        """Name the elements that were not read; call at the end.

        Returns:
            dict[str, int]: path → line of the first one.
        """
        ...


#: What a person says of a deposit that does not say it itself: `encoding`, `columns`, `part`.
Said: TypeAlias = Mapping[str, Any]
NOTHING_SAID: Said = MappingProxyType({})


class Start(Protocol):
    """How a way in starts reading."""

    def __call__(self, envelopes: Sequence[Envelope], said: Said = NOTHING_SAID, /) -> Opened:
        """Open a deposit.

        Args:
            envelopes (Sequence[Envelope]): its files.
            said (Said): what a person says of it.

        Returns:
            Opened: the deposit, its heading read.
        """
        ...


class Brings(Enum):
    """What the records of a way in are about: that decides how they are checked, matched and planned.

    What comes after is one for all: keep, confirm, apply, undo, report.
    """

    #: Persons and pupils: the school's whole year, or some records of it.
    RECORDS = auto()
    #: The places in groups of pupils that the base knows already.
    MEMBERSHIPS = auto()


class Texts(Protocol):
    """How a way in gives texts of a deposit as one encoding reads them."""

    def __call__(self, envelopes: Sequence[Envelope], encoding: str, /) -> Iterable[str]:
        """Read names, or whatever has accents.

        Args:
            envelopes (Sequence[Envelope]): the files of a deposit.
            encoding (str): one of those of the way in.

        Returns:
            Iterable[str]: the same texts, in the same order, whatever the encoding.
        """
        ...


@dataclass(frozen=True, slots=True)
class Encodings:
    """What texts may be read as, where the files do not say it.

    Attributes:
        codes: those that may be asked for.
        texts: gives texts that show whether it is the right one.
    """

    codes: tuple[str, ...]
    texts: Texts


@dataclass(frozen=True, slots=True)
class Flow:
    """One way in.

    Attributes:
        code: how runs name it.
        title: French.
        kinds: codes of the kinds of file it takes, each once.
        open: starts reading.
        brings: what its records are about.
        complete: gives a record what the school's structures and nomenclatures tell of it.
        silent_rules: rules that say nothing when the element is simply not in this kind of file.
        keeps_blocks: what it says decides nothing of what is kept back from the academic base.
        is_incomplete: a new pupil who comes by it is kept back from the academic base until a whole file comes.
        has_columns: a person says what its columns are; that holds for the next deposits of the same headings.
        encodings: what its texts may be read as, where the files do not say it and a person may.
        is_stopped_by_school: refused for good once a school has signed that it stopped what makes these files; what
            follows it is a change of software that nobody need declare.
        software: stands for the software of files that name none.
        part: which part of the files it takes, when a person asks for it; blank for what they are taken for first.
        then: the part that may be taken once this one is applied; blank for none.
    """

    code: str
    title: str
    kinds: tuple[str, ...]
    open: Start
    brings: Brings = Brings.RECORDS
    complete: Callable[[Record, Facts], Record] | None = None
    silent_rules: frozenset[str] = frozenset()
    keeps_blocks: bool = False
    is_incomplete: bool = False
    has_columns: bool = False
    encodings: Encodings | None = None
    is_stopped_by_school: bool = False
    software: str = ""
    part: str = ""
    then: str = ""
