"""What holds for every XML format: written then read, in order, and refused whole when broken."""

import io
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from lxml import etree
from tests.formats.every_format import EVERY_FORMAT, Format, streams_of, without_lines

from bascule.formats import xml_reader, xml_writer
from bascule.formats.description import Block, Container
from bascule.formats.refusals import (
    DoctypeError,
    EmptyFileError,
    FileRefusedError,
    MissingHeaderError,
    NotXmlError,
    NullByteError,
    TruncatedFileError,
    UnknownEncodingError,
    WrongEncodingError,
    WrongKindError,
)

every_format = pytest.mark.parametrize("xml", EVERY_FORMAT, ids=str)
_QUIET = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)


def _written(xml: Format, records: Any, encoding: str = "ISO-8859-15") -> bytes:
    out = io.BytesIO()
    xml_writer.write(xml.document, records, out, encoding)
    return out.getvalue()


# --- Writing, then reading ----------------------------------------------------------------------


@every_format
def test_a_case_is_written_again_byte_for_byte(xml: Format) -> None:
    assert _written(xml, xml.read([xml.content])) == xml.content


@every_format
def test_a_case_holds_nothing_unknown(xml: Format) -> None:
    reading = xml.read([xml.content])
    list(reading)

    assert (reading.unknown, reading.repeated) == ({}, {})


@every_format
@given(data=st.data())
@_QUIET
def test_any_stream_of_records_is_read_as_it_was_written(xml: Format, data: st.DataObject) -> None:
    records = data.draw(streams_of(xml.document))

    reading = xml_reader.read(xml.document, [_written(xml, records)])

    assert without_lines(reading) == records


@every_format
def test_the_elements_of_a_written_file_stand_in_the_described_order(xml: Format) -> None:
    root = etree.fromstring(_written(xml, xml.read([xml.content])))

    _check_order(root, [xml.document.header, *xml.document.containers])


def _check_order(element: Any, children: Any) -> None:
    order = [child.tag for child in children]
    places = [order.index(child.tag) for child in element]
    assert all(before <= after for before, after in pairwise(places)), element.tag
    for child in element:
        described = children[order.index(child.tag)]
        if isinstance(described, Block | Container):
            _check_order(child, described.children)


@every_format
def test_each_element_of_a_written_file_has_its_line(xml: Format) -> None:
    content = _written(xml, xml.read([xml.content]))

    elements = sum(1 for _ in etree.fromstring(content).iter())
    closings = content.count(b"\n  ") + 2  # each line but the prolog and the root's two

    lines = content.decode("iso8859-15").splitlines()
    assert all(line.count("<") in {1, 2} for line in lines)
    assert len(lines) - 1 >= elements
    assert closings == len(lines) - 1


@every_format
@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "Windows-1252", "UTF-16"])
def test_the_same_file_in_another_encoding_has_the_same_records(xml: Format, encoding: str) -> None:
    text = xml.content.decode("iso8859-15").replace("ISO-8859-15", encoding).replace("Œ", "O")

    reading = xml.read([text.encode(encoding)])

    expected = xml.content.decode("iso8859-15").replace("Œ", "O").encode("iso8859-15")
    assert list(reading) == list(xml.read([expected]))


@every_format
@pytest.mark.parametrize("size", [1, 7, 100])
def test_the_way_the_bytes_are_cut_changes_nothing(xml: Format, size: int) -> None:
    content = xml.content
    chunks = [content[start : start + size] for start in range(0, len(content), size)]

    assert list(xml.read(chunks)) == list(xml.read([content]))


@every_format
def test_windows_line_ends_change_nothing(xml: Format) -> None:
    content = xml.content.replace(b"\n", b"\r\n")

    assert list(xml.read([content])) == list(xml.read([xml.content]))


@every_format
def test_a_file_on_one_line_has_the_same_records(xml: Format) -> None:
    content = b"".join(line.strip() for line in xml.content.split(b"\n"))

    records = list(xml.read([content]))

    assert without_lines(records) == without_lines(xml.read([xml.content]))
    assert {record.line for record in records} == {1}


@every_format
def test_lines_are_those_of_the_file(xml: Format) -> None:
    lines = xml.content.decode("iso8859-15").split("\n")

    for record in xml.read([xml.content]):
        assert lines[record.line - 1].strip().startswith(f"<{record.tag}")


