"""The fields that may be corrected by hand: where each stands in a record, and how people type it. Pure.

Keys are those of `bascule.exchange.labels`. An address has one key for each part (`address.town`);
what is a guardian's, or ties a guardian to the pupil, is prefixed with the guardian (`guardian.12.email`,
`guardian.new.kinship`). One table reads, writes and erases, so that no field can be typed that would
not be read back.
"""

import re
from enum import Enum
from functools import cache
from typing import Any, Final, NamedTuple

from bascule.exchange.labels import field_label
from bascule.exchange.rules.book import BY_CODE
from bascule.findings import Rule, Subject
from bascule.formats.record import Fields

GUARDIAN: Final = "guardian"
ADDRESS: Final = "address"
#: Begins the name of a guardian who is to be added.
NEW: Final = "new"


class Holder(Enum):
    """What row holds a field."""

    STUDENT = "student"
    ADDRESS = "address"
    ENROLMENT = "enrolment"
    SCHOOLING = "schooling"
    GUARDIAN = "guardian"
    LINK = "link"


class Kind(Enum):
    """How a field is typed."""

    TEXT = "text"
    DAY = "day"
    ANSWER = "answer"
    LIST = "list"


class Field(NamedTuple):
    """One field.

    Attributes:
        key: its key; of a guardian's field, what follows the guardian.
        holder: the row that holds it.
        path: the elements that lead to it in a record of the private import.
        kind: how it is typed.
        may_be_empty: whether it may be erased by hand.
        parts: of a list: the element of an item, then those of its parts; a plain item has none.
    """

    key: str
    holder: Holder
    path: tuple[str, ...]
    kind: Kind = Kind.TEXT
    may_be_empty: bool = True
    parts: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """Return the column of its row."""
        return self.key.rpartition(".")[2]


_S, _E, _A = Holder.STUDENT, Holder.ENROLMENT, Holder.ADDRESS
_C, _G, _L = Holder.SCHOOLING, Holder.GUARDIAN, Holder.LINK
_DAY, _ANSWER, _LIST = Kind.DAY, Kind.ANSWER, Kind.LIST
_NOW, _LAST = "SCOLARITE_ACTIVE", "ETABLISSEMENT_AN_DERNIER"
_PLANS = ("DPP", "CODE_DPP", "DATE_DEB_DPP", "DATE_FIN_DPP")


def _contact(holder: Holder) -> tuple[Field, ...]:
    return (
        Field("personal_phone", holder, ("TEL_PERSONNEL",)),
        Field("work_phone", holder, ("TEL_PROFESSIONNEL",)),
        Field("mobile_phone", holder, ("TEL_PORTABLE",)),
        Field("accepts_sms", holder, ("ACCEPTE_SMS",), _ANSWER),
        Field("email", holder, ("EMAIL",)),
        *(
            Field(f"{ADDRESS}.{column}", _A, ("ADRESSE", tag))
            for column, tag in (
                ("line1", "LIGNE1_ADRESSE"), ("line2", "LIGNE2_ADRESSE"), ("line3", "LIGNE3_ADRESSE"),
                ("line4", "LIGNE4_ADRESSE"), ("postcode", "CODE_POSTAL"), ("town", "LL_POSTAL"),
                ("foreign_town", "COMMUNE_ETRANGERE"), ("country", "CODE_PAYS"),
            )
        ),
    )  # fmt: skip


