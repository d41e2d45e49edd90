"""Read the pupils that the Base élèves gives, from schema 2.1 on, in the words of today."""

from collections.abc import Iterable

from bascule.formats import xml_reader
from bascule.formats.bee_eleves.description import DESCRIPTION, OLD_NAMES
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Fields, Record


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> xml_reader.Reading:
    """Read an élèves file, with or without addresses, as a stream of records.

    Args:
        chunks (Iterable[bytes]): the bytes of the XML file, cut anywhere.
        limits (Limits): what the file may weigh and hold.

    Returns:
        xml_reader.Reading: `PARAMETRES`, then `ELEVE`, `OPTION` (which holds the list
            `OPTIONS_ELEVE`), `STRUCTURES_ELEVE`, `BOURSE` and `ADRESSE`.
    """
    return xml_reader.read(DESCRIPTION, chunks, limits, mend=_in_the_words_of_today)


def _in_the_words_of_today(record: Record) -> Record:
    if record.tag == "ELEVE":
        fields = record.fields
        for old in OLD_NAMES.keys() & fields.keys():
            value = fields.pop(old)
            fields.setdefault(OLD_NAMES[old], value)
    elif record.tag == "OPTIONS_ELEVE":
        swapped: Fields = {
            "OPTIONS_ELEVE" if key == "OPTION" else key: value
            for key, value in record.fields.items()
        }
        return record._replace(tag="OPTION", fields=swapped)
    return record
