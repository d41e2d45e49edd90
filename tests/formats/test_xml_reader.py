"""The reader against another reader, on XML written in every lawful way; and what both laws refuse."""

import io
import sys
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as st
from lxml import etree
from tests.formats.every_format import without_lines

from bascule.formats import xml_reader, xml_writer
from bascule.formats.description import ANY_TAG, Block, Container, Document, Leaf
from bascule.formats.limits import Limits
from bascule.formats.record import Fields, Record
from bascule.formats.refusals import (
    FileRefusedError,
    MalformedFileError,
    MissingHeaderError,
    TextTooLongError,
    TooDeepError,
    TooLargeError,
    TooManyRecordsError,
)
from bascule.formats.xml_writer import ReplacedCharacter

#: The same tag is a leaf here and a block there, a record and part of one.
DOCUMENT = Document(
    "R",
    Block("H", (Leaf("A"), Leaf("E"))),
    (
        Container(
            "C",
            (
                Block(
                    "E",
                    (
                        Leaf("A"),
                        Leaf("B", many=True),
                        Leaf("S", sign_of="new"),
                        Block(
                            "I",
                            (Leaf("E"), Block("E2", (Leaf("A"),), attributes=("k",), many=True)),
                        ),
                        Block("T", (Leaf("A"),), sign_of="told"),
                    ),
                    attributes=("id", "k"),
                ),
                Container("D", (Block("F", (Leaf("C"),), attributes=("id",)),)),
            ),
            always_written=True,
        ),
        Container("Z", always_written=True),
    ),
    attributes=("VERSION", "x"),
)


def _read(content: bytes | str, **limits: int) -> xml_reader.Reading:
    data = content.encode() if isinstance(content, str) else content
    return xml_reader.read(DOCUMENT, [data], Limits(**limits))  # type: ignore[arg-type]


def _in_c(inside: str) -> str:
    return f"<R><H/><C>{inside}</C></R>"


def _only(reading: xml_reader.Reading) -> Fields:
    header, record = reading
    assert header.tag == "H"
    return record.fields


# --- Against another reader ---------------------------------------------------------------------


def _reference(content: bytes) -> list[Record]:
    """Read by lxml and the description, the slow and plain way."""
    parser = etree.XMLParser(remove_comments=True, remove_pis=True, strip_cdata=True)
    root = etree.fromstring(content, parser)
    ranks: dict[str, int] = {}
    records = []

    def record(element: etree._Element, block: Block, more: Fields) -> None:
        ranks[block.tag] = ranks.get(block.tag, 0) + 1
        fields = more | _reference_fields(element, block)
        records.append(Record(block.tag, 0, ranks[block.tag], fields))

    def enter(element: etree._Element, children: tuple[Container | Block, ...]) -> None:
        described = {child.tag: child for child in children}
        for child in element:
            found = described.get(child.tag)
            if isinstance(found, Container):
                enter(child, found.children)
            elif found is not None:
                record(child, found, {} if records else root_fields)

    root_fields: Fields = dict(_attributes(root, DOCUMENT.attributes))
    enter(root, (DOCUMENT.header, *DOCUMENT.containers))
    return records


