"""The text of reminders: a model for each campaign, whose fields are filled in for each school."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from bascule.campaign.campaigns import Campaign
from bascule.campaign.models import LetterModel
from bascule.errors import RefusedError
from bascule.journal.act import AUTHORITY, act
from bascule.store.policies import open_schools, put_back
from bascule.values.words import said as _

MODEL_ACT: Final = "campaign.letter"

#: What may stand between braces, and what it is.
FIELDS: Final[Mapping[str, str]] = {
    "etablissement": _("nom de l’établissement"),
    "uai": _("son n° UAI"),
    "campagne": _("nom de la campagne"),
    "etape": _("étape attendue"),
    "cause": _("ce qui manque"),
    "date": _("date attendue"),
    "jours": _("jours de retard"),
    "conseiller": _("nom du conseiller"),
}
LONGEST_SUBJECT: Final = 150
LONGEST_BODY: Final = 4000

_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_SUBJECT: Final = "{campagne} : étape « {etape} » attendue pour {etablissement}"
_BODY: Final = """\
Madame, Monsieur,

L’étape « {etape} » de votre établissement {etablissement} ({uai}) reste à terminer. Elle est attendue pour le {date}.

Ce qui manque : {cause}

Votre fil conducteur vous mène à la page où la terminer. Si quelque chose vous arrête, appelez-nous : nous vous \
aiderons.

{conseiller}
"""


class UnknownFieldError(RefusedError):
    """The text has a field between braces that is none.

    Args:
        name (str): as written.
    """

    code = "letter.unknown-field"

    def __init__(self, name: str) -> None:
        known = ", ".join(f"{{{one}}}" for one in FIELDS)
        super().__init__(f"« {{{name}}} » n’est pas un champ : écrivez l’un de ceux-ci : {known}.")
        self.name = name


class LoneBraceError(RefusedError):
    """A brace stands alone: a field was begun or ended, and not the other way."""

    code = "letter.lone-brace"

    def __init__(self) -> None:
        super().__init__(
            "Une accolade est seule : écrivez chaque champ entre deux accolades, par exemple {etablissement}."
        )


class UnusableLetterError(RefusedError):
    """The subject or the text is blank or too long."""

    code = "letter.unusable"

    def __init__(self) -> None:
        super().__init__(
            f"Écrivez un objet de {LONGEST_SUBJECT} caractères au plus, et un texte de {LONGEST_BODY} au plus."
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A model.

    Attributes:
        subject: with fields between braces.
        body: the same.
    """

    subject: str
    body: str

    def check(self) -> None:
        """Refuse a model that cannot be filled in.

        Raises:
            UnusableLetterError: if it is blank or too long.
            UnknownFieldError: if a field is none.
            LoneBraceError: if a brace has not its other one.
        """
        subject, body = self.subject.strip(), self.body.strip()
        if not (0 < len(subject) <= LONGEST_SUBJECT and 0 < len(body) <= LONGEST_BODY):
            raise UnusableLetterError
        for text in (subject, body):
            for name in _FIELD.findall(text):
                if name not in FIELDS:
                    raise UnknownFieldError(name)
            if {"{", "}"} & {*_FIELD.sub("", text)}:
                raise LoneBraceError

    @property
    def digest(self) -> str:
        """Return what tells it from any other, however its lines end."""
        text = "\0".join("\n".join(one.split("\r\n")).strip() for one in (self.subject, self.body))
        return hashlib.sha256(text.encode()).hexdigest()

    def filled(self, values: Mapping[str, str]) -> "Letter":
        """Fill it in.

        Args:
            values (Mapping[str, str]): what stands for each field.

        Returns:
            Letter: what is sent; its subject is one line.
        """
        subject, body = (
            _FIELD.sub(lambda found: values.get(found[1], found[0]), text)
            for text in (self.subject, self.body)
        )
        return Letter(" ".join(subject.split()), body.replace("\r\n", "\n").strip() + "\n")


def letter_of(campaign: Campaign) -> Letter:
    """Give the model of a campaign: the one that was kept, else ours.

    Args:
        campaign (Campaign): the campaign.

    Returns:
        Letter: the model.
    """
    with transaction.atomic(), put_back():
        open_schools(AUTHORITY)
        row = LetterModel.objects.filter(uai=AUTHORITY, campaign=campaign.code).first()
    return Letter(row.subject, row.body) if row else Letter(_SUBJECT, _BODY)


def keep_letter(*, campaign: Campaign, letter: Letter, actor: str, at: datetime) -> None:
    """Keep the model of a campaign.

    Args:
        campaign (Campaign): the campaign.
        letter (Letter): the model.
        actor (str): who keeps it.
        at (datetime): when.

    Raises:
        UnusableLetterError: if it is blank or too long.
        UnknownFieldError: if a field is none.
    """
    letter.check()
    if letter == letter_of(campaign):
        return
    with act(uai=AUTHORITY, kind=MODEL_ACT, actor=actor, at=at) as opened:
        opened.facts |= {"campaign": campaign.code}
        row = LetterModel.objects.filter(uai=AUTHORITY, campaign=campaign.code).first()
        if row is None:
            row = LetterModel(uai=AUTHORITY, campaign=campaign.code)
        else:
            row.act_id = opened.id
        row.subject, row.body = letter.subject, letter.body
        row.save()
