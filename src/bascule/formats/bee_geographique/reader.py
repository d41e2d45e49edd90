"""Read countries, départements and communes, wherever their codes stand."""

from collections.abc import Iterable

from bascule.formats import xml_reader
from bascule.formats.bee_geographique.description import DESCRIPTION, KEYS
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Record


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> xml_reader.Reading:
    """Read a geographical file as a stream of records.

    Args:
        chunks (Iterable[bytes]): the bytes of the XML file, cut anywhere.
        limits (Limits): what the file may weigh and hold.

    Returns:
        xml_reader.Reading: `PARAMETRES`, then `PAYS`, `DEPARTEMENT` and `COMMUNE` in the order of
            the file, each with its code as an attribute (`@CODE_PAYS`…).
    """
    return xml_reader.read(DESCRIPTION, chunks, limits, mend=_with_its_code_as_attribute)


def _with_its_code_as_attribute(record: Record) -> Record:
    key = KEYS.get(record.tag)
    if key is None:
        return record
    fields = record.fields
    if key in fields:
        fields = {f"@{key}": fields[key]} | {k: v for k, v in fields.items() if k != key}
    tag = "PAYS" if record.tag == "PAYS_NATIONALITE" else record.tag
    return record._replace(tag=tag, fields=fields)
