"""Read schools, wherever their code stands."""

from collections.abc import Iterable

from bascule.formats import xml_reader
from bascule.formats.bee_etablissements.description import DESCRIPTION
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Record


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> xml_reader.Reading:
    """Read a file of schools as a stream of records.

    Args:
        chunks (Iterable[bytes]): the bytes of the XML file, cut anywhere.
        limits (Limits): what the file may weigh and hold.

    Returns:
        xml_reader.Reading: `PARAMETRES`, then `ETABLISSEMENT`, each with `@CODE_RNE`.
    """
    return xml_reader.read(DESCRIPTION, chunks, limits, mend=_with_its_code_as_attribute)


def _with_its_code_as_attribute(record: Record) -> Record:
    fields = record.fields
    if "CODE_RNE" not in fields:
        return record
    code = {"@CODE_RNE": fields["CODE_RNE"]}
    rest = {key: value for key, value in fields.items() if key != "CODE_RNE"}
    return record._replace(fields=code | rest)
