"""The pupils and guardians for software that reads files as they were before 2018. Pure.

Then a person had one `NOM`, and a link said `RESP_LEGAL` (1 and 2 for the two legal guardians, 0 for the others) and
a kinship of one character. What is of today stays beside, for whoever reads both, but what such software would take
for something else: the level of a link and the kinship of two characters.

Source: GEPI and SACoche as they read (2012 to 2025); specification of the BEE exports before 17.4.
"""

from collections.abc import Iterable, Iterator

from bascule.exchange.outgoing.roll import Roll, RollPupil
from bascule.formats.record import Record
from bascule.students.rows import LinkRow

_LEGAL = "1"
_MOST_LEGAL = 2
#: Several codes of today have to share one of then.
_KINSHIPS = {
    "10": "2", "20": "1", "37": "4", "38": "4", "39": "4", "50": "3", "51": "5", "70": "7", "90": "6",
}  # fmt: skip
_OTHER = "6"
_NEITHER = "0"


def old_kinship(code: str) -> str:
    """Give a kinship as it was coded before 2018.

    Args:
        code (str): two characters.

    Returns:
        str: one character.
    """
    return _KINSHIPS.get(code, _OTHER)


def old_legal(pupil: RollPupil) -> list[tuple[int, LinkRow]]:
    """Give the first and second legal guardians: before 2018 they had an order, the payer first.

    Args:
        pupil (RollPupil): the pupil.

    Returns:
        list[tuple[int, LinkRow]]: two at most.
    """
    legal = [held for held in pupil.links if held[1].level == _LEGAL]
    legal.sort(key=lambda held: (not held[1].pays_fees, held[1].kinship))
    return legal[:_MOST_LEGAL]


def for_old_readers(records: Iterable[Record], roll: Roll) -> Iterator[Record]:
    """Say pupils, guardians and links as they were said before 2018.

    Args:
        records (Iterable[Record]): of the file of pupils, or of that of guardians.
        roll (Roll): the year.

    Yields:
        Record: the same, in the same order.
    """
    ranks = {
        (str(pupil.id), str(guardian_id)): str(rank)
        for pupil in roll.pupils
        for rank, (guardian_id, _) in enumerate(old_legal(pupil), 1)
    }
    for record in records:
        fields = dict(record.fields)
        if record.tag in {"ELEVE", "PERSONNE"}:
            fields["NOM"] = fields["NOM_DE_FAMILLE"]
        elif record.tag == "RESPONSABLE_ELEVE":
            key = (str(fields["ELEVE_ID"]), str(fields["PERSONNE_ID"]))
            del fields["NIVEAU_RESPONSABILITE"]
            fields["RESP_LEGAL"] = ranks.get(key, _NEITHER)
            fields["CODE_PARENTE"] = old_kinship(str(fields["CODE_PARENTE"]))
            fields["RESP_FINANCIER"] = fields.get("PAIE_FRAIS_SCOLAIRES", _NEITHER)
        yield record._replace(fields=fields)