def _attributes(element: etree._Element, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        if name in names and value.strip():
            yield f"@{name}", value.strip()


def _reference_fields(element: etree._Element, block: Block) -> Fields:
    fields: Fields = dict(_attributes(element, block.attributes))
    described = {child.tag: child for child in block.children}
    for child in element:
        found = described.get(child.tag)
        if found is None:
            continue
        value = (
            (child.text or "").strip()
            if isinstance(found, Leaf)
            else _reference_fields(child, found)
        )
        if value == "":
            continue
        if found.many:
            fields.setdefault(found.tag, []).append(value)  # type: ignore[union-attr, arg-type]
        else:
            fields.setdefault(found.tag, value)
    return fields


_NAMES = st.sampled_from(["A", "B", "C", "D", "E", "E2", "F", "H", "I", "S", "T", "U", "Z", "é"])
_BLANKS = st.sampled_from(["", "", "", " ", "\n", "\t \n", "\r\n"])
_ASIDES = st.sampled_from(
    [
        "",
        "",
        "",
        "",
        "<!-- <A>x</A>\n-- ><![CDATA[ -->".replace("-- >", "- >"),
        "<?p <A> ?>",
        "<?p?>",
    ]
)
_TEXTS = st.lists(
    st.sampled_from(
        (
            *("x", "é", "œ", " ", "\n", "\r\n", "'", "/", "?", "!", ">"),
            *("&amp;", "&lt;A&gt;", "&#65;", "&#xe9;", "&quot;"),
            *("<![CDATA[<A>&amp;]] >]]>", "<![CDATA[]]>", "<!-- c -->", "<?p?>", "]] "),
        )
    ),
    max_size=4,
).map("".join)
_VALUES = st.lists(
    st.sampled_from(["x", "é", ">", "/>", "&amp;", "&lt;", "&#10;", "\n", " ", "=", "<!--", "'"]),
    max_size=3,
).map(lambda parts: "".join(parts).replace("<!--", "&lt;!--"))


@st.composite
def _elements(draw: st.DrawFn, depth: int = 3, name: str = "") -> str:
    """Return an element written in any lawful way."""
    tag = name or draw(_NAMES)
    attributes = draw(st.lists(st.sampled_from(["id", "k", "x", "u"]), max_size=2, unique=True))
    start = f"<{tag}"
    for attribute in attributes:
        quote = draw(st.sampled_from("\"'"))
        value = draw(_VALUES).replace(quote, "&#34;")
        blank = draw(_BLANKS)
        start += f"{draw(_BLANKS) or ' '}{attribute}{blank}={draw(_BLANKS)}{quote}{value}{quote}"
    start += draw(_BLANKS)
    if depth == 0:
        inside = draw(_TEXTS)
    else:
        inner = draw(st.lists(_elements(depth - 1), max_size=3))
        inside = "".join(f"{draw(_BLANKS)}{draw(_ASIDES)}{child}" for child in inner)
        inside = inside or draw(_TEXTS)
    if not inside and draw(st.booleans()):
        return f"{start}/>"
    return f"{start}>{inside}</{tag}{draw(_BLANKS)}>"


@st.composite
def _documents(draw: st.DrawFn) -> str:
    header = draw(_elements(1, "H"))
    body = draw(st.lists(_elements(3, "C") | _elements(2), max_size=3))
    blank, aside = draw(_BLANKS), draw(_ASIDES)
    start = draw(st.sampled_from(["<R>", "<R VERSION='1'>", '<R\nx = "a>b" >']))
    return f"{aside}{blank}{start}{aside}{header}{blank}{''.join(body)}</R >{blank}{aside}"


@given(text=_documents(), size=st.sampled_from([1, 2, 3, 17, 10_000]))
@settings(deadline=None, max_examples=150)
def test_any_lawful_writing_reads_as_another_reader_reads_it(text: str, size: int) -> None:
    content = f"<!-- {'so that small chunks follow the first block ' * 6}-->{text}".encode()
    expected = _reference(content)

    reading = xml_reader.read(
        DOCUMENT, [content[start : start + size] for start in range(0, len(content), size)]
    )

    assert without_lines(reading) == expected


# --- What a record holds ------------------------------------------------------------------------


def test_a_text_in_pieces_is_kept_whole() -> None:
    fields = _only(_read(_in_c("<E><A>Du<!-- x --> p<![CDATA[<o>]]>n&#116;</A></E>")))

    assert fields == {"A": "Du p<o>nt"}


def test_a_text_that_names_a_tag_is_only_text() -> None:
    fields = _only(_read(_in_c("<E><A>&lt;/A&gt;&lt;B&gt;x</A></E>")))

    assert fields == {"A": "</A><B>x"}


def test_blank_leaves_and_attributes_are_left_out() -> None:
    fields = _only(_read(_in_c("<E id=' ' k='1'><A> \n</A><B/><B></B><B> x </B><I/></E>")))

    assert fields == {"@k": "1", "B": ["x"], "I": {}}


def test_a_leaf_given_twice_keeps_the_first_and_is_told() -> None:
    reading = _read(_in_c("\n<E><A/><A>x</A><A>y</A><I/><I><E>z</E></I></E>"))

    assert _only(reading) == {"A": "x", "I": {}}
    assert reading.repeated == {"R/C/E/A": 2, "R/C/E/I": 2}


def test_what_is_unknown_is_told_once_with_its_first_line() -> None:
    reading = _read(
        "<R y='1'>\n<H><N>\n</N>\n<N/></H><C>\n<E u=''><I q='1'/><A z='1'>x<b>y</b></A></E></C></R>"
    )
    list(reading)

    assert reading.unknown == {
        "R/@y": 1,
        "R/H/N": 2,
        "R/C/E/@u": 5,
        "R/C/E/I/@q": 5,
        "R/C/E/A/@z": 5,
        "R/C/E/A/b": 5,
    }


def test_a_flood_of_unknown_elements_is_told_within_bounds() -> None:
    reading = _read(_in_c("".join(f"<U{n}/>" for n in range(1000)) + f"<{'U' * 5000}/>"))
    list(reading)

    assert len(reading.unknown) == 200


def test_signs_tell_what_has_been_seen() -> None:
    reading = _read(_in_c("<E><S>x</S></E><E><S>y</S><T/></E>"))

    _, first, second = reading

    assert (first.fields, second.fields) == ({"S": "x"}, {"S": "y", "T": {}})
    assert reading.signs == {"new", "told"}


def test_a_sign_is_seen_even_when_it_is_empty() -> None:
    reading = _read(_in_c("<E><S/></E>"))
    list(reading)

    assert reading.signs == {"new"}


def test_lines_count_those_of_comments_and_of_attributes() -> None:
    text = "<?p\n?><R\nVERSION='\n'><!--\n\n--><H/>\n<C>\n<E\n/>\n<E id='a'><A>x<!--\n--></A></E>\n<E/></C></R>"

    lines = [record.line for record in _read(text)]

    wanted = [text.count("\n", 0, text.index("<H")) + 1]
    place = 0
    for _ in range(3):
        place = text.index("<E", place + 1)
        wanted.append(text.count("\n", 0, place) + 1)
    assert lines == wanted


def test_a_container_whose_name_is_not_established_is_entered() -> None:
    item = Block("F", (Leaf("A"),))
    document = Document(
        "R", Block("H"), (Container("C", (Container("K", (item,)), Container(ANY_TAG, (item,)))),)
    )

    reading = xml_reader.read(
        document, [b"<R><H/><C><X><Y><F/></Y><F><A>1</A></F></X><F/><K><F/></K></C></R>"]
    )

    assert [record.rank for record in reading] == [1, 1, 2, 3, 4]
    assert reading.unknown == {}


# --- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("<R><H/>\n<C></D></R>", 2, 6),
        ("<R><H/>\n  <C a='1' a='2'/></R>", 2, 12),
        ("<R><H/>&nbsp;</R>", 1, 8),
        ("<R><H/></R>\n<R/>", 2, 1),
        ("<R><H/>\n<C>\x01</C></R>", 2, 4),
    ],
)
def test_bad_grammar_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(MalformedFileError) as refusal:
        list(_read(text))

    assert (refusal.value.line, refusal.value.column) == (line, column)


