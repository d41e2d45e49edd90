"""The papers of a key: what is on the slip to sign and on the sheet with the code, read back from the PDF."""

import io
import re
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st
from pypdf import PdfReader

from bascule.accounts.papers.slip import CHARTER, CodeSheet, Slip, render_code_sheet, render_slip
from bascule.accounts.papers.words import long_day, long_instant

SLIP = Slip(
    number=1204,
    authority="Académie de Fiction",
    key="clé OTP",
    serial="2600000001",
    expires_on=date(2031, 12, 31),
    name="PETIT Zoé",
    login="zoe.petit",
    place="Collège Sainte-Odile (0990001N)",
    handed_at=datetime(2026, 9, 1, 14, 5, tzinfo=ZoneInfo("Europe/Paris")),
    handed_by="agent.operations",
)


def read(content: bytes) -> str:
    """Give the text of a document, blanks of every kind and places where a line ends made single."""
    pages = PdfReader(io.BytesIO(content)).pages
    assert len(pages) == 1
    return re.sub(r"\s+", " ", pages[0].extract_text())


def test_the_slip_says_which_key_to_whom_where_when_and_by_whom() -> None:
    text = read(render_slip(SLIP))

    for said in (
        "Académie de Fiction",
        "Bordereau n° 1204",
        "clé OTP",
        "2600000001",
        "31 décembre 2031",
        "PETIT Zoé",
        "zoe.petit",
        "Collège Sainte-Odile (0990001N)",
        "1er septembre 2026 à 14 h 05",
        "agent.operations",
    ):
        assert said in text, said


def test_the_slip_holds_the_charter_in_six_lines_and_two_places_to_sign() -> None:
    text = read(render_slip(SLIP))

    assert len(CHARTER) == 6
    assert all(line in text for line in CHARTER)
    assert text.count("signature") == 2


def test_the_code_is_on_its_own_sheet_and_not_on_the_slip() -> None:
    code = "4ACD-EFGH-JKMN"

    sheet, slip = read(render_code_sheet(CodeSheet(SLIP, code))), read(render_slip(SLIP))

    assert code in sheet
    assert code not in slip
    assert "Va avec le bordereau n° 1204" in sheet
    assert "PETIT Zoé" in sheet
    assert "à part de la clé" in sheet


@pytest.mark.parametrize(
    "content", [render_slip(SLIP), render_code_sheet(CodeSheet(SLIP, "4ACD-EFGH-JKMN"))]
)
def test_the_papers_are_tagged_titled_and_in_french(content: bytes) -> None:
    document = PdfReader(io.BytesIO(content))
    root = document.trailer["/Root"].get_object()

    assert root["/Lang"] in {"fr", "fr-FR"}
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    assert document.metadata is not None
    assert document.metadata.title


def test_the_same_slip_gives_the_same_paper() -> None:
    assert render_slip(SLIP) == render_slip(SLIP)


def test_a_key_without_a_last_day_says_nothing_of_one() -> None:
    assert "Valable" not in read(render_slip(replace(SLIP, expires_on=None)))


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=40) | st.just('#panic() "; #read("/etc/passwd") <x> $y$'))
def test_any_name_can_be_printed_and_none_is_read_as_markup(text: str) -> None:
    assert render_slip(replace(SLIP, name=text, place=text)).startswith(b"%PDF")


def test_dates_are_written_as_french_writes_them() -> None:
    assert long_day(date(2026, 8, 2)).split() == ["2", "août", "2026"]
    assert long_instant(datetime(2026, 1, 1, 9, 7)).split() == [  # noqa: DTZ001 - only written
        "1er", "janvier", "2026", "à", "9", "h", "07",
    ]  # fmt: skip
