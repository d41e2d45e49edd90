"""A civil status as pages show it, alone or field by field beside another."""

from dataclasses import dataclass

from bascule.ine.matching.civil import Civil
from bascule.ine.matching.levels import COMPARISONS, Likeness
from bascule.ine.matching.model import Model
from bascule.ine.models import Person
from bascule.ine.records import CivilColumns
from bascule.nomenclatures import lookup
from bascule.values import civil_identity

#: What a civil status is shown by, in the order of the comparisons.
LABELS = tuple(comparison.label for comparison in COMPARISONS)

_SEXES = {"1": "masculin", "2": "féminin"}
_FRANCE = "100"


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of the record beside that of a person.

    Attributes:
        label: its name.
        own: as the record has it.
        theirs: as the person has it.
        word: identique, proche, différent or absent.
        detail: in what, in a few words.
        likeness: the same as `word`, for the drawing.
    """

    label: str
    own: str
    theirs: str
    word: str
    detail: str
    likeness: Likeness


def compared(
    model: Model, own: CivilColumns, theirs: CivilColumns
) -> tuple[tuple[Compared, ...], float]:
    """Compare a record with a person, field by field.

    Args:
        model (Model): what comparisons are worth.
        own (CivilColumns): of the record.
        theirs (CivilColumns): of the person.

    Returns:
        tuple[tuple[Compared, ...], float]: the fields, and how likely they are one, in bits.
    """
    one, other = own.compared(), theirs.compared()
    score = model.score(model.keys(one), model.keys(other), among=1)
    texts = zip(LABELS, texts_of(own), texts_of(theirs), score.fields, strict=True)
    return tuple(
        Compared(
            label,
            mine,
            their,
            scored.level.likeness.value,
            scored.level.words,
            scored.level.likeness,
        )
        for label, mine, their, scored in texts
    ), score.total


def civil_columns(one: Person) -> CivilColumns:
    """Read the civil status of a person.

    Args:
        one (Person): the person.

    Returns:
        CivilColumns: in the columns that records have too.
    """
    return CivilColumns._make(getattr(one, name) for name in CivilColumns._fields)


def name_of(civil: CivilColumns) -> str:
    """Name somebody as lists do.

    Args:
        civil (CivilColumns): the civil status.

    Returns:
        str: NAME First name.
    """
    return civil_identity.display(civil.family_name, civil.usual_name, civil.first_name)


def texts_of(civil: CivilColumns) -> tuple[str, ...]:
    """Write a civil status as a page shows it.

    Args:
        civil (CivilColumns): the civil status.

    Returns:
        tuple[str, ...]: a text for each of `LABELS`.
    """
    usual = f" (nom d’usage : {civil.usual_name})" if civil.usual_name else ""
    return (
        f"{civil.family_name}{usual}",
        civil.first_name,
        ", ".join(filter(None, (civil.second_name, civil.third_name))),
        _birth(civil.compared()),
        _SEXES.get(civil.sex or "", ""),
        _place(civil),
    )


def _birth(civil: Civil) -> str:
    if civil.birth is None:
        return ""
    if civil.precision == "Y":
        return f"en {civil.birth:%Y}"
    return f"{civil.birth:%m/%Y}" if civil.precision == "M" else f"{civil.birth:%d/%m/%Y}"


def _place(civil: CivilColumns) -> str:
    if civil.birth_commune:
        return lookup.labels("commune").get(civil.birth_commune, civil.birth_commune)
    country = civil.birth_country or ""
    named = "" if country == _FRANCE else lookup.labels("pays").get(country, country)
    return ", ".join(filter(None, (civil.birth_town, named)))
