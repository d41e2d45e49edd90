"""What the fictional schools teach: real MEF and subjects, with programmes near today's.

The programmes are illustrative, not official: the national table of programmes is not public. MEF
codes are those of the years from 2022 on; those of the collège are good for 2009 too.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

#: Code de gestion of each subject that may be an option: last year's options are given by it.
MNEMONICS: dict[str, str] = {
    "010500": "HLPHI", "020300": "LCALA", "020400": "LCAGR", "030101": "ALL1", "030102": "ALL2",
    "030201": "AGL1", "030202": "AGL2", "030402": "CHI2", "030601": "ESP1", "030602": "ESP2",
    "030902": "ITA2", "043900": "HGGSP", "050700": "SES", "061300": "MATHS", "062300": "PH-CH",
    "062900": "SVT", "074700": "NSINF", "083200": "MUSIQ", "090100": "A-PLA", "278500": "THEAT",
    "285200": "CI-AV", "436800": "MAGES", "480300": "MATCO", "480400": "MATEX",
}  # fmt: skip


class Pack(NamedTuple):
    """A set of compulsory options that go together.

    Attributes:
        subjects: one subject for each rank of the course.
        before: codes de gestion of the options of the year before.
    """

    subjects: tuple[str, ...]
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A MEF and its programme.

    Attributes:
        mef: eleven characters.
        formation: short name, six characters at most.
        age: age most pupils reach in the calendar year in which the school year starts.
        core: subjects that all take, with weekly hours.
        packs: sets of compulsory options; drawn from with equal chances.
        hours: weekly hours of each compulsory option.
        extras: optional subjects, with the share (0 to 1) of pupils who take each.
        before: MEF of the year before, the most frequent first.
    """

    mef: str
    formation: str
    age: int
    core: tuple[tuple[str, float], ...]
    packs: tuple[Pack, ...]
    hours: float
    extras: tuple[tuple[str, float], ...]
    before: tuple[str, ...]

    @property
    def option_count(self) -> int:
        """Return how many compulsory options the course asks for."""
        return len(self.packs[0].subjects)

    @property
    def ranks(self) -> tuple[tuple[str, ...], ...]:
        """Return the subjects allowed at each rank, from the first."""
        return tuple(
            tuple(sorted({pack.subjects[rank] for pack in self.packs}))
            for rank in range(self.option_count)
        )


@dataclass(frozen=True, slots=True)
class Level:
    """The courses whose pupils share divisions.

    Attributes:
        short: what division codes start with, three characters at most.
        label: what division labels start with.
        courses: each as often as pupils choose it.
        division_size: pupils in a full division.
        weight: share of the school's pupils, against its other levels.
        is_entry: whether pupils mostly come from another school.
    """

    short: str
    label: str
    courses: tuple[Course, ...]
    division_size: int
    weight: float
    is_entry: bool


CM2 = "00310002220"
#: MEF that schools know only as courses pupils come from.
ORIGIN_ONLY = (
    CM2,
    "00310002210",
    "16610002110",
    "10310031110",
    "24731211310",
    "20010018110",
    "10310019110",
)

_ENGLISH, _GERMAN, _SPANISH = "030201", "030101", "030601"
_SECOND = {
    _ENGLISH: ("030602", "030602", "030602", "030602", "030102", "030902", "030402"),
    _GERMAN: ("030202",),
    _SPANISH: ("030202",),
}
_FIRST = (*(_ENGLISH,) * 9, _GERMAN, _SPANISH)


def _packs(
    specialities: tuple[tuple[str, ...], ...] = ((),), *, known: int = 2
) -> tuple[Pack, ...]:
    """Combine languages and specialities; `known` languages were learnt the year before."""
    languages = [(first, second) for first in _FIRST for second in _SECOND[first]]
    return tuple(
        Pack((*pair, *chosen), tuple(MNEMONICS[subject] for subject in pair[:known]))
        for pair in languages
        for chosen in specialities
    )


_COLLEGE_CORE = (
    ("020700", 4.5), ("061300", 3.5), ("043700", 3.0), ("043800", 0.5), ("062900", 1.5), ("062300", 1.5),
    ("070800", 1.5), ("090100", 1.0), ("081300", 1.0), ("100100", 3.0),
)  # fmt: skip
_LYCEE_CORE = (("020700", 4.0), ("043700", 3.0), ("043800", 0.5), ("100100", 2.0))
_LYCEE_EXTRAS = (("020300", 0.05), ("083200", 0.04), ("278500", 0.05), ("285200", 0.03))
_LP_CORE = (
    ("071000", 12.0), ("075000", 2.0), ("023500", 3.5), ("043800", 0.5), ("068500", 3.0), ("383400", 1.0),
    ("278300", 1.0), ("100100", 2.5), ("006600", 2.0), ("008400", 0.0),
)  # fmt: skip