#: What is the pupil's own, in the order of a record.
PUPIL_FIELDS: Final = (
    Field("ine", _S, ("ID_NATIONAL",), may_be_empty=False),
    Field("ine_bea", _S, ("INE_BEA",), may_be_empty=False),
    Field("ine_rnie", _S, ("INE_RNIE",), may_be_empty=False),
    Field("family_name", _S, ("NOM_DE_FAMILLE",), may_be_empty=False),
    Field("usual_name", _S, ("NOM_USAGE",)),
    Field("first_name", _S, ("PRENOM",), may_be_empty=False),
    Field("second_name", _S, ("PRENOM2",)),
    Field("third_name", _S, ("PRENOM3",)),
    Field("birth_date", _S, ("DATE_NAISS",), _DAY, may_be_empty=False),
    Field("sex", _S, ("CODE_SEXE",), may_be_empty=False),
    Field("nationality", _S, ("CODE_PAYS_NAT",), may_be_empty=False),
    Field("birth_country", _S, ("CODE_PAYS",), may_be_empty=False),
    Field("birth_commune", _S, ("CODE_COMMUNE_INSEE_NAISS",)),
    Field("birth_town", _S, ("VILLE_NAISS",)),
    *_contact(_S),
    Field("entered_on", _E, ("DATE_ENTREE",), _DAY),
    Field("left_on", _E, ("DATE_SORTIE",), _DAY),
    Field("exit_reason", _E, ("CODE_MOTIF_SORTIE",)),
    Field("regime", _E, ("CODE_REGIME",), may_be_empty=False),
    Field("takes_transport", _E, ("ADHESION_TRANSPORT",), _ANSWER, may_be_empty=False),
    Field("is_repeating", _E, ("DOUBLEMENT",), _ANSWER, may_be_empty=False),
    Field("lodging_uai", _E, ("UAI_ETAB_HEBERGEMENT",)),
    Field("grants", _E, ("BOURSES",), _LIST, parts=("BOURSE", "CODE_BOURSE", "NB_PART")),
    Field("mef", _C, (_NOW, "CODE_MEF"), may_be_empty=False),
    Field("division", _C, (_NOW, "CODE_DIVISION")),
    Field("status", _C, (_NOW, "CODE_STATUT"), may_be_empty=False),
    Field("starts_on", _C, (_NOW, "DATE_DEB_SCO"), _DAY, may_be_empty=False),
    Field("ends_on", _C, (_NOW, "DATE_FIN_SCO"), _DAY),
    Field("is_stopped", _C, (_NOW, "ARRET_FORMATION"), _ANSWER),
    Field(
        "options", _C, (_NOW, "OPTIONS"), _LIST,
        parts=("OPTION", "CODE_MATIERE", "CODE_MODALITE_ELECT", "UAJ_ACCUEIL"),
    ),
    Field("plans", _C, (_NOW, "DPPS"), _LIST, parts=_PLANS),
    Field("previous_uai", _E, (_LAST, "CODE_RNE")),
    Field("previous_department", _E, (_LAST, "CODE_DEPARTEMENT")),
    Field("previous_origin", _E, (_LAST, "CODE_PROVENANCE"), may_be_empty=False),
    Field("previous_mef", _E, (_LAST, "CODE_MEF")),
    Field("previous_mef_type", _E, (_LAST, "TYPE_MEF")),
    Field("previous_division", _E, (_LAST, "CODE_DIVISION")),
    Field("previous_status", _E, (_LAST, "CODE_STATUT")),
    Field("previous_starts_on", _E, (_LAST, "DATE_DEB_SCO"), _DAY),
    Field("previous_ends_on", _E, (_LAST, "DATE_FIN_SCO"), _DAY),
    Field("previous_regime", _E, (_LAST, "CODE_REGIME")),
    Field("previous_options", _E, (_LAST, "OPTIONS_AN_DERNIER"), _LIST, parts=("CODE_MATIERE",)),
    Field("previous_plans", _E, (_LAST, "DPPS"), _LIST, parts=_PLANS),
)  # fmt: skip
#: What is a guardian's own.
GUARDIAN_FIELDS: Final = (
    Field("civility", _G, ("CODE_CIVILITE",)),
    Field("family_name", _G, ("NOM_DE_FAMILLE",), may_be_empty=False),
    Field("usual_name", _G, ("NOM_USAGE",)),
    Field("first_name", _G, ("PRENOM",), may_be_empty=False),
    Field("profession", _G, ("CODE_PROFESSION",), may_be_empty=False),
    Field("shares_address", _G, ("COMMUNICATION_ADRESSE",), _ANSWER, may_be_empty=False),
    *_contact(_G),
    Field("dependent_children", _G, ("ENFANT_A_CHARGE",)),
)
#: What ties a guardian to a pupil; without a level there is no tie.
LINK_FIELDS: Final = (
    Field("level", _L, ()),
    Field("kinship", _L, ("CODE_PARENTE",), may_be_empty=False),
    Field("pays_fees", _L, ("PAIE_FRAIS_SCOLAIRES",), _ANSWER),
    Field("lodges_pupil", _L, ("HEBERGE_ELEVE",), _ANSWER),
    Field("receives_aid", _L, ("PERCOIT_LES_AIDES",), _ANSWER),
    Field("is_first_to_call", _L, ("A_CONTACTER_EN_PRIORITE",), _ANSWER),
)

