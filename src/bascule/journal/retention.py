"""How long each kind of data is kept: what the authority says, and what the base itself does not go below.

The days stand in a table that verbs change; limits are computed by PostgreSQL, from its own clock, so that
whoever asks for a purge cannot say another day. What removes rows is in each capability, `forgetting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from django.db import connection, transaction

from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import AUTHORITY, act
from bascule.journal.models import Retention
from bascule.values.words import said as _

SET_ACT: Final = "purge.set"
#: Removes pupils of a school; its facts say of which years.
PUPILS_ACT: Final = "purge.pupils"


class Kind(StrEnum):
    """What is kept for a time of its own."""

    FILE = "file"
    REPORT = "report"
    PUPIL = "pupil"
    ARCHIVE = "archive"
    PERSON = "person"
    ACCESS = "access"
    CONSTAT = "constat"
    CAMPAIGN = "campaign"

    @property
    def rule(self) -> "Rule":
        """Return what is said of it."""
        return _RULES[self]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is said of one kind of data.

    Attributes:
        label: French, what it is.
        counted: French, from when the days are counted.
        stays: French, what stays afterwards.
        least: days below which the base refuses to go.
    """

    label: str
    counted: str
    stays: str
    least: int


_RULES: Final = {
    Kind.FILE: Rule(
        _("Fichiers déposés"),
        _("après l’intégration ou l’abandon"),
        _("l’empreinte et les nombres"),
        1,
    ),
    Kind.REPORT: Rule(
        _("Comptes rendus d’import et anomalies"), _("après le dépôt"), _("les nombres"), 30
    ),
    Kind.PUPIL: Rule(
        _("Fiches des élèves, leurs responsables et tout leur historique"),
        _("après la sortie"),
        _("rien ; puis vient l’archivage"),
        365,
    ),
    Kind.ARCHIVE: Rule(
        _("Archivage intermédiaire des fiches"), _("après la durée des fiches"), _("rien"), 0
    ),
    Kind.PERSON: Rule(
        _("Identités et INE du répertoire"),
        _("après la sortie du dernier établissement"),
        _("rien"),
        3653,
    ),
    Kind.ACCESS: Rule(
        _("Consultations et connexions"),
        _("après la consultation"),
        _("le scellé, sans les lignes"),
        180,
    ),
    # A constat serves until that of the next year; two months is the time to go to court (code de justice
    # administrative, R. 421-1).
    Kind.CONSTAT: Rule(
        _("Contestation d’un constat de rentrée, qui retient les fiches qu’il compte"),
        _("après la signature"),
        _("le document signé, ses nombres et son empreinte ; il ne peut plus être recompté"),
        62,
    ),
    Kind.CAMPAIGN: Rule(
        _("Relances aux établissements, et états des campagnes passées"),
        _("après l’envoi, ou la fin de l’année scolaire"),
        _("l’acte de relance, sans adresse ni texte"),
        30,
    ),
}


class UnknownKindError(NotThereError):
    """No kind of data has this name.

    Args:
        name (str): as given.
    """

    code = "purge.unknown-kind"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Aucune durée ne porte le nom « {name} » : « bascule purge plan » donne les noms."
        )
        self.name = name


class TooShortError(RefusedError):
    """The days are fewer than the law, or a school, needs.

    Args:
        kind (Kind): of what.
    """

    code = "purge.too-short"

    def __init__(self, kind: Kind) -> None:
        super().__init__(f"Cette durée est trop courte : donnez {kind.rule.least} jours au moins.")
        self.kind = kind


def durations() -> dict[Kind, int]:
    """Tell how long each kind is kept.

    Returns:
        dict[Kind, int]: days.
    """
    return {Kind(row.kind): row.days for row in Retention.objects.all() if row.kind in set(Kind)}


def set_duration(*, kind: str, days: int, actor: str, at: datetime) -> None:
    """Say how long a kind is kept.

    Args:
        kind (str): its code.
        days (int): how many days.
        actor (str): who says so.
        at (datetime): now.

    Raises:
        UnknownKindError: if there is no such kind.
        TooShortError: if the base does not go so low.
    """
    if kind not in set(Kind):
        raise UnknownKindError(kind)
    if days < Kind(kind).rule.least:
        raise TooShortError(Kind(kind))
    with transaction.atomic(), act(uai=AUTHORITY, kind=SET_ACT, actor=actor, at=at) as opened:
        opened.facts |= {"kind": kind, "days": days, "before": durations().get(Kind(kind))}
        Retention.objects.filter(kind=kind).update(days=days)


def limit(kinds: Sequence[Kind]) -> date:
    """Tell what is past its time today: what ended before a day.

    Args:
        kinds (Sequence[Kind]): whose days are added.

    Returns:
        date: the day.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT purge_limit(VARIADIC %s::text[])", [[kind.value for kind in kinds]])
        found: date = cursor.fetchone()[0]
    return found
