"""Every XML format of the product, with a small case of each: what the conformance suite runs on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from bascule.formats import xml_reader
from bascule.formats.bee_commun import description as bee_commun, reader as bee_commun_reader
from bascule.formats.bee_eleves import description as bee_eleves, reader as bee_eleves_reader
from bascule.formats.bee_etablissements import (
    description as bee_etablissements,
    reader as bee_etablissements_reader,
)
from bascule.formats.bee_geographique import (
    description as bee_geographique,
    reader as bee_geographique_reader,
)
from bascule.formats.bee_nomenclatures import description as bee_nomenclatures
from bascule.formats.bee_responsables import (
    description as bee_responsables,
    reader as bee_responsables_reader,
)
from bascule.formats.bee_structures import (
    description as bee_structures,
    reader as bee_structures_reader,
)
from bascule.formats.description import Block, Document, Leaf
from bascule.formats.import_eleves import (
    description as import_eleves,
    reader as import_eleves_reader,
)
from bascule.formats.import_groups import (
    description as import_groups,
    reader as import_groups_reader,
)
from bascule.formats.record import Fields, Record

_HERE = Path(__file__).parent


@dataclass(frozen=True, repr=False)
class Format:
    """One format, one version of it."""

    folder: str
    case: str
    document: Document
    read: Callable[[Iterable[bytes]], xml_reader.Reading]

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.folder}-{self.case}"

    @property
    def content(self) -> bytes:
        return (_HERE / self.folder / "cases" / f"{self.case}.xml").read_bytes()


EVERY_FORMAT = [
    *(
        Format(
            "import_eleves",
            version,
            import_eleves.description_of(version),
            import_eleves_reader.read,
        )
        for version in import_eleves.VERSIONS
    ),
    Format("import_groups", "1.4", import_groups.DESCRIPTION, import_groups_reader.read),
    Format(
        "bee_nomenclatures",
        "Nomenclature",
        bee_nomenclatures.DESCRIPTION,
        lambda chunks: xml_reader.read(bee_nomenclatures.DESCRIPTION, chunks),
    ),
    Format("bee_structures", "Structures", bee_structures.DESCRIPTION, bee_structures_reader.read),
    Format("bee_commun", "Communs", bee_commun.DESCRIPTION, bee_commun_reader.read),
    Format("bee_eleves", "ElevesAvecAdresses", bee_eleves.DESCRIPTION, bee_eleves_reader.read),
    Format(
        "bee_responsables",
        "ResponsablesAvecAdresses",
        bee_responsables.DESCRIPTION,
        bee_responsables_reader.read,
    ),
    Format(
        "bee_geographique",
        "Geographique",
        bee_geographique.DESCRIPTION,
        bee_geographique_reader.read,
    ),
    Format(
        "bee_etablissements",
        "Etablissements",
        bee_etablissements.DESCRIPTION,
        bee_etablissements_reader.read,
    ),
]

_PRINTABLE = bytes((*range(0x20, 0x7F), *range(0xA0, 0x100))).decode("iso8859-15")
#: Without the three letters that, before a sign, make what UTF-8 makes of an accent.
_ALPHABET = "".join(sorted(set(_PRINTABLE) - set("ÃÄÅ")))
#: Text that ISO-8859-15 can hold, with what XML must escape; neither blank nor blank at its ends.
WRITABLE_TEXT = st.text(st.sampled_from("&<>\"'] ") | st.sampled_from(_ALPHABET), max_size=12).map(
    lambda text: text.strip() or "x"
)


def fields_of(block: Block) -> st.SearchStrategy[Fields]:
    """Return a strategy of what a block may hold, in the described order."""
    parts: dict[str, st.SearchStrategy[object]] = {
        f"@{name}": WRITABLE_TEXT for name in block.attributes
    }
    for child in block.children:
        if isinstance(child, Leaf):
            parts[child.tag] = (
                st.lists(WRITABLE_TEXT, min_size=1, max_size=3) if child.many else WRITABLE_TEXT
            )
        else:
            inner = fields_of(child)
            parts[child.tag] = st.lists(inner, min_size=1, max_size=2) if child.many else inner
    return st.fixed_dictionaries({}, optional=parts).map(
        lambda fields: {key: fields[key] for key in parts if key in fields}
    )


def streams_of(document: Document) -> st.SearchStrategy[list[Record]]:
    """Return a strategy of streams of records, in the order of the containers."""
    version = st.fixed_dictionaries({"@VERSION": WRITABLE_TEXT})
    header = st.builds(lambda a, b: a | b, version, fields_of(document.header))
    tags = list(document.records().items())
    bodies = [
        st.lists(fields_of(block).map(lambda fields, tag=tag: (tag, fields)), max_size=2)
        for tag, block in tags
    ]

    def number(header: Fields, groups: Iterable[list[tuple[str, Fields]]]) -> Iterator[Record]:
        yield Record(document.header.tag, 0, 1, header)
        for group in groups:
            for rank, (tag, fields) in enumerate(group, 1):
                yield Record(tag, 0, rank, fields)

    return st.builds(lambda h, g: list(number(h, g)), header, st.tuples(*bodies))


def without_lines(records: Iterable[Record]) -> list[Record]:
    return [record._replace(line=0) for record in records]