_PUPIL_BY_KEY: Final = {field.key: field for field in PUPIL_FIELDS}
_OF_GUARDIAN_BY_KEY: Final = {field.key: field for field in (*GUARDIAN_FIELDS, *LINK_FIELDS)}


def field_of(key: str) -> "tuple[str, Field] | None":
    """Find a field.

    Args:
        key (str): as forms name it.

    Returns:
        tuple[str, Field] | None: the guardian it is about (`12`, `new`; blank for the pupil's own), and the
            field; None for a key that is none.
    """
    subject, _, rest = key.partition(".")
    if subject != GUARDIAN:
        own = _PUPIL_BY_KEY.get(key)
        return ("", own) if own else None
    whom, _, name = rest.partition(".")
    field = _OF_GUARDIAN_BY_KEY.get(name)
    if field is None or not (whom.startswith(NEW) or (whom.isascii() and whom.isdigit())):
        return None
    return whom, field


def label_of(key: str, guardian: str = "") -> str:
    """Name a field.

    Args:
        key (str): as forms name it.
        guardian (str): the name of the guardian it is about.

    Returns:
        str: French.
    """
    found = field_of(key)
    if found is None:
        return field_label(key)
    whom, field = found
    label = field_label(field.key)
    if not whom:
        return label
    return f"Responsable {guardian or 'ajouté'}, {label[:1].lower()}{label[1:]}"


# Values: as rows hold them, as records write them, as people type them

_TYPED_DAY: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_RAW_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_ANSWERS: Final = {"oui": "true", "non": "false", "1": "true", "0": "false"}
_SAID: Final = {"true": "oui", "false": "non", "1": "oui", "0": "non"}
_NO_DAY: Final = "-"


def typed_value(field: Field, value: Any) -> str:
    """Write a value of a row as people type it.

    Args:
        field (Field): the field.
        value (Any): the value of its column.

    Returns:
        str: blank for none.
    """
    if value is None:
        return ""
    if field.kind is Kind.DAY:
        return f"{value:%d/%m/%Y}"
    if field.kind is Kind.ANSWER:
        return "oui" if value else "non"
    if field.kind is Kind.LIST:
        return ", ".join(_days_typed(item) for item in value)
    return str(value)


def typed_raw(field: Field, raw: Fields) -> str:
    """Write what a record says as people type it.

    Args:
        field (Field): a field that has a path.
        raw (Fields): the record.

    Returns:
        str: blank when it says nothing.
    """
    found: Any = raw
    for tag in field.path:
        found = found.get(tag) if isinstance(found, dict) else None
    if not found:
        return ""
    if field.kind is Kind.DAY:
        return _days_typed(str(found))
    if field.kind is Kind.ANSWER:
        return _SAID.get(str(found), str(found))
    if field.kind is Kind.LIST:
        items = found.get(field.parts[0], ())
        return ", ".join(
            _days_typed(
                item
                if isinstance(item, str)
                else " ".join(item.get(tag, _NO_DAY) for tag in _up_to_last(field, item))
            )
            for item in items
        )
    return str(found)


def write_text(field: Field, text: str, raw: Fields) -> None:
    """Put what somebody typed into a record; what is not understood is put as it is, for the rules to say.

    Args:
        field (Field): a field that has a path.
        text (str): what was typed; blank takes the element away.
        raw (Fields): the record; it is changed.
    """
    block: Any = raw
    for tag in field.path[:-1]:
        block = block.setdefault(tag, {})
    tag, text = field.path[-1], text.strip()
    if field.kind is Kind.LIST:
        # A list that is there replaces the one held, even by nothing.
        items = [item for item in re.split(r"[,;\n]", text) if item.strip()]
        block[tag] = {field.parts[0]: [_item(field, item) for item in items]} if items else {}
    elif not text:
        block.pop(tag, None)
    elif field.kind is Kind.ANSWER:
        block[tag] = _ANSWERS.get(text.lower(), text)
    else:
        block[tag] = _days_raw(text) if field.kind is Kind.DAY else text


