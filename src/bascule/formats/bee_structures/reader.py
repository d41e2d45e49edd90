"""Read divisions and groups, whether coded as Sconet does or as STSWEB does."""

from collections.abc import Iterable

from bascule.formats import xml_reader
from bascule.formats.bee_structures.description import DESCRIPTION
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Record


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> xml_reader.Reading:
    """Read a structures file as a stream of records.

    Args:
        chunks (Iterable[bytes]): the bytes of the XML file, cut anywhere.
        limits (Limits): what the file may weigh and hold.

    Returns:
        xml_reader.Reading: `PARAMETRES`, then `DIVISION` and `GROUPE`, all in the shape of Sconet:
            `@CODE_STRUCTURE`, `CODE_MEF` and `CODE_STRUCTURE` inside the lists.
    """
    return xml_reader.read(DESCRIPTION, chunks, limits, mend=_in_the_shape_of_sconet)


def _in_the_shape_of_sconet(record: Record) -> Record:
    fields = record.fields
    if "@CODE" in fields:
        fields = {"@CODE_STRUCTURE": fields["@CODE"]} | fields
        del fields["@CODE"]
    for block, item, key in (
        ("MEFS_APPARTENANCE", "MEF_APPARTENANCE", "CODE_MEF"),
        ("DIVISIONS_APPARTENANCE", "DIVISION_APPARTENANCE", "CODE_STRUCTURE"),
    ):
        _name_codes(fields.get(block), item, key)
    return record._replace(fields=fields)


def _name_codes(block: object, item: str, key: str) -> None:
    """Turn the `CODE` attribute of each item of a list into the element that Sconet writes."""
    items = block.get(item) if isinstance(block, dict) else None
    for fields in items or ():
        if "@CODE" in fields:
            fields.setdefault(key, fields.pop("@CODE"))