_SPECIALITIES = ("061300", "062300", "062900", "050700", "043900", "074700", "010500")
_TRIPLES = tuple(combinations(_SPECIALITIES, 3))
_PAIRS = tuple(combinations(_SPECIALITIES, 2))
_ONE_LANGUAGE = (
    *(Pack((_ENGLISH,), ("AGL1",)),) * 9,
    Pack((_GERMAN,), ("ALL1",)),
    Pack((_SPANISH,), ("ESP1",)),
)

SIXTH = Course(
    "10010012110", "6EME", 11, _COLLEGE_CORE,
    tuple(Pack(pack.subjects, ()) for pack in _ONE_LANGUAGE), 4.0, (), (CM2,),
)  # fmt: skip
SIXTH_BILINGUAL = Course(
    "10010027110", "6E BC", 11, _COLLEGE_CORE,
    (Pack((_ENGLISH, "030102"), ()), Pack((_ENGLISH, "030602"), ())), 3.0, (), (CM2,),
)  # fmt: skip
FIFTH = Course(
    "10110001110",
    "5EME",
    12,
    _COLLEGE_CORE,
    _packs(known=1),
    2.75,
    (("020300", 0.18),),
    (SIXTH.mef,),
)
FOURTH = Course(
    "10210001110", "4EME", 13, _COLLEGE_CORE, _packs(), 2.75, (("020300", 0.16),), (FIFTH.mef,)
)
THIRD = Course(
    "10310019110", "3EME", 14, _COLLEGE_CORE, _packs(), 2.75,
    (("020300", 0.14), ("020400", 0.03)), (FOURTH.mef,),
)  # fmt: skip

SECOND = Course(
    "20010018110", "2-GT", 15,
    (*_LYCEE_CORE, ("061300", 4.0), ("062300", 3.0), ("062900", 1.5), ("050700", 1.5), ("074600", 1.5)),
    _packs(), 2.75, (*_LYCEE_EXTRAS, ("436800", 0.12)), (THIRD.mef,),
)  # fmt: skip
FIRST_GENERAL = Course(
    "20110019110", "1G", 16, (*_LYCEE_CORE, ("065300", 2.0)), _packs(_TRIPLES), 4.0, _LYCEE_EXTRAS,
    (SECOND.mef,),
)  # fmt: skip
LAST_GENERAL = Course(
    "20210019110", "TG", 17,
    (("010300", 4.0), ("043700", 3.0), ("043800", 0.5), ("100100", 2.0), ("065300", 2.0)),
    _packs(_PAIRS), 6.0, (*_LYCEE_EXTRAS, ("480300", 0.2), ("480400", 0.1)), (FIRST_GENERAL.mef,),
)  # fmt: skip
FIRST_STMG = Course(
    "21131016110", "1-STMG", 16, (*_LYCEE_CORE, ("061300", 3.0), ("366800", 4.0), ("436700", 7.0)),
    _packs(), 2.0, (), (SECOND.mef,),
)  # fmt: skip
LAST_STMG_MARKETING = Course(
    "21231018110", "T-STMG", 17, (("010300", 2.0), ("061300", 3.0), ("366800", 6.0), ("347200", 10.0)),
    _packs(), 2.0, (), (FIRST_STMG.mef,),
)  # fmt: skip
LAST_STMG_FINANCE = Course(
    "21231017110", "T-STMG", 17, (("010300", 2.0), ("061300", 3.0), ("366800", 6.0), ("435500", 10.0)),
    _packs(), 2.0, (), (FIRST_STMG.mef,),
)  # fmt: skip
FIRST_ST2S = Course(
    "21133104110", "1-ST2S", 16, (*_LYCEE_CORE, ("061300", 3.0), ("480500", 3.0), ("305100", 7.0)),
    _packs(), 2.0, (), (SECOND.mef,),
)  # fmt: skip
LAST_ST2S = Course(
    "21233104110", "T-ST2S", 17, (("010300", 2.0), ("061300", 3.0), ("480500", 5.0), ("305100", 8.0)),
    _packs(), 2.0, (), (FIRST_ST2S.mef,),
)  # fmt: skip


