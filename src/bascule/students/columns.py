"""What a list of pupils may tell of each: its columns, and who may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bascule.accounts.profiles import Permission
from bascule.students.rows import INE_SQL
from bascule.values.words import said as _

#: What a cell holds: a sheet writes each in its own way.
TEXT, DAY, NUMBER = "text", "day", "number"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: its name in URLs.
        label: its head.
        expression: SQL; `s` is the pupil, `e` the year, `c` the schooling, `a` the address, `r` the guardians.
        kind: what a cell holds.
        width: in characters.
        words: the table that says its codes; blank where they are not codes.
        permission: what one must hold to see it, besides reading pupils.
        is_usual: shown to whoever has chosen nothing.
    """

    key: str
    label: str
    expression: str
    kind: str = TEXT
    width: int = 14
    words: str = ""
    permission: Permission | None = None
    is_usual: bool = False

    def told(self, value: Any, words: Mapping[str, Mapping[str, str]]) -> str | int | date | None:
        """Word a value.

        Args:
            value (Any): from the base.
            words (Mapping[str, Mapping[str, str]]): by table, what its codes say.

        Returns:
            str | int | date | None: what the cell holds.
        """
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return "oui" if value else "non"
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if self.words:
            return words[self.words].get(value) or str(value)
        told: str | int | date = value
        return told


_ADDRESS: Final = "concat_ws(', ', a.line1, a.line2, a.line3, a.line4)"
_PHONE: Final = "coalesce(s.mobile_phone, s.personal_phone)"
_CONTACTS, _SENSITIVE = Permission.CONTACTS_READ, Permission.SENSITIVE_READ

COLUMNS: Final = (
    Column("nom", _("Nom de famille"), "s.family_name", width=22, is_usual=True),
    Column("usage", _("Nom d’usage"), "s.usual_name", width=18),
    Column("prenom", _("Prénom"), "s.first_name", width=16, is_usual=True),
    Column("division", _("Division"), "c.division", width=10, is_usual=True),
    Column("naissance", _("Né(e) le"), "s.birth_date", DAY, width=11, is_usual=True),
    Column("ine", _("INE"), INE_SQL, width=13, is_usual=True),
    Column("numero", _("N°"), "s.number", NUMBER, width=7, is_usual=True),
    Column(
        "situation",
        _("Situation"),
        "CASE WHEN e.left_on IS NOT NULL THEN 'sorti' WHEN e.is_expected THEN 'attendu' ELSE 'scolarisé' END",
        width=11,
        is_usual=True,
    ),
    Column("sexe", _("Sexe"), "s.sex", width=9, words="sexe"),
    Column("mef", _("Formation"), "c.mef", width=26, words="mef"),
    Column("code-mef", _("Code MEF"), "c.mef", width=13),
    Column("regime", _("Régime"), "e.regime", width=20, words="regime"),
    Column("doublement", _("Doublement"), "e.is_repeating", width=12),
    Column("entree", _("Entré(e) le"), "e.entered_on", DAY, width=11),
    Column("sortie", _("Sorti(e) le"), "e.left_on", DAY, width=11),
    Column("an-dernier", _("Division de l’an dernier"), "e.previous_division", width=12),
    Column("responsables", _("Représentants légaux"), "r.names", width=34),
    Column("adresse", _("Adresse"), _ADDRESS, width=34, permission=_CONTACTS),
    Column("code-postal", _("Code postal"), "a.postcode", width=9, permission=_CONTACTS),
    Column("ville", _("Ville"), "coalesce(a.town, a.foreign_town)", width=20, permission=_CONTACTS),
    Column("telephone", _("Téléphone de l’élève"), _PHONE, width=15, permission=_CONTACTS),
    Column("courriel", _("Courriel de l’élève"), "s.email", width=28, permission=_CONTACTS),
    Column("telephones", _("Téléphones des responsables"), "r.phones", width=30, permission=_CONTACTS),
    Column("courriels", _("Courriels des responsables"), "r.emails", width=34, permission=_CONTACTS),
    Column("bourses", _("Bourses"), "e.grants", width=12, permission=_SENSITIVE),
    Column("nationalite", _("Nationalité"), "s.nationality", width=18, words="pays", permission=_SENSITIVE),
)  # fmt: skip
