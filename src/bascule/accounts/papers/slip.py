"""The slip that is signed when a key is handed over, and the sheet with its activation code. Pure.

Two documents, given apart: whoever finds the key must not find its code with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from bascule.accounts.papers import words
from bascule.formats.pdf import typeset

_TITLE: Final = "Bordereau de remise d’une clé"
_CODE_TITLE: Final = "Code d’activation de votre clé"

#: The charter, in six lines: what whoever signs takes upon herself.
CHARTER: Final = (
    "Cette clé est personnelle : je ne la prête pas, je ne la laisse pas sur mon poste.",
    "Je ne note jamais mon mot de passe ni le code d’activation avec la clé.",
    "Je n’ouvre que les dossiers utiles à mon travail ; mes consultations sont inscrites au journal.",
    "Je ferme ma session quand je quitte mon poste.",
    "Si je perds la clé ou si on me la vole, je le déclare aussitôt, sur la page de connexion ou à l’assistance.",
    "Je rends la clé quand je quitte mes fonctions ; elle reste la propriété du rectorat.",
)  # fmt: skip
_STEPS: Final = (
    "Si votre compte est nouveau, activez-le d’abord avec la lettre que vous avez reçue.",
    "Ouvrez la page de connexion, donnez votre identifiant et votre mot de passe.",
    "Choisissez « Activer une clé remise ».",
    "Tapez le code ci-dessus, puis deux codes de suite donnés par la clé.",
    "Détruisez cette feuille : le code ne sert qu’une fois.",
)


@dataclass(frozen=True, slots=True)
class Slip:
    """A key that was handed over.

    Attributes:
        number: of the line of the register that says so.
        authority: name of the authority.
        key: what the key is, in French.
        serial: what is written on it.
        expires_on: its last day; None for none.
        name: who holds it, as papers show it.
        login: her login.
        place: the school, or the service of the authority.
        handed_at: when, in the time zone of the authority.
        handed_by: login of who handed it over; two where two persons were needed.
    """

    number: int
    authority: str
    key: str
    serial: str
    expires_on: date | None
    name: str
    login: str
    place: str
    handed_at: datetime
    handed_by: str


@dataclass(frozen=True, slots=True)
class CodeSheet:
    """The activation code of a key that was handed over.

    Attributes:
        slip: the key and its holder.
        code: the code.
    """

    slip: Slip
    code: str = field(repr=False)


def render_slip(slip: Slip) -> bytes:
    """Write the slip to sign.

    Args:
        slip (Slip): what is on it.

    Returns:
        bytes: PDF, one page of A4.
    """
    rows = [
        ("Clé", slip.key),
        ("Numéro de série", slip.serial),
        *([("Valable jusqu’au", words.long_day(slip.expires_on))] if slip.expires_on else []),
        ("Remise à", slip.name),
        ("Identifiant", slip.login),
        ("Pour", slip.place),
        ("Le", words.long_instant(slip.handed_at)),
        ("Par", slip.handed_by),
    ]
    return typeset(
        template=_template(),
        content={
            "title": _TITLE,
            "authority": slip.authority,
            "number": f"Bordereau n° {slip.number}",
            "rows": rows,
            "list_title": "Charte d’emploi",
            "list": CHARTER,
            "signatures": (
                ("Pour le rectorat ou l’établissement", "Nom, date et signature"),
                (slip.name, "Date, « lu et approuvé », signature"),
            ),
            "note": "En deux exemplaires : un pour la personne, un pour le registre de qui remet la clé.",
        },
        at=slip.handed_at,
    )


def render_code_sheet(sheet: CodeSheet) -> bytes:
    """Write the sheet with the activation code.

    Args:
        sheet (CodeSheet): what is on it.

    Returns:
        bytes: PDF, one page of A4.
    """
    slip = sheet.slip
    content: Mapping[str, Any] = {
        "title": _CODE_TITLE,
        "authority": slip.authority,
        "number": f"Va avec le bordereau n° {slip.number}",
        "rows": [
            ("Pour", slip.name),
            ("Identifiant", slip.login),
            ("Clé", f"{slip.key}, n° {slip.serial}"),
        ],
        "code": sheet.code,
        "list_title": "Comment activer la clé",
        "list": _STEPS,
        "note": "Remettez cette feuille en main propre, à part de la clé. Ne l’envoyez pas par courriel.",
    }
    return typeset(template=_template(), content=content, at=slip.handed_at)


@cache
def _template() -> bytes:
    return resources.files(__package__ or "").joinpath("key.typ").read_bytes()