_CAP_CORE = (
    ("071000", 12.0), ("075000", 3.0), ("023500", 1.5), ("061300", 1.5), ("278300", 1.0), ("100100", 2.5),
)  # fmt: skip


def _pro(mef: str, formation: str, age: int, *before: str) -> Course:
    core = _CAP_CORE if formation.endswith("CAP2") else _LP_CORE
    return Course(mef, formation, age, core, _ONE_LANGUAGE, 2.0, (), before)


CARE_2 = _pro("24733007310", "2NDPRO", 15, THIRD.mef)
CARE_1 = _pro("24733007320", "1ERPRO", 16, CARE_2.mef)
CARE_T = _pro("24733007330", "TLEPRO", 17, CARE_1.mef)
OFFICE_2 = _pro("24730004310", "2NDPRO", 15, THIRD.mef)
OFFICE_1 = _pro("24730004320", "1ERPRO", 16, OFFICE_2.mef)
OFFICE_T = _pro("24730004330", "TLEPRO", 17, OFFICE_1.mef)
WELCOME_2 = _pro("24731212310", "2NDPRO", 15, THIRD.mef)
WELCOME_1 = _pro("24731212320", "1ERPRO", 16, WELCOME_2.mef)
WELCOME_T = _pro("24731212330", "TLEPRO", 17, WELCOME_1.mef)
CAP_CHILDREN_1 = _pro("24133205210", "1CAP2", 15, THIRD.mef)
CAP_CHILDREN_2 = _pro("24133205220", "2CAP2", 16, CAP_CHILDREN_1.mef)
CAP_SHOP_1 = _pro("24131224210", "1CAP2", 15, THIRD.mef)
CAP_SHOP_2 = _pro("24131224220", "2CAP2", 16, CAP_SHOP_1.mef)

COLLEGE_LEVELS = (
    Level("6", "SIXIEME", (*(SIXTH,) * 8, SIXTH_BILINGUAL), 28, 1.0, is_entry=True),
    Level("5", "CINQUIEME", (FIFTH,), 28, 1.0, is_entry=False),
    Level("4", "QUATRIEME", (FOURTH,), 28, 1.0, is_entry=False),
    Level("3", "TROISIEME", (THIRD,), 28, 1.0, is_entry=False),
)
LYCEE_LEVELS = (
    Level("2GT", "SECONDE GT", (SECOND,), 33, 1.0, is_entry=True),
    Level("1G", "PREMIERE G", (FIRST_GENERAL,), 33, 0.72, is_entry=False),
    Level("1T", "PREMIERE TECHNO", (FIRST_STMG, FIRST_STMG, FIRST_ST2S), 32, 0.25, is_entry=False),
    Level("TG", "TERMINALE G", (LAST_GENERAL,), 33, 0.68, is_entry=False),
    Level(
        "TT", "TERMINALE TECHNO", (LAST_STMG_MARKETING, LAST_STMG_FINANCE, LAST_ST2S), 32, 0.24,
        is_entry=False,
    ),
)  # fmt: skip
LP_LEVELS = (
    Level("2SA", "2DE PRO ASSP", (CARE_2,), 24, 1.0, is_entry=True),
    Level("1SA", "1RE PRO ASSP", (CARE_1,), 24, 0.9, is_entry=False),
    Level("TSA", "TLE PRO ASSP", (CARE_T,), 24, 0.85, is_entry=False),
    Level("2TR", "SECONDE PRO", (OFFICE_2, WELCOME_2), 24, 1.0, is_entry=True),
    Level("1TR", "PREMIERE PRO", (OFFICE_1, WELCOME_1), 24, 0.9, is_entry=False),
    Level("TTR", "TERMINALE PRO", (OFFICE_T, WELCOME_T), 24, 0.85, is_entry=False),
    Level("1CP", "CAP 1RE ANNEE", (CAP_CHILDREN_1, CAP_SHOP_1), 20, 0.5, is_entry=True),
    Level("2CP", "CAP 2E ANNEE", (CAP_CHILDREN_2, CAP_SHOP_2), 20, 0.45, is_entry=False),
)

COURSES: dict[str, Course] = {
    course.mef: course
    for level in (*COLLEGE_LEVELS, *LYCEE_LEVELS, *LP_LEVELS)
    for course in level.courses
}
