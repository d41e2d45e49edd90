"""The pupils of the demonstration, and the three files that their school sends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from string import ascii_uppercase, digits
from typing import Any

from bascule.formats.official_names import private_import_name
from bascule.generator.courses import COURSES
from bascule.generator.files import MadeFile, private_bytes, private_file, private_records
from bascule.generator.population import LEGAL, Population, Pupil, populate
from bascule.generator.school import Division, TeachingYear

#: Pupils whom the school put into a division that nobody created.
_MOVED = 4
_VERSION = "3.1"
#: How some schools end the code of a division that is taught from the first term on.
_PERIOD = "P1"
_FORCED_REGIME = "0"
_EXIT_REASON, _STRANGE_EXIT_REASON = "10", "98"


class Cast:
    """The pupils of the story, and the three files of their school.

    Args:
        teaching (TeachingYear): the school's year.
        now (datetime): when the story is played, local time.

    Attributes:
        division: the division that nobody created yet.
        moved: the pupils whom the school put there.
    """

    def __init__(self, teaching: TeachingYear, now: datetime) -> None:
        self._teaching = teaching
        population = populate(teaching, on=now.date())
        first = teaching.divisions[0]
        self.division = _next_code(first, {division.code for division in teaching.divisions})
        seated = [pupil for pupil in population.present if pupil.division == first.code]
        self.moved = [replace(pupil, division=self.division) for pupil in seated[-_MOVED:]]
        taken = {pupil.id for pupil in self.moved}
        others = [pupil for pupil in population.present if pupil.id not in taken]
        left_on = max(others[0].entered_on, now.date())
        self._leaver = replace(
            others[0], left_on=left_on, ends_on=left_on, exit_reason=_EXIT_REASON
        )
        self._others = others[1:]
        self._true = _with(population, *self.moved, self._leaver)

    def faulty_file(self, at: datetime, number: int) -> MadeFile:
        """Make the first file: true, but for the faults that schools make.

        Args:
            at (datetime): when it is made.
            number (int): its number among what the school sent.

        Returns:
            MadeFile: the file.
        """
        records = list(private_records(self._true, version=_VERSION, at=at, send_number=number))
        by_id: dict[str, Any] = {
            str(record.fields["ID_PRV_ELE"]): record.fields
            for record in records
            if record.tag == "ELEVE"
        }
        by_id[str(self._leaver.id)]["CODE_MOTIF_SORTIE"] = _STRANGE_EXIT_REASON
        person = next(record for record in records if record.tag == "PERSONNE")
        del person.fields["COMMUNICATION_ADRESSE"]
        spare = [by_id[str(pupil.id)] for pupil in self._others]
        numbered = _take(spare, lambda fields: "INE_BEA" in fields)
        numbered["ID_NATIONAL"] = _with_wrong_key(numbered["INE_BEA"])
        elsewhere = _take(spare, lambda fields: "CODE_MEF" in fields["ETABLISSEMENT_AN_DERNIER"])
        elsewhere["ETABLISSEMENT_AN_DERNIER"]["CODE_MEF"] = self._strange_mef()
        # The régime forced when none is given must differ from the true one, or nothing is corrected.
        del _take(spare, lambda fields: fields["CODE_REGIME"] != _FORCED_REGIME)["CODE_REGIME"]
        one, other = spare[:2]
        other["ID_PRV_ELE"] = one["ID_PRV_ELE"]
        name = private_import_name(self._teaching.school.uai, self._teaching.year, at)
        return MadeFile(f"{name}.xml", private_bytes(records, _VERSION))

    def corrected_file(self, at: datetime, number: int) -> MadeFile:
        """Make the second file: true.

        Args:
            at (datetime): when it is made.
            number (int): its number among what the school sent.

        Returns:
            MadeFile: the file.
        """
        return private_file(self._true, version=_VERSION, at=at, send_number=number)

    def third_file(self, at: datetime, number: int) -> MadeFile:
        """Make the third file: a guardian fewer, a pupil elsewhere.

        Args:
            at (datetime): when it is made.
            number (int): its number among what the school sent.

        Returns:
            MadeFile: the file.
        """
        places = {
            division.code: [
                other.code
                for other in self._teaching.divisions
                if other.code != division.code and other.mefs == division.mefs
            ]
            for division in self._teaching.divisions
        }
        spare = list(self._others)
        child = _take(spare, lambda pupil: sum(link.level == LEGAL for link in pupil.links) > 1)
        last = max(rank for rank, link in enumerate(child.links) if link.level == LEGAL)
        links = (*child.links[:last], *child.links[last + 1 :])
        mover = _take(spare, lambda pupil: places[pupil.division])
        later = _with(
            self._true,
            replace(child, links=links),
            replace(mover, division=places[mover.division][0]),
        )
        return private_file(later, version=_VERSION, at=at, send_number=number)

    def _strange_mef(self) -> str:
        """Find a MEF that is none of those the school knows, now or for last year."""
        return next(mef for mef in COURSES if mef not in self._teaching.origin_mefs)


def _with(population: Population, *changed: Pupil) -> Population:
    by_id = {pupil.id: pupil for pupil in changed}
    pupils = [by_id.get(pupil.id, pupil) for pupil in population.pupils]
    return Population(population.teaching, population.persons, pupils)


def _take(spare: list[Any], suits: Callable[[Any], object]) -> Any:
    """Take the first that suits out of a list."""
    return spare.pop(next(rank for rank, one in enumerate(spare) if suits(one)))


def _next_code(division: Division, taken: set[str]) -> str:
    """Name one more division of a level, as the school names them (`6 D`, `604`, `604P1`)."""
    tail = _PERIOD if division.code.endswith(_PERIOD) else ""
    stem = division.code.removesuffix(tail)
    marks = ascii_uppercase if stem[-1].isalpha() else digits
    codes = (f"{stem[:-1]}{mark}{tail}" for mark in marks if mark > stem[-1])
    return next((code for code in codes if code not in taken), f"{stem[:-1]}BIS")


def _with_wrong_key(number: str) -> str:
    return number[:-1] + ("A" if number[-1] != "A" else "B")
