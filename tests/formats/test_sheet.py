"""Tables: whichever way they are written, and those that would fill the memory."""

import io
import zipfile

import pytest
import xlsxwriter

from bascule.formats.envelope import open_deposit
from bascule.formats.kinds import TABLE
from bascule.formats.limits import Limits
from bascule.formats.refusals import FileRefusedError, TooLargeError, ZipBombError
from bascule.formats.sheet import Sheet, SheetDamagedError, SheetTooLargeError, day_of, read_sheet

CSV = "Nom;Prénom\r\nDUPRÉ;Zoé\r\n"


def read(data: bytes, limits: Limits = Limits()) -> Sheet:  # noqa: B008 - it never changes
    envelope = open_deposit("table", data, limits)
    assert envelope.kind is TABLE
    return read_sheet(envelope.content, envelope.files())


def workbook(*cells: tuple[int, int, object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, column, value in cells:
            sheet.write(row, column, value)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("cp1252"),
        CSV.replace(";", "\t").encode(),
        CSV.replace(";", ",").encode("cp1252"),
        workbook((0, 0, "Nom"), (0, 1, "Prénom"), (1, 0, "DUPRÉ"), (1, 1, "Zoé")),
    ],
)
def test_a_table_reads_the_same_whichever_way_it_is_written(data: bytes) -> None:
    assert read(data).rows == (("Nom", "Prénom"), ("DUPRÉ", "Zoé"))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("14/03/2015", "2015-03-14"),
        ("4.3.15", "2015-03-04"),
        ("42077", "2015-03-14"),
        ("14/03/2015 00:00", "2015-03-14"),
        ("31/02/2015", "31/02/2015"),
        ("mars 2015", "mars 2015"),
        ("77000", "77000"),
    ],
)
def test_a_day_is_read_whichever_way_it_is_written(text: str, day: str) -> None:
    assert day_of(text) == day


def test_one_cell_far_away_is_refused_before_anything_is_laid_out() -> None:
    with pytest.raises(SheetTooLargeError):
        read(workbook((0, 0, "Nom"), (1_000_000, 0, "x")))
    with pytest.raises(SheetTooLargeError):
        read(workbook((0, 0, "Nom"), (0, 16_000, "x")))


def _repacked(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for entry in before.infolist():
            after.writestr(
                entry.filename, content if entry.filename == name else before.read(entry)
            )
    return out.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_refused_by_what_it_announces_and_by_what_it_does() -> (
    None
):
    sound = workbook((0, 0, "Nom"))
    bomb = _repacked(sound, "xl/worksheets/sheet1.xml", b" " * 20_000_000)

    with pytest.raises(TooLargeError):
        read(bomb, Limits(unpacked_bytes=1_000_000))
    with pytest.raises(ZipBombError):
        read(bomb)
    with pytest.raises(SheetDamagedError):
        read(_repacked(sound, "xl/worksheets/sheet1.xml", "<worksheet/>".encode("utf-16")))
    with pytest.raises(FileRefusedError):
        read(_repacked(sound, "xl/workbook.xml", b"<"))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850", "mac_roman"]
)
def test_accents_tell_what_a_csv_was_written_in(encoding: str) -> None:
    rows = (("Nom", "Prénom"), ("LEFÈVRE", "Zoé"), ("Gonçalves", "Inès"), ("MÜLLER", "Noël"))
    data = "\r\n".join(";".join(row) for row in rows).encode(encoding)

    assert open_deposit("élèves.csv", data).kind is TABLE
    sheet = read_sheet(data, [])

    assert sheet.rows == rows
    assert sheet.encoding == encoding.removesuffix("-sig")
    assert read_sheet(data, [], "cp850").encoding == "cp850"
