"""What pupils are counted by: each dimension once, for cells, pivots, filters, exports and words alike."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from bascule.nomenclatures import lookup
from bascule.schools.models import School
from bascule.values.words import said as _


class Level(NamedTuple):
    """A level as people count: code, words, and the *dispositifs* that it gathers."""

    code: str
    label: str
    devices: tuple[str, ...]


#: Levels that gather several *dispositifs*; any other is a level of its own.
LEVELS: Final = (
    Level("6E", _("6e"), ("100", "164")),
    Level("5E", _("5e"), ("101", "165")),
    Level("4E", _("4e"), ("102", "166")),
    Level("3E", _("3e"), ("103", "167")),
    Level("2GT", _("2de générale et technologique"), ("200", "210", "220")),
    Level("1GT", _("1re générale et technologique"), ("201", "211", "221")),
    Level("TGT", _("terminale générale et technologique"), ("202", "212", "222")),
)
_LEVEL_SQL: Final = "CASE {} ELSE left(c.mef, 3) END".format(
    " ".join(
        "WHEN left(c.mef, 3) IN ({}) THEN '{}'".format(
            ", ".join(f"'{device}'" for device in level.devices), level.code
        )
        for level in LEVELS
    )
)


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that pupils are counted by.

    Attributes:
        code: in addresses and in exports; it stays.
        label: French.
        value: SQL, over a cell `c` and what is known of its MEF, `m`.
        words: gives the words of codes.
        needs_mefstat: whether its SQL reads what is known of the MEF.
        is_of_one_school: whether its codes mean something within one school only.
        rank: what puts codes in order.
        of_pupils: the filter of a school's list of pupils that says the same; blank for none.
    """

    code: str
    label: str
    value: str
    words: Callable[[Iterable[str]], Mapping[str, str]]
    needs_mefstat: bool = False
    is_of_one_school: bool = False
    rank: Callable[[str], tuple[int, str]] = lambda code: (0, code)
    of_pupils: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of a cell that its SQL reads."""
        read = frozenset(re.findall(r"\bc\.(\w+)", self.value))
        return read | {"mef"} if self.needs_mefstat else read


def _rank_of_level(code: str) -> tuple[int, str]:
    """Put the usual levels first, from the sixième up."""
    usual = [level.code for level in LEVELS]
    return (usual.index(code) if code in usual else len(usual), code)


def _table(name: str) -> Callable[[Iterable[str]], Mapping[str, str]]:
    return lambda _codes: lookup.labels(name)


def _fixed(words: Mapping[str, str]) -> Callable[[Iterable[str]], Mapping[str, str]]:
    return lambda _codes: words


def _schools(codes: Iterable[str]) -> Mapping[str, str]:
    return dict(School.objects.filter(pk__in=list(codes)).values_list("pk", "name"))


def _departments(codes: Iterable[str]) -> Mapping[str, str]:
    labels = lookup.labels("departement")
    return {code: labels.get(code, code.removeprefix("0")) for code in codes}


def _languages(codes: Iterable[str]) -> Mapping[str, str]:
    labels = lookup.labels("matiere")
    return {code: labels.get(f"{code}00", code).capitalize() for code in codes}


def _levels(codes: Iterable[str]) -> Mapping[str, str]:
    gathered = {level.code: level.label for level in LEVELS}
    labels = lookup.labels("dispositif_formation")
    return {code: gathered.get(code) or labels.get(code, code).capitalize() for code in codes}


def _same(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: code for code in codes}


def _years_old(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: f"{code} ans" for code in codes}


DIMENSIONS: Final = (
    Dimension("etablissement", _("Établissement"), "c.uai", _schools),
    Dimension("departement", _("Département"), "left(c.uai, 3)", _departments),
    Dimension("niveau", _("Niveau"), _LEVEL_SQL, _levels, rank=_rank_of_level),
    Dimension("mef", _("Formation (MEF)"), "c.mef", _table("mef"), of_pupils="mef"),
    Dimension("mefstat4", _("MEFSTAT 4"), "left(coalesce(m.mefstat, ''), 4)", _same, needs_mefstat=True),
    Dimension("mefstat11", _("MEFSTAT 11"), "coalesce(m.mefstat, '')", _same, needs_mefstat=True),
    Dimension(
        "division", _("Division"), "c.division", _same, is_of_one_school=True, of_pupils="division"
    ),
    Dimension("contrat", _("Contrat de la division"), "c.contract", _table("type_contrat_division")),
    Dimension(
        "sexe", _("Sexe"), "c.sex", _fixed({"1": _("garçons"), "2": _("filles")}), of_pupils="sexe"
    ),
    Dimension("age", _("Âge au 31 décembre"), "c.age::text", _years_old),
    Dimension("regime", _("Régime"), "c.regime", _table("regime"), of_pupils="regime"),
    Dimension("statut", _("Statut"), "c.status", _table("statut_eleve")),
    Dimension(
        "doublant", _("Doublement"), "c.repeating", _fixed({"O": _("oui"), "N": _("non")})
    ),
    Dimension("lv1", _("Langue vivante 1"), "c.language1", _languages),
    Dimension("lv2", _("Langue vivante 2"), "c.language2", _languages),
    Dimension("motif", _("Motif de sortie"), "c.exit_reason", _table("motif_sortie")),
)  # fmt: skip
BY_CODE: Final[Mapping[str, Dimension]] = MappingProxyType({one.code: one for one in DIMENSIONS})

#: A column of a cell: what makes it of a line `r` of the base, in the year of a school `y`.
CELL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mef": "coalesce(r.mef, '')",
        "division": "coalesce(r.division, '')",
        "contract": "coalesce(d.contract, '')",
        "sex": "coalesce(r.sex, '')",
        # On 31 December, whoever was born in a year has the same age.
        "age": "r.year - extract(year FROM r.birth_date)::int",
        "regime": "coalesce(r.regime, '')",
        "status": "coalesce(r.status, '')",
        "repeating": "CASE WHEN r.is_repeating THEN 'O' WHEN NOT r.is_repeating THEN 'N' ELSE '' END",
        "language1": "coalesce(l.first, '')",
        "language2": "coalesce(l.second, '')",
        "entered_on": "CASE WHEN r.entered_on > coalesce(y.starts_on, make_date(r.year, 9, 1)) THEN r.entered_on END",
        "left_on": "r.left_on",
        "exit_reason": "coalesce(r.exit_reason, '')",
    }
)
_BROADEST: Final = ("mef", "sex", "entered_on", "left_on", "exit_reason")
#: The columns of broad cells, by grain, the broadest first: a table that asks nothing else reads that many fewer.
GRAINS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "b": _BROADEST,
        "l": (*_BROADEST, "language1", "language2"),
        "p": (*_BROADEST, "contract", "age", "regime", "status", "repeating"),
    }
)


def level_of(mef: str) -> str:
    """Tell the level of a MEF, as the dimension of levels does.

    Args:
        mef (str): eleven characters, or none.

    Returns:
        str: code of the level.
    """
    device = mef[:3]
    return next((level.code for level in LEVELS if device in level.devices), device)
