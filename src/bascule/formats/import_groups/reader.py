"""Read links between pupils and groups, of version 1.4 or 1.3."""

from collections.abc import Iterable

from bascule.formats import xml_reader
from bascule.formats.import_groups.description import ANY_VERSION, OLD_NAME
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Record


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> xml_reader.Reading:
    """Read a file of links as a stream of records.

    Args:
        chunks (Iterable[bytes]): the bytes of the XML file, cut anywhere.
        limits (Limits): what the file may weigh and hold.

    Returns:
        xml_reader.Reading: `PARAMETRES`, then `ELEVE`, all in the shape of 1.4.
    """
    return xml_reader.read(ANY_VERSION, chunks, limits, mend=_in_the_shape_of_1_4)


def _in_the_shape_of_1_4(record: Record) -> Record:
    if OLD_NAME not in record.fields:
        return record
    fields = dict(record.fields)
    name = fields.pop(OLD_NAME)
    fields.setdefault("NOM_DE_FAMILLE", name)
    return record._replace(fields=fields)
