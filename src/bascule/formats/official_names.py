"""The official names of files, which say whose they are and when they were made, and the ZIPs that bear them."""

import io
import re
import stat
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

_PRIVATE_NAME = re.compile(
    r"(?P<uai>\d{7}[A-Z])(?P<marker>PRIVE|ELEGROUPE)(?P<year>\d{4})(?P<stamp>\d{12})"
    r"(?:[ _-]?\(?\d{0,3}\)?)?(?:\.(?:zip|xml))*",
    re.IGNORECASE,
)
_STAMP: Final = "%y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class PrivateImportName:
    """What the name of a file for the import du privé says.

    Attributes:
        uai: the school.
        year: first calendar year of the school year.
        stamp: when the software made the file; local time, no zone.
        marker: `PRIVE` for pupils, `ELEGROUPE` for links between pupils and groups.
    """

    uai: str
    year: int
    stamp: datetime
    marker: str = "PRIVE"

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """Read a name of the form `0590181BPRIVE2006061011100159.zip`.

        Args:
            name (str): the name; a copy number that a browser adds is passed over.

        Returns:
            Self | None: what it says, None when it is not of that form.
        """
        found = _PRIVATE_NAME.fullmatch(name.strip())
        if found is None:
            return None
        try:
            stamp = datetime.strptime(found["stamp"], _STAMP)  # noqa: DTZ007 (the name has no zone)
        except ValueError:
            return None
        return cls(found["uai"].upper(), int(found["year"]), stamp, found["marker"].upper())


def private_import_name(uai: str, year: int, at: datetime, marker: str = "PRIVE") -> str:
    """Return the official name of a file for the import du privé, without extension.

    Args:
        uai (str): the school.
        year (int): first calendar year of the school year.
        at (datetime): when the file is made, local time.
        marker (str): `PRIVE` or `ELEGROUPE`.

    Returns:
        str: the name that the ZIP and its only file share.
    """
    return f"{uai}{marker}{year:04d}{at.strftime(_STAMP)}"


def zip_of(inner_name: str, content: bytes, at: datetime) -> bytes:
    """Return a ZIP that holds one file.

    Args:
        inner_name (str): name of the file.
        content (bytes): its bytes.
        at (datetime): date of the entry, local time, 1980 or later.

    Returns:
        bytes: the ZIP, the same for the same arguments.
    """
    out = io.BytesIO()
    entry = zipfile.ZipInfo(inner_name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.create_system = 3
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, content)
    return out.getvalue()


def official_zip(name: str, xml: bytes, at: datetime) -> tuple[str, bytes]:
    """Return an export in its official envelope.

    Args:
        name (str): official name of the export (`Nomenclature`, `ElevesAvecAdresses`…).
        xml (bytes): the file.
        at (datetime): date of the export, local time.

    Returns:
        tuple[str, bytes]: `ExportXML_<name>.zip`, and its bytes holding `<name>.xml`.
    """
    return f"ExportXML_{name}.zip", zip_of(f"{name}.xml", xml, at)
