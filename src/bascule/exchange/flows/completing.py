"""What a school's structures and nomenclatures tell of a record that gives a division and little more. Pure."""

from typing import Any

from bascule.exchange.records import Facts
from bascule.formats.record import Fields, Record

_COMPULSORY, _OPTIONAL = "O", "F"


def complete(raw: Record, facts: Facts) -> Record:
    """Give a pupil the MEF of a division that serves one only, and each option its subject and its mode.

    Args:
        raw (Record): an `ELEVE`; an option may say `CODE_GESTION` for its subject, and no mode.
        facts (Facts): the school's year.

    Returns:
        Record: the same, completed; what cannot be told stays unsaid, and rules find it.
    """
    block: Any = raw.fields.get("SCOLARITE_ACTIVE")
    if not block:
        return raw
    block = dict(block)
    served = (facts.divisions or {}).get(block.get("CODE_DIVISION", ""), frozenset())
    if "CODE_MEF" not in block and len(served) == 1:
        (block["CODE_MEF"],) = served
    if "OPTIONS" in block:
        programme = (facts.programmes or {}).get(block.get("CODE_MEF", ""), {})
        options = block["OPTIONS"].get("OPTION", ())
        block["OPTIONS"] = {"OPTION": [_option(option, programme, facts) for option in options]}
    return raw._replace(fields={**raw.fields, "SCOLARITE_ACTIVE": block})


def _option(option: Fields, programme: dict[str, str], facts: Facts) -> Fields:
    completed = dict(option)
    short = completed.pop("CODE_GESTION", None)
    if isinstance(short, str):
        completed["CODE_MATIERE"] = (facts.mnemonics or {}).get(short, short)
    if "CODE_MODALITE_ELECT" not in completed:
        mode = programme.get(str(completed.get("CODE_MATIERE", "")), _OPTIONAL)
        completed["CODE_MODALITE_ELECT"] = mode if mode in (_COMPULSORY, _OPTIONAL) else _OPTIONAL
    return completed
