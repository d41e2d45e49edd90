"""Read an import du privé of any version, and say which version it really is."""

from collections.abc import Iterable

from bascule.formats.import_eleves.description import ANY_VERSION, GROUP_LINKS_SIGN, VERSIONS
from bascule.formats.kinds import GROUP_LINKS, PRIVATE_IMPORT
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Record
from bascule.formats.refusals import WrongKindError
from bascule.formats.xml_reader import Reading

#: Version taken when neither the content nor the header says.
_BY_DEFAULT = "3.1"


class ImportReading(Reading):
    """The records of an import du privé: `PARAMETRES`, `PERSONNE`, `ELEVE`.

    `header` is the first record; `unknown` names what no version knows.
    """

    def __init__(self, chunks: Iterable[bytes], limits: Limits) -> None:
        super().__init__(ANY_VERSION, chunks, limits, self._check)

    def _check(self, record: Record) -> Record:
        if GROUP_LINKS_SIGN in self.signs:
            raise WrongKindError(PRIVATE_IMPORT, GROUP_LINKS, ANY_VERSION.root)
        return record

    @property
    def declared_version(self) -> str:
        """The version that the file gives itself, empty when it gives none."""
        version = self.header.fields.get("@VERSION", "")
        return version if isinstance(version, str) else ""

    @property
    def version(self) -> str:
        """The version shown by what has been read so far; final after the last record.

        Elements of 3.1 also stand in 4.0: there, and where nothing is shown, what the file
        declares is followed when it is a version we know.
        """
        for version in ("2.0", "3.0", "4.0"):
            if version in self.signs:
                return version
        declared = self.declared_version
        if "3.1" in self.signs and declared != "4.0":
            return "3.1"
        return declared if declared in VERSIONS else _BY_DEFAULT


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> ImportReading:
    """Read an import du privé as a stream of records.

    Args:
        chunks (Iterable[bytes]): the bytes of the XML file, cut anywhere.
        limits (Limits): what the file may weigh and hold.

    Returns:
        ImportReading: the records, header first. Refusals come while iterating.
    """
    return ImportReading(chunks, limits)
