"""What a deposit holds, whatever its name says."""

import io
import stat
import struct
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from bascule.formats.envelope import open_deposit
from bascule.formats.kinds import GROUP_LINKS, PRIVATE_IMPORT
from bascule.formats.limits import Limits
from bascule.formats.official_names import (
    PrivateImportName,
    official_zip,
    private_import_name,
    zip_of,
)
from bascule.formats.refusals import (
    DamagedZipError,
    EmptyFileError,
    EncryptedZipError,
    FileRefusedError,
    NestedZipError,
    NotXmlError,
    TooLargeError,
    UnsafeZipError,
    ZipBombError,
    ZipContentsError,
)

CASES = Path(__file__).parent / "import_eleves" / "cases"
XML = (CASES / "3.1.xml").read_bytes()
AT = datetime(2025, 9, 5, 12, 0, 0)  # noqa: DTZ001 (local time of a file name)


def _zip(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def test_a_plain_file_is_its_own_content() -> None:
    envelope = open_deposit("export.xml", XML)

    assert b"".join(envelope.chunks()) == XML
    assert (envelope.inner_name, envelope.root) == ("export.xml", "IMPORT_ELEVES")
    assert envelope.kind is PRIVATE_IMPORT


def test_a_zip_is_known_by_its_content_whatever_its_name() -> None:
    envelope = open_deposit("export.xml", _zip(("dossier/eleves.xml", XML)))

    assert b"".join(envelope.chunks()) == XML
    assert envelope.inner_name == "eleves.xml"


def test_the_content_may_be_asked_for_twice() -> None:
    envelope = open_deposit("x.zip", _zip(("x.xml", XML)))

    assert b"".join(envelope.chunks()) == b"".join(envelope.chunks())


def test_files_that_a_desktop_adds_do_not_count() -> None:
    data = _zip(("a/", b""), ("a/x.xml", XML), ("__MACOSX/a/._x.xml", b"\0"), ("a/.DS_Store", b"x"))

    assert b"".join(open_deposit("x.zip", data).chunks()) == XML


def test_group_links_are_told_apart_from_pupils() -> None:
    envelope = open_deposit("x.xml", (CASES / "elegroupe.xml").read_bytes())

    assert envelope.kind is GROUP_LINKS


def test_two_files_are_refused_by_their_names() -> None:
    with pytest.raises(ZipContentsError, match=r"« a\.xml », « b\.xml »"):
        open_deposit("x.zip", _zip(("a.xml", XML), ("b.xml", XML)))


def test_an_empty_zip_is_refused() -> None:
    with pytest.raises(ZipContentsError, match="aucun fichier"):
        open_deposit("x.zip", _zip())


def test_ten_thousand_entries_are_refused_before_they_are_listed() -> None:
    with pytest.raises(ZipContentsError) as refusal:
        open_deposit("x.zip", _zip(*((f"{n}.xml", b"") for n in range(10_000))))

    assert refusal.value.count == 10_000


@pytest.mark.parametrize(
    "name", ["../x.xml", "/etc/x.xml", "a/../../x.xml", "C:x.xml", "..\\x.xml", "a\\b.xml"]
)
def test_a_path_that_leaves_its_folder_is_refused(name: str) -> None:
    with pytest.raises(UnsafeZipError):
        open_deposit("x.zip", _zip((name, XML)))


@pytest.mark.parametrize("nature", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_what_is_not_a_plain_file_is_refused(nature: int) -> None:
    entry = zipfile.ZipInfo("x.xml")
    entry.external_attr = (nature | 0o777) << 16

    with pytest.raises(UnsafeZipError):
        open_deposit("x.zip", _zip((entry, b"/etc/passwd")))


def test_a_protected_zip_is_refused() -> None:
    data = bytearray(_zip(("x.xml", XML)))
    data[6] |= 1  # local header
    data[data.rfind(b"PK\x01\x02") + 8] |= 1  # list of entries

    with pytest.raises(EncryptedZipError):
        open_deposit("x.zip", bytes(data))


@pytest.mark.parametrize("inner", [_zip(("x.xml", XML)), b"\x1f\x8b\x08\x00", b"Rar!\x1a\x07"])
def test_an_archive_inside_the_zip_is_refused(inner: bytes) -> None:
    with pytest.raises(NestedZipError):
        open_deposit("x.zip", _zip(("x.zip", inner)))


def test_a_bomb_is_stopped_on_its_way() -> None:
    data = _zip(("x.xml", XML + b" " * 30_000_000))
    sizes: list[int] = []

    with pytest.raises(ZipBombError):
        sizes.extend(map(len, open_deposit("x.zip", data).chunks()))

    assert sum(sizes) <= max(100 * len(data), 1024 * 1024)


def test_a_small_file_may_shrink_as_much_as_it_can() -> None:
    envelope = open_deposit("x.zip", _zip(("x.xml", XML + b"\n" * 900_000)))

    assert sum(map(len, envelope.chunks())) == len(XML) + 900_000


@pytest.mark.parametrize("announced", [10, len(XML) + 1000])
def test_a_size_that_lies_is_refused(announced: int) -> None:
    data = bytearray(_zip(("x.xml", XML)))
    struct.pack_into("<I", data, 22, announced)
    struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 24, announced)

    with pytest.raises(DamagedZipError):
        list(open_deposit("x.zip", bytes(data)).chunks())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_zip_that_is_cut_is_refused(share: float) -> None:
    data = _zip(("x.xml", XML))

    with pytest.raises(DamagedZipError):
        list(open_deposit("x.zip", data[: int(len(data) * share)]).chunks())


def test_a_zip_whose_content_was_changed_is_refused() -> None:
    data = bytearray(zip_of("x.xml", XML, AT))
    data[len(data) // 2] ^= 0xFF

    with pytest.raises(FileRefusedError):
        list(open_deposit("x.zip", bytes(data)).chunks())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_zip(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"")), "bureautique"),
        (b"%PDF-1.7", "PDF"),
        (b"Rar!\x1a\x07", "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "bureautique"),
        (b"Bonjour,\nvoici le fichier.\n", "n’est pas un fichier XML"),
    ],
)
def test_what_is_not_xml_is_said(data: bytes, said: str) -> None:
    with pytest.raises(NotXmlError, match=said):
        open_deposit("export.xml", data)