def _up_to_last(field: Field, item: Any) -> tuple[str, ...]:
    """Give the parts of an item up to the last one it has; those of a plan all have a place."""
    tags = field.parts[1:]
    if field.parts == _PLANS:
        return tags
    return tags[: max((rank for rank, tag in enumerate(tags, 1) if tag in item), default=0)]


def _item(field: Field, text: str) -> Any:
    words = _days_raw(text).split()
    if len(field.parts) == 1:
        return " ".join(words)
    tags = field.parts[1:]
    # What is too much makes the last part wrong: nothing typed is lost without a word.
    cut = [*words[: len(tags) - 1], " ".join(words[len(tags) - 1 :])]
    return {tag: word for tag, word in zip(tags, cut, strict=False) if word and word != _NO_DAY}


def _days_raw(text: str) -> str:
    return _TYPED_DAY.sub(lambda m: f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}", text)


def _days_typed(text: str) -> str:
    return _RAW_DAY.sub(r"\3/\2/\1", text)


# What a finding is about

_LAST_YEAR_RULES: Final = frozenset(("STATU_D_01", "SCOPR_B_01"))
_LAST_YEAR_FAMILIES: Final = frozenset(("HETAB", "PROVE", "MEFAD", "FORMA"))
_INSIDE: Final = {
    "CODE_MATIERE": "options", "CODE_MODALITE_ELECT": "options", "OPTION": "options", "UAJ_ACCUEIL": "options",
    "CODE_BOURSE": "grants", "NB_PART": "grants", "DPP": "plans", _NOW: "mef", _LAST: "previous_uai",
    "ADRESSE": "address.line1",
}  # fmt: skip
_OF_LAST_YEAR: Final = {
    **{field.path[-1]: field.key for field in PUPIL_FIELDS if field.path[0] == _LAST},
    "CODE_MATIERE": "previous_options",
}
_OF_ADDRESS: Final = {
    field.path[-1]: field.key for field in PUPIL_FIELDS if field.path[0] == "ADRESSE"
}
_OF_PUPIL: Final = {
    field.path[-1]: field.key for field in PUPIL_FIELDS if field.path[0] not in ("ADRESSE", _LAST)
}
_OF_PERSON: Final = {
    field.path[-1]: field.key for field in GUARDIAN_FIELDS if field.path[0] != "ADRESSE"
}


def key_of_finding(rule: Rule, element: str, subject: Subject) -> str:
    """Tell which field a finding is about.

    Args:
        rule (Rule): its rule.
        element (str): the element at fault.
        subject (Subject): whose record.

    Returns:
        str: the key, without the guardian for a person's; `guardian` for what ties guardians to the pupil; blank
            for what no field can mend (an id of the software).
    """
    if rule.family == "PAREN":
        return GUARDIAN
    if rule.family == "ADRES":
        return _OF_ADDRESS.get(element) or "address.line1"
    if subject is Subject.PERSON:
        return _OF_PERSON.get(element, "")
    is_last_year = rule.family in _LAST_YEAR_FAMILIES or rule.code in _LAST_YEAR_RULES
    if is_last_year and element in _OF_LAST_YEAR:
        return _OF_LAST_YEAR[element]
    return _OF_PUPIL.get(element) or _INSIDE.get(element, "")


@cache
def keys_of_rule(code: str, element: str, subject: str) -> frozenset[str]:
    """Give the fields by which an anomaly may be mended.

    Args:
        code (str): its rule.
        element (str): the element at fault.
        subject (str): whose record.

    Returns:
        frozenset[str]: keys, without the guardian for a person's.
    """
    rule = BY_CODE.get(code)
    if rule is None:
        return frozenset()
    whose = Subject(subject)
    keys = {key_of_finding(rule, one, whose) for one in (element, *rule.fields)}
    if rule.family == "ADRES":
        keys |= set(_OF_ADDRESS.values())
    return frozenset(keys - {""})