@every_format
def test_an_element_that_is_not_described_is_named_and_skipped(xml: Format) -> None:
    first = next(iter(xml.document.header.children)).tag.encode()
    content = xml.content.replace(
        b"<" + first + b">", b"<NOUVEAU a='1'><B/><B>x</B>\n</NOUVEAU><" + first + b">", 1
    )

    reading = xml.read([content])

    expected = without_lines(xml.read([xml.content]))
    assert without_lines(reading) == expected
    line = xml.content[: xml.content.index(b"<" + first)].count(b"\n") + 1
    assert reading.unknown == {f"{xml.document.root}/PARAMETRES/NOUVEAU": line}


# --- Refused whole ------------------------------------------------------------------------------


@every_format
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_that_is_cut_is_told_to_be_incomplete(xml: Format, share: float) -> None:
    cut = xml.content[: int(len(xml.content) * share)]

    with pytest.raises(TruncatedFileError, match="incomplet") as refusal:
        list(xml.read([cut]))

    assert refusal.value.line == cut.count(b"\n") + 1


@every_format
def test_utf8_under_a_latin_prolog_is_refused_with_its_line(xml: Format) -> None:
    content = _accented(xml).decode("iso8859-15").encode()

    with pytest.raises(WrongEncodingError, match="Ã©") as refusal:
        list(xml.read([content]))

    assert (refusal.value.proposed, refusal.value.line) == ("UTF-8", _line_of_accent(xml))


@every_format
@pytest.mark.parametrize("prolog", [b'encoding="UTF-8"', b""])
def test_latin_under_a_utf8_prolog_is_refused_with_its_line(xml: Format, prolog: bytes) -> None:
    content = _accented(xml).replace(b'encoding="ISO-8859-15"', prolog)

    with pytest.raises(WrongEncodingError) as refusal:
        list(xml.read([content]))

    assert (refusal.value.proposed, refusal.value.line) == ("ISO-8859-15", _line_of_accent(xml))


@every_format
@pytest.mark.parametrize("prolog", [b"UTF-8", b"ISO-8859-15", b"ISO-8859-1"])
def test_windows_characters_are_told(xml: Format, prolog: bytes) -> None:
    content = _accented(xml).replace(b"ISO-8859-15", prolog).replace(b"\xe9", b"\x9c")

    with pytest.raises(WrongEncodingError) as refusal:
        list(xml.read([content]))

    assert (refusal.value.proposed, refusal.value.line) == ("Windows-1252", _line_of_accent(xml))


def _accented(xml: Format) -> bytes:
    """Return a file whose only characters out of ASCII are one "é", in the header's last leaf."""
    last = xml.document.header.children[-1].tag.encode()
    ascii_only = xml.content.decode("iso8859-15").encode("ascii", "replace")
    return ascii_only.replace(b"</" + last, b"\xe9</" + last, 1)


def _line_of_accent(xml: Format) -> int:
    content = _accented(xml)
    return content[: content.index(b"\xe9")].count(b"\n") + 1


@every_format
@pytest.mark.parametrize("name", ["UTF-7", "cp037", "klingon", "UTF-16", "rot13"])
def test_an_encoding_we_do_not_read_is_refused(xml: Format, name: str) -> None:
    with pytest.raises(UnknownEncodingError, match=name):
        list(xml.read([xml.content.replace(b"ISO-8859-15", name.encode())]))


@every_format
@pytest.mark.parametrize("content", [b"", b" \n\t", b"\xef\xbb\xbf"])
def test_nothing_is_refused(xml: Format, content: bytes) -> None:
    with pytest.raises(EmptyFileError):
        list(xml.read([content]))


@every_format
def test_what_is_not_xml_is_refused(xml: Format) -> None:
    with pytest.raises(NotXmlError):
        list(xml.read([b"NOM;PRENOM\nDUPONT;Zo\n"]))


_LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">'.replace("&a0;", "&a;") for n in range(1, 12)
)


