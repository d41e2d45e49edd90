"""Files that are refused as a whole, before any pupil is read: one for each reason.

Each is made from a clean file, so that nothing else is wrong with it.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bascule.formats.official_names import zip_of
from bascule.generator.files import MadeFile, authority_files, private_file
from bascule.generator.population import Population
from bascule.values.uai import make_uai

_PROLOG = b'<?xml version="1.0" encoding="ISO-8859-15"?>\n'
_COMMENT = b"<!--" + b" " * 1_016 + b"-->\n"
_COMMENTS = 32 * 1024
_DEEP = 200
_ENCRYPTED = 1


@dataclass(frozen=True, slots=True)
class Material:
    """What broken files are made of.

    Attributes:
        population: a school's population.
        at: when the file is made.
        clean: its clean file.
    """

    population: Population
    at: datetime
    clean: MadeFile

    @property
    def stem(self) -> str:
        """Return the name of the file without its ending."""
        return self.clean.name.removesuffix(".xml")


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A reason to refuse a file whole.

    Attributes:
        refusal: code of the refusal.
        reason: what the refusal must tell, in a few words.
        spoil: makes the file.
    """

    refusal: str
    reason: str
    spoil: Callable[[Material], MadeFile]

    def make(self, population: Population, *, at: datetime) -> MadeFile:
        """Make the file.

        Args:
            population (Population): a school's population.
            at (datetime): when the file is made.

        Returns:
            MadeFile: XML or ZIP.
        """
        return self.spoil(Material(population, at, private_file(population, at=at)))


def _swapped(old: bytes, new: bytes) -> Callable[[Material], MadeFile]:
    """Replace the first occurrence of some bytes."""

    def spoil(material: Material) -> MadeFile:
        clean = material.clean
        return clean._replace(content=clean.content.replace(old, new, 1))

    return spoil


def _content(content: bytes) -> Callable[[Material], MadeFile]:
    def spoil(material: Material) -> MadeFile:
        return material.clean._replace(content=content)

    return spoil


def _other_school(material: Material) -> MadeFile:
    uai = material.population.teaching.school.uai
    other = make_uai(uai[:3], 4_999)
    return MadeFile(
        material.clean.name.replace(uai, other),
        material.clean.content.replace(uai.encode(), other.encode(), 1),
    )


def _other_year(material: Material) -> MadeFile:
    year = material.population.teaching.year
    return MadeFile(
        material.clean.name.replace(f"PRIVE{year}", f"PRIVE{year - 1}"),
        material.clean.content.replace(
            f"<ANNEE_SCOLAIRE>{year}<".encode(), f"<ANNEE_SCOLAIRE>{year - 1}<".encode(), 1
        ),
    )


def _truncated(material: Material) -> MadeFile:
    content = material.clean.content
    return material.clean._replace(content=content[: len(content) * 2 // 3])


def _laughs(material: Material) -> MadeFile:
    entities = "".join(
        f'<!ENTITY rire{rank} "{f"&rire{rank - 1};" * 10}">\n' for rank in range(1, 10)
    )
    doctype = f'<!DOCTYPE IMPORT_ELEVES [\n<!ENTITY rire0 "ha">\n{entities}]>\n'
    content = material.clean.content.replace(_PROLOG, _PROLOG + doctype.encode(), 1)
    return material.clean._replace(content=content.replace(b"<PRENOM>", b"<PRENOM>&rire9;", 1))


def _in_utf8(material: Material) -> MadeFile:
    return material.clean._replace(content=material.clean.content.decode("iso-8859-15").encode())


def _without_header(material: Material) -> MadeFile:
    content = material.clean.content
    start, end = content.index(b"  <PARAMETRES>"), content.index(b"  <DONNEES>")
    return material.clean._replace(content=content[:start] + content[end:])


def _authority_file(material: Material) -> MadeFile:
    return authority_files(material.population.teaching, material.at)[1]


def _zipped(material: Material, *entries: tuple[str, bytes]) -> MadeFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name, material.at.timetuple()[:6]), content)
    return MadeFile(f"{material.stem}.zip", out.getvalue())


def _two_files(material: Material) -> MadeFile:
    clean = material.clean
    return _zipped(material, clean, (f"copie de {clean.name}", clean.content))


def _no_file(material: Material) -> MadeFile:
    return _zipped(material)


def _unsafe_path(material: Material) -> MadeFile:
    return _zipped(material, (f"../../{material.clean.name}", material.clean.content))


def _zip_in_zip(material: Material) -> MadeFile:
    inner = zip_of(material.clean.name, material.clean.content, material.at)
    return _zipped(material, (f"{material.stem}.zip", inner))