def test_a_record_before_the_header_is_refused() -> None:
    with pytest.raises(MissingHeaderError) as refusal:
        list(_read("<R>\n<C>\n<E/></C><H/></R>"))

    assert (refusal.value.tag, refusal.value.line) == ("H", 3)


@pytest.mark.parametrize(
    "inside",
    ["<E><A>{}</A></E>", "<E><S>{}</S></E>", "<E><B>{}</B></E>", "<E id='{}'/>", "<E u='{}'/>"],
)
def test_a_text_may_have_a_thousand_characters_and_no_more(inside: str) -> None:
    list(_read(_in_c(inside.format("é" * 1000))))

    with pytest.raises(TextTooLongError, match="1000 caractères"):
        list(_read(_in_c("\n" + inside.format("é" * 1001))))


@pytest.mark.parametrize(
    "inside",
    [
        "<E><A>{}</A></E>",
        "<E id='{}'/>",
        "<!-- {} -->",
        "<?p {}?>",
        "<E><A><![CDATA[{}]]></A></E>",
        "<U>{}</U>",
    ],
)
def test_a_huge_piece_is_refused_before_it_is_read_whole(inside: str) -> None:
    before, after = _in_c(inside).split("{}")
    given = 0

    def chunks() -> Iterator[bytes]:
        nonlocal given
        yield before.encode()
        while given < 50_000_000:
            given += 65_536
            yield b"x" * 65_536
        yield after.encode()

    with pytest.raises(TextTooLongError):
        list(xml_reader.read(DOCUMENT, chunks()))

    assert given < 1_000_000