@every_format
@pytest.mark.parametrize(
    "subset",
    [
        "",
        ' SYSTEM "http://127.0.0.1/x.dtd"',
        ' [<!ENTITY x SYSTEM "file:///etc/passwd">]',
        ' [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]',
        f" [{_LAUGHS}]",
    ],
)
def test_a_doctype_is_refused_at_its_declaration(xml: Format, subset: str) -> None:
    root = xml.document.root
    doctype = f"<!DOCTYPE {root}{subset}>\n<{root}".encode()

    with pytest.raises(DoctypeError) as refusal:
        list(xml.read([xml.content.replace(f"<{root}".encode(), doctype, 1)]))

    assert refusal.value.line == 2


@every_format
def test_a_null_byte_is_refused_with_its_line(xml: Format) -> None:
    with pytest.raises(NullByteError) as refusal:
        list(xml.read([_accented(xml).replace(b"\xe9", b"\0")]))

    assert refusal.value.line == _line_of_accent(xml)


@pytest.mark.parametrize(
    ("xml", "other"),
    [
        pytest.param(xml, other, id=f"{other} as {xml}")
        for xml in EVERY_FORMAT
        for other in EVERY_FORMAT
        if xml.document.root != other.document.root
    ],
)
def test_the_file_of_another_format_is_named(xml: Format, other: Format) -> None:
    with pytest.raises(WrongKindError) as refusal:
        list(xml.read([other.content]))

    assert refusal.value.found is not None
    assert refusal.value.found.name in refusal.value.sentence
    assert refusal.value.found.use in refusal.value.sentence


@every_format
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!DOCTYPE html>\n<html><body><br></body></html>", "web_page"),
        (b"<!doctype HTML PUBLIC '-//W3C//DTD'><HTML><meta></HTML>", "web_page"),
        (b"<html><head><meta><title>Connexion</title></head></html>", "web_page"),
        (b"<?xml version='1.0'?><!-- a --><rss version='2.0'><channel/></rss>", "news_feed"),
        (b"<STS_EDT><PARAMETRES/></STS_EDT>", "sts_edt"),
        (b"<EDT_STS><PARAMETRES/></EDT_STS>", "edt_sts"),
        (b"<lsun-bilans/>", "lsu"),
    ],
)
def test_a_file_from_elsewhere_is_named(xml: Format, content: bytes, code: str) -> None:
    with pytest.raises(WrongKindError) as refusal:
        list(xml.read([content]))

    assert refusal.value.found is not None
    assert refusal.value.found.code == code


@every_format
def test_a_root_that_nobody_knows_is_refused(xml: Format) -> None:
    with pytest.raises(WrongKindError, match="« BIDULE »") as refusal:
        list(xml.read([b"<BIDULE><PARAMETRES/></BIDULE>"]))

    assert refusal.value.found is None


@every_format
def test_a_file_without_header_is_refused(xml: Format) -> None:
    root = xml.document.root.encode()

    with pytest.raises(MissingHeaderError):
        list(xml.read([b"<" + root + b' VERSION="1"><DONNEES/></' + root + b">"]))


@every_format
def test_a_file_with_its_header_alone_has_one_record(xml: Format) -> None:
    root = xml.document.root.encode()

    records = list(xml.read([b"<" + root + b' VERSION="1"><PARAMETRES/></' + root + b">"]))

    assert [record.fields for record in records] == [{"@VERSION": "1"}]


#: The prolog is left whole: expat takes more versions of XML than lxml does.
_PROLOG_SIZE = len('<?xml version="1.0" encoding="ISO-8859-15"?>')
_SCRAPS = b"< > /> </ & &amp; <!-- --> <![CDATA[ ]]> <?x?> \" ' \n \xff\xfe <A> </ELEVE> =".split(
    b" "
)


@every_format
@given(data=st.data())
@_QUIET
def test_a_file_damaged_anywhere_is_read_or_refused_and_never_worse(
    xml: Format, data: st.DataObject
) -> None:
    content = bytearray(xml.content)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(_PROLOG_SIZE, len(content)))
        stop = data.draw(st.integers(start, min(start + 10, len(content))))
        content[start:stop] = data.draw(st.binary(max_size=6) | st.sampled_from(_SCRAPS))
    size = data.draw(st.sampled_from([1, 50, 10_000]))
    chunks = [bytes(content[start : start + size]) for start in range(0, len(content), size)]

    try:
        list(xml.read(chunks))
    except FileRefusedError:
        return
    etree.fromstring(bytes(content), etree.XMLParser(resolve_entities=False))