@pytest.mark.parametrize("data", [b"", b"  \n\t"])
def test_nothing_is_refused(data: bytes) -> None:
    with pytest.raises(EmptyFileError):
        open_deposit("export.xml", data)


def test_a_deposit_that_is_too_large_is_refused_before_it_is_opened() -> None:
    with pytest.raises(TooLargeError, match="1 Ko"):
        open_deposit("export.xml", XML, Limits(deposited_bytes=1024))


def test_a_file_too_large_once_unpacked_is_refused() -> None:
    envelope = open_deposit("x.zip", _zip(("x.xml", XML)), Limits(unpacked_bytes=len(XML)))
    assert b"".join(envelope.chunks()) == XML

    with pytest.raises(TooLargeError):
        open_deposit("x.zip", _zip(("x.xml", XML)), Limits(unpacked_bytes=len(XML) - 1))


def test_the_official_name_says_school_year_and_instant() -> None:
    found = PrivateImportName.parse("0590181BPRIVE2006061011100159.zip")

    assert found == PrivateImportName("0590181B", 2006, datetime(2006, 10, 11, 10, 1, 59))  # noqa: DTZ001


def test_the_official_name_is_read_as_it_is_written() -> None:
    name = private_import_name("0590181B", 2025, AT, "ELEGROUPE")

    assert PrivateImportName.parse(f"{name}.xml") == PrivateImportName(
        "0590181B", 2025, AT, "ELEGROUPE"
    )


@pytest.mark.parametrize(
    "name", ["0590181BPRIVE2006061011100159 (1).zip", " 0590181bprive2006061011100159.ZIP"]
)
def test_what_a_browser_does_to_a_name_is_passed_over(name: str) -> None:
    found = PrivateImportName.parse(name)

    assert found is not None
    assert found.uai == "0590181B"


@pytest.mark.parametrize(
    "name", ["eleves.xml", "", "0590181BPRIVE2006069911100159.zip", "0590181BPRIVE2006.zip"]
)
def test_any_other_name_says_nothing(name: str) -> None:
    assert PrivateImportName.parse(name) is None


def test_the_official_zip_is_the_same_for_the_same_instant() -> None:
    name, data = official_zip("Nomenclature", XML, AT)

    assert name == "ExportXML_Nomenclature.zip"
    assert data == official_zip("Nomenclature", XML, AT)[1]
    assert open_deposit(name, data).inner_name == "Nomenclature.xml"