def test_a_million_attributes_are_refused() -> None:
    text = _in_c("<E " + " ".join(f"a{n}=''" for n in range(100_000)) + "/>")

    with pytest.raises(TextTooLongError):
        list(_read(text))


@pytest.mark.parametrize("end", ["</U>" * 100_000, ""])
def test_elements_inside_one_another_are_refused_beyond_the_limit(end: str) -> None:
    with pytest.raises(TooDeepError) as refusal:
        list(_read(_in_c("\n" + "<U>" * 100_000 + end)))

    assert refusal.value.line == 2


def test_depth_is_counted_in_unknown_elements_inside_known_ones() -> None:
    list(_read(_in_c("<E>" + "<U>" * 61 + "</U>" * 61 + "</E>")))

    with pytest.raises(TooDeepError):
        list(_read(_in_c("<E>" + "<U>" * 62 + "</U>" * 62 + "</E>")))


def test_records_beyond_the_limit_are_refused() -> None:
    limits = Limits(records={"E": 3})
    list(xml_reader.read(DOCUMENT, [_in_c("<E/>" * 3).encode()], limits))

    with pytest.raises(TooManyRecordsError) as refusal:
        list(xml_reader.read(DOCUMENT, [_in_c("<E/>" * 3 + "\n<E/>").encode()], limits))

    assert (refusal.value.tag, refusal.value.limit, refusal.value.line) == ("E", 3, 2)


def test_bytes_beyond_the_limit_are_refused() -> None:
    text = _in_c("<E/>" * 10_000)
    list(_read(text, unpacked_bytes=len(text)))

    with pytest.raises(TooLargeError):
        list(_read(text, unpacked_bytes=len(text) - 1))


def _peak_of_reading(count: int) -> int:
    def chunks() -> Iterator[bytes]:
        yield b"<R><H/><C>"
        for _ in range(count):
            yield b"<E id='1'><A>x</A><U>y</U></E>" * 1000
        yield b"</C></R>"

    tracemalloc.start()
    try:
        assert sum(1 for _ in xml_reader.read(DOCUMENT, chunks())) == 1 + count * 1000
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_four_times_the_records_take_the_same_memory() -> None:
    few, many = _peak_of_reading(5), _peak_of_reading(20)

    assert many < 1.2 * few