def _damaged_zip(material: Material) -> MadeFile:
    whole = zip_of(material.clean.name, material.clean.content, material.at)
    return MadeFile(f"{material.stem}.zip", whole[: len(whole) // 2])


def _encrypted_zip(material: Material) -> MadeFile:
    """Say that the entry is encrypted, in both of its headers."""
    content = bytearray(zip_of(material.clean.name, material.clean.content, material.at))
    content[6] |= _ENCRYPTED
    content[content.rindex(b"PK\x01\x02") + 8] |= _ENCRYPTED
    return MadeFile(f"{material.stem}.zip", bytes(content))


def _bomb(material: Material) -> MadeFile:
    """Pack 32 MB of empty comments: some hundred times smaller once packed."""
    swollen = material.clean.content.replace(
        b"  <DONNEES>", _COMMENT * _COMMENTS + b"  <DONNEES>", 1
    )
    return MadeFile(f"{material.stem}.zip", zip_of(material.clean.name, swollen, material.at))


#: Every broken file, by a name of its own.
BROKEN_FILES: Mapping[str, BrokenFile] = {
    "other school": BrokenFile(
        "import.wrong-school", "the file is of another school: both are shown", _other_school
    ),
    "other year": BrokenFile(
        "import.wrong-year", "the file is of another year: both are shown", _other_year
    ),
    "empty": BrokenFile("file.empty", "there is nothing in the file", _content(b"")),
    "pdf": BrokenFile(
        "file.not-xml", "it is a PDF", _content(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
    ),
    "letter": BrokenFile(
        "file.not-xml", "it is not XML", _content(b"Bonjour,\nvoici nos fichiers.\n")
    ),
    "truncated": BrokenFile("file.truncated", "it stops before its end", _truncated),
    "malformed": BrokenFile(
        "file.malformed",
        "a tag is not in its place, with the line",
        _swapped(b"</PRENOM>", b"</PRENON>"),
    ),
    "doctype": BrokenFile(
        "file.doctype",
        "a DOCTYPE is forbidden",
        _swapped(_PROLOG, _PROLOG + b"<!DOCTYPE IMPORT_ELEVES>\n"),
    ),
    "outer entity": BrokenFile(
        "file.doctype",
        "a DOCTYPE is forbidden, so no entity reads a file of the server",
        _swapped(
            _PROLOG,
            _PROLOG + b'<!DOCTYPE IMPORT_ELEVES [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n',
        ),
    ),
    "billion laughs": BrokenFile(
        "file.doctype", "a DOCTYPE is forbidden, so nothing swells", _laughs
    ),
    "utf-8 under latin": BrokenFile("file.encoding", "it is in UTF-8 and says otherwise", _in_utf8),
    "windows under latin": BrokenFile(
        "file.encoding",
        "it is in Windows-1252 and says otherwise, with the line",
        _swapped(b"<PRENOM>", b"<PRENOM>\x93"),
    ),
    "strange encoding": BrokenFile(
        "file.unknown-encoding",
        "its encoding is not one we read",
        _swapped(b"ISO-8859-15", b"EBCDIC-FR"),
    ),
    "null byte": BrokenFile(
        "file.null-byte", "it holds a null character", _swapped(b"<PRENOM>", b"<PRENOM>\0")
    ),
    "long text": BrokenFile(
        "file.text-too-long",
        "a text is longer than any value",
        _swapped(b"<PRENOM>", b"<PRENOM>" + b"A" * 5_000),
    ),
    "deep": BrokenFile(
        "file.too-deep",
        "elements stand too deep inside one another",
        _swapped(b"  <DONNEES>", b"<A>" * _DEEP + b"</A>" * _DEEP + b"  <DONNEES>"),
    ),
    "no header": BrokenFile(
        "file.missing-header", "the block PARAMETRES is missing", _without_header
    ),
    "authority's file": BrokenFile(
        "file.wrong-kind", "it is an export « Structures », meant for the software", _authority_file
    ),
    "timetable": BrokenFile(
        "file.wrong-kind",
        "it is a timetable file, meant for STSWEB",
        _content(_PROLOG + b'<EDT_STS VERSION="1.0"><PARAMETRES/></EDT_STS>\n'),
    ),
    "web page": BrokenFile(
        "file.wrong-kind",
        "it is a web page saved by mistake",
        _content(b"<!DOCTYPE html>\n<html><head><title>Session</title></head></html>\n"),
    ),
    "two files": BrokenFile(
        "file.zip-contents", "the ZIP holds two files: both are named", _two_files
    ),
    "no file": BrokenFile("file.zip-contents", "the ZIP holds no file", _no_file),
    "unsafe path": BrokenFile("file.zip-unsafe", "the ZIP points out of its folder", _unsafe_path),
    "zip in zip": BrokenFile("file.zip-nested", "the ZIP holds a ZIP", _zip_in_zip),
    "damaged zip": BrokenFile("file.zip-damaged", "the ZIP cannot be opened", _damaged_zip),
    "encrypted zip": BrokenFile(
        "file.zip-encrypted", "the ZIP asks for a password", _encrypted_zip
    ),
    "bomb": BrokenFile("file.zip-bomb", "the ZIP swells beyond measure", _bomb),
}
