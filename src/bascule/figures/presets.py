"""Tables that have the columns of those that the Ministry publishes, one line for each school."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from bascule.figures.pivot import count_by
from bascule.figures.protection import Sum
from bascule.schools.models import School
from bascule.values.words import said as _

#: A pupil's place: MEF, MEFSTAT, sex, languages 1 and 2.
_Place = tuple[str, str, str, str, str]
_BY: Final = ("mef", "mefstat11", "sexe", "lv1", "lv2")
_BOYS, _GIRLS = "1", "2"

#: First digits of the subjects of a language.
_LANGUAGES: Final = {"allemand": "0301", "anglais": "0302", "espagnol": "0306", "italien": "0309"}
_FIRST = ("allemand", "anglais", "espagnol")
_SECOND = ("allemand", "anglais", "espagnol", "italien")
#: Levels of a collège: *dispositif*, and that of SEGPA.
_COLLEGE: Final = (
    ("6eme", "100", "164"),
    ("5eme", "101", "165"),
    ("4eme", "102", "166"),
    ("3eme", "103", "167"),
)
#: Fifth to seventh digit of MEFSTAT of each technological series; the general one is on its own.
_SERIES: Final = ("sti2d", "stl", "stmg", "st2s", "std2a")
_MARKS: Final = {"sti2d": "C", "stl": "3", "stmg": "2", "st2s": "4", "std2a": "B"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column that counts.

    Attributes:
        name: as published.
        counts: whether it counts a pupil of a place.
    """

    name: str
    counts: Callable[[_Place], bool]


@dataclass(frozen=True, slots=True)
class Preset:
    """A table.

    Attributes:
        code: in addresses.
        label: French.
        lead: columns before the counts.
        columns: counts.
        sums: columns of which one is the sum of others.
        is_long: whether each line is a school and a code, with one count.
    """

    code: str
    label: str
    lead: tuple[str, ...]
    columns: tuple[Column, ...]
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    is_long: bool = False


def _of(*devices: str) -> Callable[[_Place], bool]:
    return lambda place: place[0][:3] in devices


def _both(*tests: Callable[[_Place], bool]) -> Callable[[_Place], bool]:
    return lambda place: all(test(place) for test in tests)


def _sex(code: str) -> Callable[[_Place], bool]:
    return lambda place: place[2] == code


def _language(rank: int, code: str) -> Callable[[_Place], bool]:
    return lambda place: place[2 + rank] == code


def _other_language(rank: int, names: Iterable[str]) -> Callable[[_Place], bool]:
    named = {_LANGUAGES[name] for name in names}
    return lambda place: bool(place[2 + rank]) and place[2 + rank] not in named


def _is_ulis(place: _Place) -> bool:
    # Since 2015 a pupil of an ULIS is in the MEF of its level: only the older MEF says it.
    return place[0].startswith("106")