def test_a_file_given_as_one_huge_chunk_is_still_read_in_pieces() -> None:
    content = _in_c("<E id='1'><A>x</A></E>" * 150_000).encode()

    tracemalloc.start()
    try:
        next(xml_reader.read(DOCUMENT, [content]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < len(content)


# --- Writing ------------------------------------------------------------------------------------


def _write(
    *records: tuple[str, Fields], encoding: str = "ISO-8859-15"
) -> tuple[str, list[ReplacedCharacter]]:
    out = io.BytesIO()
    stream = [Record(tag, 0, 0, fields) for tag, fields in records]
    replaced = xml_writer.write(DOCUMENT, stream, out, encoding)
    return out.getvalue().decode(encoding), replaced


def test_a_file_is_written_one_element_to_a_line_with_its_empty_containers() -> None:
    text, _ = _write(
        ("H", {"@VERSION": "2", "@x": "y", "A": "é"}),
        ("E", {"@id": "1"}),
        ("E", {"I": {"E2": [{"@k": "1"}, {"A": "x"}]}, "A": "<&>", "B": ["a", "b"]}),
    )

    assert (
        text
        == """<?xml version="1.0" encoding="ISO-8859-15"?>
<R VERSION="2" x="y">
  <H>
    <A>é</A>
  </H>
  <C>
    <E id="1"/>
    <E>
      <A>&lt;&amp;&gt;</A>
      <B>a</B>
      <B>b</B>
      <I>
        <E2 k="1"/>
        <E2>
          <A>x</A>
        </E2>
      </I>
    </E>
  </C>
  <Z/>
</R>
"""
    )


def test_a_container_without_record_is_written_only_when_it_always_is() -> None:
    text, _ = _write(("H", {}))

    assert text.endswith('<R VERSION="" x="">\n  <H/>\n  <C/>\n  <Z/>\n</R>\n')


def test_characters_that_the_encoding_lacks_are_replaced_and_told() -> None:
    text, replaced = _write(
        ("H", {"@x": "→", "A": "ok"}),
        ("E", {"A": "Ω"}),
        ("E", {"@id": "é\x0bé", "I": {"E2": [{}, {"A": "Nguy\u1ec5n"}]}, "B": ["a", "\x85\ud800"]}),
    )

    assert "<A>?</A>" in text
    assert 'id="é?é"' in text
    assert "<A>Nguy?n</A>" in text
    assert replaced == [
        ReplacedCharacter("H", 1, "@x", "→", 1),
        ReplacedCharacter("E", 1, "A", "Ω", 1),
        ReplacedCharacter("E", 2, "@id", "\x0b", 2),
        ReplacedCharacter("E", 2, "I/E2/A", "\u1ec5", 5),
        ReplacedCharacter("E", 2, "B", "\x85", 1),
        ReplacedCharacter("E", 2, "B", "\ud800", 2),
    ]


# Two of these letters in a row may be what UTF-8 makes of an accent: such a file is refused.
@given(text=st.text(st.characters(exclude_characters="ÃÄÅ"), max_size=30))
@pytest.mark.parametrize("encoding", ["ISO-8859-15", "UTF-8"])
@settings(max_examples=200)
def test_any_text_survives_or_is_told_replaced(encoding: str, text: str) -> None:
    out = io.BytesIO()
    records = [Record("H", 0, 1, {}), Record("E", 0, 1, {"@id": text, "B": [text]})]

    replaced = xml_writer.write(DOCUMENT, records, out, encoding)
    read = _only(xml_reader.read(DOCUMENT, [out.getvalue()]))

    lost = {found.position - 1 for found in replaced if found.field == "B"}
    assert all(text[found.position - 1] == found.character for found in replaced)
    expected = "".join("?" if place in lost else c for place, c in enumerate(text)).strip()
    assert read == ({"@id": expected, "B": [expected]} if expected else {})
    assert len(replaced) == 2 * len(lost)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [("E", {})],
        [("H", {}), ("X", {})],
        [("H", {}), ("F", {}), ("E", {})],
        [("H", {"X": "1"})],
        [("H", {}), ("E", {"X": "1"})],
        [("H", {}), ("E", {"I": {"A": "1"}})],
        [("H", {}), ("E", {"@u": "1"})],
        [("H", {}), ("H", {})],
    ],
)
def test_what_the_format_does_not_describe_is_never_dropped_in_silence(
    records: list[tuple[str, Fields]],
) -> None:
    with pytest.raises(ValueError, match=r"."):
        _write(*records)


def test_every_refusal_has_a_code_of_its_own_and_a_sentence() -> None:
    module = sys.modules[FileRefusedError.__module__]
    refusals = [
        found
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, FileRefusedError)
    ]

    assert len({refusal.code for refusal in refusals}) == len(refusals)
    assert all(refusal.code.startswith("file") for refusal in refusals)
