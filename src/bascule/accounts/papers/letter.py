"""The letters that activate accounts: a page for each person, with her login and a code good once. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from bascule.accounts.papers import words
from bascule.formats.pdf import typeset

_TITLE: Final = "Activation de votre compte"
_NUMBER: Final = "Lettre personnelle"
_GREETING: Final = "Madame, Monsieur,"
_OPENING: Final = (
    "Un compte vous est ouvert sur le portail Bascule, pour tenir la base des élèves et échanger avec le"
    " logiciel de votre établissement. Il vous attend : vous l’activez vous-même, en une dizaine de minutes."
)
_WHAT_TITLE: Final = "Ce qu’il vous faut"
_WHAT: Final = (
    "cette lettre ;",
    (
        "la clé qui vous a été remise avec sa feuille de code, ou, si vous n’en avez pas, un téléphone avec une"
        " application d’authentification ;"
    ),
    "un ordinateur relié à internet.",
)
_HOW_TITLE: Final = "Comment activer votre compte"
_RULES: Final = (
    "Ce compte est à votre nom : ne prêtez ni votre mot de passe ni votre clé. Ce que vous consultez et modifiez"
    " est inscrit au journal de l’établissement."
)
_REPLACES: Final = (
    "Cette lettre annule celles que vous auriez reçues avant : leur code ne sert plus."
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one letter says.

    Attributes:
        authority: name of the authority.
        name: to whom, as papers show it.
        places: what she does and where, one line each (`chef d’établissement, Collège X (0990001N)`).
        login: her login.
        code: the activation code.
        ends_at: when the code stops being good, in the time zone of the authority.
        address: of the page where an account is activated.
        help: French, where to ask.
        made_at: when the letter was made, in the time zone of the authority.
    """

    authority: str
    name: str
    places: tuple[str, ...]
    login: str
    code: str = field(repr=False)
    ends_at: datetime
    address: str
    help: str
    made_at: datetime


def render_letters(letters: Sequence[Letter]) -> bytes:
    """Write letters as one document, a page for each.

    Args:
        letters (Sequence[Letter]): the letters; at least one.

    Returns:
        bytes: PDF, to print on A4.
    """
    first = letters[0]
    return typeset(
        template=_template(),
        content={
            "title": _TITLE if len(letters) == 1 else f"{_TITLE} : {len(letters)} lettres",
            "author": first.authority,
            "letters": [_content(letter) for letter in letters],
        },
        at=first.made_at,
    )


def _content(letter: Letter) -> dict[str, Any]:
    return {
        "title": _TITLE,
        "authority": letter.authority,
        "number": _NUMBER,
        "name": letter.name,
        "places": letter.places,
        "made": f"Le {words.long_day(letter.made_at)}",
        "greeting": _GREETING,
        "opening": _OPENING,
        "rows": [("Votre identifiant", letter.login)],
        "code_label": "Votre code d’activation",
        "code": letter.code,
        "until": f"Ce code sert une fois, jusqu’au {words.long_instant(letter.ends_at)}.",
        "what_title": _WHAT_TITLE,
        "what": _WHAT,
        "how_title": _HOW_TITLE,
        "how": list(_steps(letter)),
        "rules": _RULES,
        "replaces": _REPLACES,
        "help": letter.help,
    }


def _steps(letter: Letter) -> Iterable[str]:
    yield f"Ouvrez {letter.address} dans votre navigateur."
    yield "Tapez votre identifiant et le code ci-dessus."
    yield "Choisissez un mot de passe long, que vous n’utilisez nulle part ailleurs."
    yield "Ajoutez votre clé, ou votre téléphone : la page vous guide."
    yield "Détruisez cette lettre."


@cache
def _template() -> bytes:
    return resources.files(__package__ or "").joinpath("letter.typ").read_bytes()
