"""Read the school and its calendar, under either spelling of the first day of the year."""

from collections.abc import Iterable

from bascule.formats import xml_reader
from bascule.formats.bee_commun.description import DESCRIPTION
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Record

_SPELLINGS = (("DATE_DEB_ELEVE", "DATE_DEBUT_ELEVE"), ("DATE_DEB_PROF", "DATE_DEBUT_PROF"))


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> xml_reader.Reading:
    """Read a communs file as a stream of records.

    Args:
        chunks (Iterable[bytes]): the bytes of the XML file, cut anywhere.
        limits (Limits): what the file may weigh and hold.

    Returns:
        xml_reader.Reading: `PARAMETRES`, `UAJ`, `ANNEE_SCOLAIRE`, `ANNEE_SCOLAIRE_AD`, then
            `PERIODE` and `FERMETURE`.
    """
    return xml_reader.read(DESCRIPTION, chunks, limits, mend=_spelt_one_way)


def _spelt_one_way(record: Record) -> Record:
    fields = record.fields
    for old, new in _SPELLINGS:
        if old in fields:
            value = fields.pop(old)
            fields.setdefault(new, value)
    return record
