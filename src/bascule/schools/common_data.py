"""A school's common data for a year: its address, its head, its calendar, kept in the words of `Communs.xml`.

The school edits what a person may know; what came in a file and is not asked on a page stays as it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from bascule.errors import RefusedError
from bascule.journal.act import act
from bascule.journal.milestones import Milestone, reach
from bascule.schools.models import School, SchoolYear
from bascule.schools.open_year import check_bounds, writable_year, year_of
from bascule.values import school_year
from bascule.values.words import said as _

#: What a person edits of the school, with its longest form: tags of `UAJ`.
TEXTS: Mapping[str, int] = {
    "DENOM_PRINC": 30,
    "DENOM_COMPL": 30,
    "LIGNE1_ADRESSE": 38,
    "LIGNE2_ADRESSE": 38,
    "LIGNE3_ADRESSE": 38,
    "BOITE_POST": 7,
    "CODE_POSTAL": 5,
    "LIBELLE_POSTAL": 32,
    "TELEPHONE": 15,
    "MEL_1": 60,
    "NOM_RESP": 25,
    "QUAL_RESP": 15,
}

#: What they are called, where one is missing.
WORDS: Mapping[str, str] = {
    "DENOM_PRINC": _("Nom de l’établissement"),
    "LIGNE1_ADRESSE": _("Adresse"),
    "CODE_POSTAL": _("Code postal"),
    "LIBELLE_POSTAL": _("Ville"),
    "NOM_RESP": _("Nom du chef d’établissement"),
    "QUAL_RESP": _("Qualité du chef d’établissement"),
}

LONGEST_PERIOD, LONGEST_CLOSING = 20, 40
_POSTCODE = 5
_DAY = "%d/%m/%Y"
#: The type of a period that a school declares: a term of its own calendar.
_PERIOD_TYPE = "T"


class WrongCalendarError(RefusedError):
    """Days of the calendar do not follow one another.

    Args:
        field (str): what is wrong: `teachers`, `periods` or `closings`.
        sentence (str): French, what is wrong and what to do.
    """

    code = "common.wrong-calendar"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class UnusableTextError(RefusedError):
    """A text of the school is too long, or has not the form it needs.

    Args:
        field (str): its tag.
        sentence (str): French, what is wrong and what to do.
    """

    code = "common.unusable-text"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class CommonDataIncompleteError(RefusedError):
    """What is needed is not there, so it cannot be verified.

    Args:
        missing (Sequence[str]): tags of what is missing.
    """

    code = "common.incomplete"

    def __init__(self, missing: Sequence[str]) -> None:
        named = ", ".join(WORDS[tag].lower() for tag in missing)
        super().__init__(
            f"Les données communes ne peuvent pas encore être vérifiées. Il manque : {named}."
            " Complétez-les, puis vérifiez."
        )
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class Span:
    """Days with a name: a period of the year, or a time when the school is closed.

    Attributes:
        label: its name.
        starts_on: first day.
        ends_on: last day, included.
    """

    label: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class CommonData:
    """What a person reads and edits.

    Attributes:
        texts: by tag of `TEXTS`; blank where not known.
        starts_on: first day of pupils.
        ends_on: last day of pupils, included.
        teachers_start_on: first day of teachers; None where not known.
        teachers_end_on: last day of teachers; None where not known.
        periods: in order.
        closings: in order.
    """

    texts: Mapping[str, str]
    starts_on: date
    ends_on: date
    teachers_start_on: date | None = None
    teachers_end_on: date | None = None
    periods: Sequence[Span] = field(default_factory=tuple)
    closings: Sequence[Span] = field(default_factory=tuple)

    @property
    def missing(self) -> list[str]:
        """Return the tags of what has to be there and is not."""
        return [tag for tag in WORDS if not self.texts.get(tag)]


def read_common(*, uai: str, year: int) -> CommonData:
    """Read the common data of a year.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        CommonData: what is known.
    """
    return _read(year_of(uai=uai, year=year))


def save_common(*, uai: str, year: int, typed: CommonData, actor: str, at: datetime) -> bool:
    """Write the common data of a year as a person typed them.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        typed (CommonData): the data.
        actor (str): who does it.
        at (datetime): when, with its time zone.

    Returns:
        bool: whether anything differs; nothing is written otherwise.
    """
    check_bounds(year, typed.starts_on, typed.ends_on)
    for tag in typed.texts.keys() - TEXTS.keys():
        raise UnusableTextError(
            tag, f"« {tag} » n’est pas une donnée que l’on modifie : rechargez la page."
        )
    texts = {tag: _text(tag, typed.texts.get(tag, "")) for tag in TEXTS}
    _check_calendar(year, typed)
    with act(uai=uai, kind="common.save", actor=actor, at=at) as opened:
        row = writable_year(uai=uai, year=year)
        common = _written(row.common, texts, typed)
        changed = sorted(
            block for block in common if (common[block] or None) != (row.common.get(block) or None)
        )
        opened.facts |= {"year": year, "blocks": changed}
        bounds = (typed.starts_on, typed.ends_on)
        if not changed and bounds == (row.starts_on, row.ends_on):
            return False
        row.common, (row.starts_on, row.ends_on), row.act_id = common, bounds, opened.id
        row.save(update_fields=["common", "starts_on", "ends_on", "act_id"])
        reach(opened, Milestone.COMMON_CHANGED, year=year)
    return True


def verify_common(*, uai: str, year: int, actor: str, at: datetime) -> None:
    """Say that the common data of a year were read and are right, even when nothing changed.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who answers for them.
        at (datetime): when, with its time zone.

    Raises:
        CommonDataIncompleteError: if the address or the head is not there.
    """
    with act(uai=uai, kind="common.verify", actor=actor, at=at) as opened:
        found = _read(writable_year(uai=uai, year=year))
        if found.missing:
            raise CommonDataIncompleteError(found.missing)
        opened.facts |= {
            "year": year,
            "starts_on": found.starts_on.isoformat(),
            "ends_on": found.ends_on.isoformat(),
            "periods": len(found.periods),
            "closings": len(found.closings),
        }
        reach(opened, Milestone.COMMON_VERIFIED, year=year)


def _read(row: SchoolYear) -> CommonData:
    school: Mapping[str, Any] = row.common.get("UAJ") or {}
    own: Mapping[str, Any] = row.common.get("ANNEE_SCOLAIRE") or {}
    texts = {tag: str(school.get(tag, "")) for tag in TEXTS}
    if not texts["DENOM_PRINC"]:
        name = School.objects.filter(pk=row.uai).values_list("name", flat=True).first() or ""
        texts["DENOM_PRINC"] = name[: TEXTS["DENOM_PRINC"]].strip()
    return CommonData(
        texts=texts,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        teachers_start_on=_day(own.get("DATE_DEBUT_PROF") or own.get("DATE_DEB_PROF")),
        teachers_end_on=_day(own.get("DATE_FIN_PROF")),
        periods=_spans(row.common.get("PERIODES"), "LL_PERIODE", "CODE_PERIODE"),
        closings=_spans(row.common.get("FERMETURES"), "LL_MOTIF", "LC_MOTIF"),
    )


def _spans(kept: Any, *labels: str) -> tuple[Span, ...]:
    """Read spans; those without both days are left to the file that brought them."""
    found = []
    for one in kept or ():
        starts_on, ends_on = _day(one.get("DATE_DEBUT")), _day(one.get("DATE_FIN"))
        if starts_on and ends_on:
            label = next((one[name] for name in labels if one.get(name)), "")
            found.append(Span(label, starts_on, ends_on))
    return tuple(found)


def _day(said: Any) -> date | None:
    try:
        day, month, year = map(int, str(said).split("/"))
        return date(year, month, day)
    except ValueError:
        return None


def _text(tag: str, typed: str) -> str:
    text = " ".join(typed.split())
    if len(text) > TEXTS[tag]:
        raise UnusableTextError(tag, f"{TEXTS[tag]} caractères au plus : raccourcissez ce texte.")
    if tag == "CODE_POSTAL" and text and not (text.isdecimal() and len(text) == _POSTCODE):
        raise UnusableTextError(tag, "Un code postal a cinq chiffres : corrigez-le.")
    return text


def _check_calendar(year: int, typed: CommonData) -> None:
    first, last = typed.teachers_start_on, typed.teachers_end_on
    if first and last and first >= last:
        raise WrongCalendarError(
            "teachers", "Le dernier jour des enseignants vient après leur premier : corrigez-les."
        )
    for name, spans in (("periods", typed.periods), ("closings", typed.closings)):
        for span in spans:
            _check_span(name, span, year)
    # Terms follow one another; closings may be within one another.
    for one, following in pairwise(typed.periods):
        if following.starts_on <= one.ends_on:
            raise WrongCalendarError(
                "periods",
                f"« {following.label} » commence avant la fin de « {one.label} » : les périodes se suivent."
                " Corrigez leurs dates.",
            )


def _check_span(name: str, span: Span, year: int) -> None:
    if not span.label.strip():
        raise WrongCalendarError(name, "Chaque ligne du calendrier a un nom : donnez-le.")
    if span.ends_on < span.starts_on:
        raise WrongCalendarError(
            name, f"« {span.label} » finit avant de commencer : corrigez ses dates."
        )
    if not {span.starts_on.year, span.ends_on.year} <= {year, year + 1}:
        raise WrongCalendarError(
            name,
            f"« {span.label} » n’est pas dans l’année {school_year.label(year)} : corrigez ses dates.",
        )


def _written(
    kept: Mapping[str, Any], texts: Mapping[str, str], typed: CommonData
) -> dict[str, Any]:
    """Put what was typed into what is kept: tags that no page asks for stay."""
    school = {**(kept.get("UAJ") or {}), **texts}
    own = {
        **(kept.get("ANNEE_SCOLAIRE") or {}),
        "DATE_DEBUT_ELEVE": f"{typed.starts_on:{_DAY}}",
        "DATE_FIN_ELEVE": f"{typed.ends_on:{_DAY}}",
        "DATE_DEBUT_PROF": _said(typed.teachers_start_on),
        "DATE_FIN_PROF": _said(typed.teachers_end_on),
    }
    # The old spelling says the same as the one that is written.
    own = {tag: value for tag, value in own.items() if not tag.startswith("DATE_DEB_")}
    return {
        **kept,
        "UAJ": _filled(school),
        "ANNEE_SCOLAIRE": _filled(own),
        "PERIODES": _kept_spans(kept.get("PERIODES"), typed.periods, _period),
        "FERMETURES": _kept_spans(kept.get("FERMETURES"), typed.closings, _closing),
    }


def _kept_spans(kept: Any, typed: Sequence[Span], make: Any) -> list[dict[str, str]]:
    """Write spans; one whose name and days are those kept keeps all it came with."""
    before = {
        (label, one.get("DATE_DEBUT"), one.get("DATE_FIN")): one
        for one in kept or ()
        for label in (
            one.get("LL_PERIODE"),
            one.get("LL_MOTIF"),
            one.get("CODE_PERIODE"),
            one.get("LC_MOTIF"),
        )
        if label
    }
    return [
        before.get((span.label, _said(span.starts_on), _said(span.ends_on))) or make(span, rank)
        for rank, span in enumerate(typed, 1)
    ]


def _period(span: Span, rank: int) -> dict[str, str]:
    return {
        "CODE_PERIODE": f"P{rank}",
        "DATE_DEBUT": _said(span.starts_on),
        "DATE_FIN": _said(span.ends_on),
        "LL_PERIODE": span.label[:LONGEST_PERIOD],
        "INDICE": str(rank),
        "CODE_TYPE_PERIODE": _PERIOD_TYPE,
    }


def _closing(span: Span, _rank: int) -> dict[str, str]:
    return {
        "LC_MOTIF": span.label[:10],
        "LL_MOTIF": span.label[:LONGEST_CLOSING],
        "DATE_DEBUT": _said(span.starts_on),
        "DATE_FIN": _said(span.ends_on),
    }


def _said(day: date | None) -> str:
    return f"{day:{_DAY}}" if day else ""


def _filled(content: Mapping[str, str]) -> dict[str, str]:
    return {tag: value for tag, value in content.items() if value}
