"""Read the guardians that the Base élèves gives, before and after the model of 2018."""

from collections.abc import Iterable

from bascule.formats import xml_reader
from bascule.formats.bee_responsables.description import DESCRIPTION
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Record

_OLD_NAMES = (("NOM", "NOM_DE_FAMILLE"), ("PERS_PAIMENT", "PERS_PAIEMENT"))


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> xml_reader.Reading:
    """Read a responsables file, with or without addresses, as a stream of records.

    Args:
        chunks (Iterable[bytes]): the bytes of the XML file, cut anywhere.
        limits (Limits): what the file may weigh and hold.

    Returns:
        xml_reader.Reading: `PARAMETRES`, then `PERSONNE`, `RESPONSABLE_ELEVE` and `ADRESSE`. A
            link of before 2018 has `RESP_LEGAL` and no `NIVEAU_RESPONSABILITE`.
    """
    return xml_reader.read(DESCRIPTION, chunks, limits, mend=_in_the_words_of_today)


def _in_the_words_of_today(record: Record) -> Record:
    fields = record.fields
    for old, new in _OLD_NAMES:
        if old in fields:
            value = fields.pop(old)
            fields.setdefault(new, value)
    return record
