"""Why a request is in error or in dispute, in words that a school understands. Pure."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from bascule.values.words import said as _


class Reason(StrEnum):
    """Stable codes, kept with the requests."""

    SEX_MISSING = "sex-missing"
    COUNTRY_MISSING = "birth-country-missing"
    PLACE_MISSING = "birth-place-missing"
    LOOK_ALIKES = "look-alikes"
    NUMBER_OF_ANOTHER = "number-of-another"
    NUMBER_DIFFERS = "number-differs"
    NUMBERS_OF_TWO = "numbers-of-two"
    SAME_SCHOOL = "same-school"
    CHANGED = "civil-status-changed"
    #: Those that begin so hang on what the outside service answers.
    NATIONAL = "national"
    NATIONAL_ERROR = "national-error"
    NATIONAL_DISPUTE = "national-dispute"
    NATIONAL_OF_ANOTHER = "national-of-another"
    NATIONAL_UNUSABLE = "national-unusable"


class Words(NamedTuple):
    """What is said of a reason.

    Attributes:
        why: what is the matter.
        remedy: what the school does.
    """

    why: str
    remedy: str


#: By reason.
WORDS: Final = MappingProxyType(
    {
        Reason.SEX_MISSING: Words(
            _("Le sexe manque : l’INE ne peut pas être demandé."),
            _("Complétez le sexe dans votre logiciel et renvoyez le fichier, ou complétez la fiche ici."),
        ),
        Reason.COUNTRY_MISSING: Words(
            _("Le pays de naissance manque : l’INE ne peut pas être demandé."),
            _("Complétez le pays de naissance dans votre logiciel et renvoyez le fichier, ou complétez la fiche ici."),
        ),
        Reason.PLACE_MISSING: Words(
            _("La commune de naissance manque : l’INE ne peut pas être demandé."),
            _(
                "Complétez la commune de naissance dans votre logiciel et renvoyez le fichier, ou complétez-la ici."
            ),
        ),
        Reason.LOOK_ALIKES: Words(
            _("Un élève déjà connu lui ressemble, sans que l’on puisse dire si c’est le même."),
            _("Le rectorat tranche : vous n’avez rien à faire."),
        ),
        Reason.NUMBER_OF_ANOTHER: Words(
            _("L’INE de la fiche est celui d’un élève dont l’état civil est différent."),
            _("Vérifiez l’INE et l’état civil dans votre logiciel ; sinon, le rectorat tranche."),
        ),
        Reason.NUMBER_DIFFERS: Words(
            _("L’INE de la fiche n’est pas celui que l’on connaît pour cet élève."),
            _("Vérifiez l’INE dans votre logiciel ; sinon, le rectorat tranche."),
        ),
        Reason.NUMBERS_OF_TWO: Words(
            _("Les INE de la fiche sont ceux de deux élèves différents."),
            _("Vérifiez les INE dans votre logiciel ; sinon, le rectorat tranche."),
        ),
        Reason.SAME_SCHOOL: Words(
            _("Une autre fiche de l’établissement semble être celle du même élève."),
            _("Vérifiez dans votre logiciel que l’élève n’y est pas deux fois ; sinon, le rectorat tranche."),
        ),
        Reason.CHANGED: Words(
            _("L’état civil a changé au point de ne plus ressembler à celui que l’on connaissait."),
            _("Vérifiez l’état civil dans votre logiciel ; sinon, le rectorat tranche."),
        ),
        Reason.NATIONAL: Words(
            _("L’INE est demandé au service national, qui n’a pas encore répondu."),
            _("Rien à faire : il viendra dans la fiche dès qu’il sera donné."),
        ),
        Reason.NATIONAL_ERROR: Words(
            _("Le service national a refusé la demande : il ne peut pas donner d’INE à cet état civil."),
            _(
                "Vérifiez les noms, la date et le lieu de naissance dans votre logiciel. L’INE est redemandé dès que "
                "l’état civil change."
            ),
        ),
        Reason.NATIONAL_DISPUTE: Words(
            _("Le service national connaît un élève qui lui ressemble, et ne dit pas si c’est le même."),
            _("Le rectorat voit avec le service national : vous n’avez rien à faire."),
        ),
        Reason.NATIONAL_OF_ANOTHER: Words(
            _("Le service national donne à cet élève l’INE d’un autre élève déjà connu."),
            _("Le rectorat tranche : vous n’avez rien à faire."),
        ),
        Reason.NATIONAL_UNUSABLE: Words(
            _("La réponse du service national ne peut pas être utilisée."),
            _("Le rectorat voit avec le service national : vous n’avez rien à faire."),
        ),
    }
)  # fmt: skip

#: The country of births that have a commune.
_FRANCE = "100"


def lacks(*, sex: str | None, country: str | None, commune: str | None) -> Reason | None:
    """Tell what a civil status lacks for a number to be asked.

    Args:
        sex (str | None): `1` or `2`.
        country (str | None): country of birth.
        commune (str | None): commune of birth.

    Returns:
        Reason | None: the first thing that lacks; None when nothing does.
    """
    if not sex:
        return Reason.SEX_MISSING
    if not country:
        return Reason.COUNTRY_MISSING
    if country == _FRANCE and not commune:
        return Reason.PLACE_MISSING
    return None