def _college() -> tuple[tuple[Column, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    levels = tuple(device for _, *devices in _COLLEGE for device in devices)
    columns = [
        Column("total", lambda place: place[0][:3] in levels or _is_ulis(place)),
        Column("segpa", _of(*(segpa for _, _, segpa in _COLLEGE))),
        Column("ulis", _is_ulis),
    ]
    sums: list[tuple[str, tuple[str, ...]]] = [
        ("total", tuple(f"{name}_total" for name, _, _ in _COLLEGE)),
        ("segpa", tuple(f"{name}_segpa" for name, _, _ in _COLLEGE)),
        ("ulis", tuple(f"{name}_ulis" for name, _, _ in _COLLEGE)),
    ]
    for name, device, segpa in _COLLEGE:
        here = _of(device, segpa)
        columns += [
            Column(f"{name}_total", here),
            Column(f"{name}_hors_segpa_hors_ulis", _of(device)),
            Column(f"{name}_segpa", _of(segpa)),
            Column(f"{name}_ulis", lambda _place: False),
            Column(f"{name}_filles", _both(here, _sex(_GIRLS))),
            # So it is published, with an s too many.
            Column(f"{name}s_garcons", _both(here, _sex(_BOYS))),
        ]
        for rank, names in ((1, _FIRST), (2, _SECOND)):
            columns += [
                Column(f"{name}_lv{rank}_{one}", _both(here, _language(rank, _LANGUAGES[one])))
                for one in names
            ]
            columns.append(
                Column(f"{name}_lv{rank}_autres", _both(here, _other_language(rank, names)))
            )
        sums += [
            (f"{name}_total", (f"{name}_hors_segpa_hors_ulis", f"{name}_segpa", f"{name}_ulis")),
            (f"{name}_total", (f"{name}_filles", f"{name}s_garcons")),
            (f"{name}_total", tuple(f"{name}_lv1_{one}" for one in (*_FIRST, "autres"))),
            (f"{name}_total", tuple(f"{name}_lv2_{one}" for one in (*_SECOND, "autres"))),
        ]
    return tuple(columns), tuple(sums)


def _serie(mark: str) -> Callable[[_Place], bool]:
    return lambda place: place[1][5:6] == mark


def _speciality(code: str) -> Callable[[_Place], bool]:
    """Tell hotels (334) from music and dance (133), whose series have the same mark."""
    return lambda place: place[0][3:6] == code


def _lycee() -> tuple[tuple[Column, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    columns = [Column("total", _of("200", "201", "202", "210", "211", "212", "220", "221", "222"))]
    sums: list[tuple[str, tuple[str, ...]]] = []

    def by_sex(name: str, test: Callable[[_Place], bool]) -> None:
        columns.extend(
            (
                Column(name, test),
                Column(f"{name}_filles", _both(test, _sex(_GIRLS))),
                Column(f"{name}_garcons", _both(test, _sex(_BOYS))),
            )
        )
        sums.append((name, (f"{name}_filles", f"{name}_garcons")))

    by_sex("2ndes_gt", _of("200"))
    columns += [
        Column("2ndes_sthr", _both(_of("210"), _speciality("334"))),
        Column("2ndes_tmd", _both(_of("210"), _speciality("133"))),
        Column("2ndes_bt", _of("220")),
    ]
    parts = ["2ndes_gt", "2ndes_sthr", "2ndes_tmd", "2ndes_bt"]
    for name, general, technological, bt in (
        ("1eres", "201", "211", "221"),
        ("terminales", "202", "212", "222"),
    ):
        by_sex(f"{name}_g", _of(general))
        for one in _SERIES:
            by_sex(f"{name}_{one}", _both(_of(technological), _serie(_MARKS[one])))
        columns += [
            Column(f"{name}_sthr", _both(_of(technological), _speciality("334"))),
            Column(f"{name}_tmd", _both(_of(technological), _speciality("133"))),
            Column(f"{name}_bt", _of(bt)),
        ]
        parts += [f"{name}_{one}" for one in ("g", *_SERIES, "sthr", "tmd", "bt")]
    return tuple(columns), (("total", tuple(parts)), *sums)


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "colleges": Preset(
            "colleges",
            _("Collèges : niveaux, SEGPA, ULIS, sexe, langues"),
            ("uai", "annee", "patronyme", "commune", "code_departement"),
            *_college(),
        ),
        "lycees-gt": Preset(
            "lycees-gt",
            _("Lycées généraux et technologiques : niveaux et séries"),
            ("uai", "annee", "denomination", "patronyme", "commune", "departement"),
            *_lycee(),
        ),
        "voie-pro": Preset(
            "voie-pro",
            _("Voie professionnelle : MEFSTAT 11"),
            ("annee", "uai", "mefstat11"),
            (Column("effectif", lambda place: place[1][:2] in {"23", "32"}),),
            is_long=True,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A preset with its figures.

    Attributes:
        heads: all columns.
        leads: of each line, what comes before the counts.
        figures: by line and column.
        sums: what anybody may add up.
    """

    heads: tuple[str, ...]
    leads: tuple[tuple[str, ...], ...]
    figures: dict[tuple[str, str], int]
    sums: tuple[Sum, ...]


def fill(*, preset: Preset, year: int, day: date, uais: Sequence[str]) -> Filled:
    """Fill a preset.

    Args:
        preset (Preset): the table.
        year (int): first calendar year.
        day (date): on which pupils are present.
        uais (Sequence[str]): the schools in sight.

    Returns:
        Filled: a line for each school that has anybody to count.
    """
    places: dict[str, Counter[_Place]] = {}
    for key, count in count_by(year=year, day=day, by=("etablissement", *_BY), uais=uais).items():
        places.setdefault(key[0], Counter())[key[1], key[2], key[3], key[4], key[5]] += count
    names = dict(School.objects.filter(pk__in=list(places)).values_list("pk", "name"))
    leads: list[tuple[str, ...]] = []
    figures: dict[tuple[str, str], int] = {}
    sums: list[Sum] = []
    for uai in sorted(places):
        if preset.is_long:
            found = Counter[str]()
            for place, count in places[uai].items():
                if preset.columns[0].counts(place):
                    found[place[1]] += count
            for code in sorted(found):
                leads.append((str(year), uai, code))
                figures[f"{uai} {code}", preset.columns[0].name] = found[code]
            continue
        counts = {
            column.name: sum(n for place, n in places[uai].items() if column.counts(place))
            for column in preset.columns
        }
        if not counts["total"]:
            continue
        given = {
            "uai": uai, "annee": str(year), "patronyme": names.get(uai, ""), "denomination": "", "commune": "",
            "code_departement": uai[:3], "departement": uai[:3],
        }  # fmt: skip
        leads.append(tuple(given[name] for name in preset.lead))
        figures |= {(uai, name): count for name, count in counts.items()}
        sums += [
            Sum((uai, total), tuple((uai, part) for part in parts))
            for total, parts in preset.sums
            if counts[total] == sum(counts[part] for part in parts)
        ]
    return Filled(
        (*preset.lead, *(column.name for column in preset.columns)),
        tuple(leads),
        figures,
        tuple(sums),
    )
