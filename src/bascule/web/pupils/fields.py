"""The fields of a record as pages show them: which tab holds each, who sees it, what its codes say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bascule.accounts import policy
from bascule.accounts.actor import Actor
from bascule.accounts.profiles import Permission
from bascule.exchange.amend.fields import (
    ADDRESS,
    GUARDIAN,
    GUARDIAN_FIELDS,
    LINK_FIELDS,
    NEW,
    field_of,
)
from bascule.exchange.labels import CODE_TABLES, field_label, is_hidden
from bascule.nomenclatures import lookup as nomenclatures
from bascule.schools.models import Structure
from bascule.schools.structures import mefs_retained, structures_of
from bascule.students.models import Guardianship

_PLACE: Final = tuple(
    f"{ADDRESS}.{part}"
    for part in (
        "line1",
        "line2",
        "line3",
        "line4",
        "postcode",
        "town",
        "foreign_town",
        "country",
    )
)
_REACH: Final = ("personal_phone", "mobile_phone", "work_phone", "accepts_sms", "email", *_PLACE)

#: Fields of the pupil, by tab.
PARTS: Final[Mapping[str, Sequence[str]]] = {
    "identite": (
        "family_name", "usual_name", "first_name", "second_name", "third_name", "sex", "birth_date", "birth_country",
        "birth_commune", "birth_town", "nationality", "ine_rnie", "ine_bea", "ine",
    ),
    "adresses": _REACH,
    "scolarite": (
        "entered_on", "left_on", "exit_reason", "mef", "division", "status", "starts_on", "ends_on", "is_stopped",
        "options", "plans", "regime", "is_repeating", "takes_transport", "lodging_uai",
    ),
    "an-dernier": (
        "previous_uai", "previous_department", "previous_origin", "previous_mef", "previous_mef_type",
        "previous_division", "previous_status", "previous_regime", "previous_starts_on", "previous_ends_on",
        "previous_options", "previous_plans",
    ),
    "bourses": ("grants",),
}  # fmt: skip
TABS: Final[Sequence[tuple[str, Promise]]] = (
    ("identite", _("Identité")),
    ("responsables", _("Responsables")),
    ("adresses", _("Adresses")),
    ("scolarite", _("Scolarité")),
    ("scolarites", _("Scolarités multiples")),
    ("an-dernier", _("An dernier")),
    ("bourses", _("Bourses")),
    ("historique", _("Historique")),
)
#: Fields of a guardian, in the order of the page.
_OF_GUARDIAN: Final = tuple(
    one.key
    for one in (*LINK_FIELDS, *GUARDIAN_FIELDS)
    if one.key not in _REACH
) + _REACH  # fmt: skip
#: The part that edits a guardian: `responsable-12`, or `responsable-new`.
OF_GUARDIAN: Final = "responsable-"
#: What is typed of a pupil who is added, besides a guardian.
OF_NEWCOMER: Final = (
    *PARTS["identite"], "entered_on", "mef", "division", "status", "starts_on", "regime", "is_repeating",
    "takes_transport", "previous_origin", "previous_uai", "previous_department",
)  # fmt: skip

#: A list of them would be too long to choose from.
_TYPED: Final = frozenset(("birth_commune",))
_SUBJECTS: Final = frozenset(("options", "previous_options"))
_SENSITIVE: Final = frozenset(("nationality", "profession", "grants"))


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see of records.

    Attributes:
        contacts: telephones, e-mails, addresses.
        sensitive: what the law calls so.
    """

    contacts: bool
    sensitive: bool

    @classmethod
    def of(cls, actor: Actor, uai: str) -> "Sight":
        """Tell what somebody may see in a school.

        Args:
            actor (Actor): who asks.
            uai (str): the school.

        Returns:
            Sight: by her rights of today.
        """
        return cls(
            policy.may(actor, Permission.CONTACTS_READ, uai=uai),
            policy.may(actor, Permission.SENSITIVE_READ, uai=uai),
        )

    def shows(self, key: str, text: str = "") -> bool:
        """Tell whether a field may be shown.

        Args:
            key (str): the field.
            text (str): what it holds: a few codes say too much.

        Returns:
            bool: False for a field that this person does not see.
        """
        found = field_of(key)
        if found is None:
            return False
        column = found[1].column
        if not self.contacts and found[1].key in _REACH:
            return False
        if self.sensitive:
            return True
        if column in _SUBJECTS:
            return not any(
                is_hidden("CODE_MATIERE", item.split()[0])
                for item in text.split(",")
                if item.strip()
            )
        elements = found[1].path
        return column not in _SENSITIVE and not (elements and is_hidden(elements[-1], text))


def keys_of(part: str) -> Sequence[str]:
    """Give the fields of a part of a record.

    Args:
        part (str): a tab, or a guardian's.

    Returns:
        Sequence[str]: keys; none for what is no part.
    """
    whom = part.removeprefix(OF_GUARDIAN)
    if whom != part and (whom == NEW or (whom.isascii() and whom.isdigit())):
        return [f"{GUARDIAN}.{whom}.{key}" for key in _OF_GUARDIAN]
    return PARTS.get(part, ())


def label(key: str) -> str:
    """Name a field, the guardian left out.

    Args:
        key (str): the field.

    Returns:
        str: French.
    """
    found = field_of(key)
    return field_label(found[1].key if found else key)


class Words:
    """What codes say in a school's year; each table is read once.

    Args:
        uai (str): the school.
        year (int): first calendar year.
    """

    def __init__(self, uai: str, year: int) -> None:
        self._uai, self._year = uai, year
        self._tables: dict[str, Mapping[str, str]] = {}

    def told(self, key: str, text: str) -> str:
        """Word what a field holds.

        Args:
            key (str): the field.
            text (str): what it holds, as people type it.

        Returns:
            str: the words of a code with the code; else the text.
        """
        word = self._table(_column(key)).get(text)
        if not text or word in (None, text):
            return text
        is_plain = _column(key) in ("sex", "level", "civility")
        return str(word) if is_plain else f"{word} ({text})"

    def choices(self, key: str, text: str) -> list[tuple[str, str]]:
        """Give what a field is chosen among.

        Args:
            key (str): the field.
            text (str): what it holds: always among them.

        Returns:
            list[tuple[str, str]]: codes and words; none for a field that is typed.
        """
        column = _column(key)
        if column in _TYPED:
            return []
        table = self._table(column)
        if not table:
            return []
        extra = {text: text} if text and text not in table else {}
        listed = list({**table, **extra}.items())
        if CODE_TABLES.get(column) == "pays":
            # Codes go by continent; people look for a name. The first is France.
            listed[1:] = sorted(listed[1:], key=itemgetter(1))
        return [("", "–"), *listed]

    def _table(self, column: str) -> Mapping[str, str]:
        name = CODE_TABLES.get(column, column)
        if name not in self._tables:
            self._tables[name] = self._read(name)
        return self._tables[name]

    def _read(self, name: str) -> Mapping[str, str]:
        if name == "mef":
            return mefs_retained(uai=self._uai, year=self._year)
        if name == "division":
            found = structures_of(uai=self._uai, year=self._year)
            return {row.code: row.code for row in found if row.kind == Structure.Kind.DIVISION}
        if name == "level":
            return {code: str(_(word)) for code, word in Guardianship.Level.choices}
        return nomenclatures.labels(name) if name in CODE_TABLES.values() else {}


def _column(key: str) -> str:
    found = field_of(key)
    return found[1].column if found else key
