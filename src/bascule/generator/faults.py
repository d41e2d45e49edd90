"""The catalogue of faults: for each rule of the import, a file that meets it, and nothing else.

A clean file meets no rule at all. How a fault spoils one is `spoiling`; those of the file itself are here,
the others with what they are about.
"""

from collections.abc import Iterable, Mapping

from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.generator.academy import one_school
from bascule.generator.faults_of_persons import FAULTS_OF_PERSONS
from bascule.generator.faults_of_pupils import FAULTS_OF_PUPILS
from bascule.generator.faults_of_years import FAULTS_OF_YEARS
from bascule.generator.population import Population, populate
from bascule.generator.school import teaching_year
from bascule.generator.spoiling import HEADER, PERSON, PUPIL, Fault, Sheet, Spoilt

#: The face of the catalogue: what a fault is comes with it.
__all__ = ["FAULTS", "HEADER", "PERSON", "PUPIL", "Fault", "Spoilt", "clean_population"]


def clean_population(year: int = 2026) -> Population:
    """Make the small school on which faults are shown: eighty pupils of a collège.

    Args:
        year (int): first calendar year.

    Returns:
        Population: it has what every fault needs.
    """
    return populate(teaching_year(one_school(80, seed=7), year))


def _unknown_element(sheet: Sheet) -> Iterable[Fields]:
    sheet.edits["</ELEVE>"] = "  <COULEUR_PREFEREE>bleu</COULEUR_PREFEREE>\n      </ELEVE>"
    return (sheet.header,)


def _odd_name(sheet: Sheet) -> Iterable[Fields]:
    sheet.name = "eleves de la rentree.xml"
    return (sheet.header,)


def _odd_version(sheet: Sheet) -> Iterable[Fields]:
    sheet.header["@VERSION"] = "2.0"
    return (sheet.header,)


_OF_THE_FILE = (
    Fault("INF_FICHI_A_01", Effect.NOTE, HEADER, _unknown_element),
    Fault("INF_FICHI_A_02", Effect.NOTE, HEADER, _odd_name),
    Fault("INF_FICHI_B_01", Effect.NOTE, HEADER, _odd_version),
)

#: Every fault, by the code of its rule.
FAULTS: Mapping[str, Fault] = {
    fault.code: fault
    for fault in (*_OF_THE_FILE, *FAULTS_OF_PERSONS, *FAULTS_OF_PUPILS, *FAULTS_OF_YEARS)
}
