"""How a fault is planted: the sheet of a clean file, what spoils it, and the file that comes of it.

A fault spoils exactly one thing, and says which record must be found out (or which records, where a rule
blames several alike). Rules that look at the stored pupils need two files: the first one, clean, is
imported before.
"""

import io
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from bascule.findings import Effect
from bascule.formats.import_eleves.description import ANY_VERSION
from bascule.formats.official_names import private_import_name
from bascule.formats.record import Fields, Record
from bascule.formats.xml_writer import write
from bascule.generator.courses import COURSES
from bascule.generator.files import MadeFile, private_records
from bascule.generator.population import Population
from bascule.generator.school import TeachingYear

PUPIL, PERSON, HEADER = "ELEVE", "PERSONNE", "PARAMETRES"
UNREADABLE = "peut-être"
BASE_ID = "4200000042"
NUMBERS = ("ID_NATIONAL", "INE_BEA", "INE_RNIE")
#: Numbers that no fictional pupil has.
FREE_INE, FREE_BEA = 999_999_000, 9_999_999_000


class Spoilt(NamedTuple):
    """A file that meets one rule.

    Attributes:
        code: the rule.
        effect: what the import does with it.
        tag: the records to be found out: `PERSONNE`, `ELEVE`, or `PARAMETRES` for the whole file.
        ranks: their ranks among their kind, from 1; one finding for each.
        first: the clean file to import before, when the rule looks at stored pupils.
        file: the file that meets the rule.
        base_person: private id of a person of the first file: the number that the base gave to it must
            be put into the file with `with_base_id`. None for all rules but one.
    """

    code: str
    effect: Effect
    tag: str
    ranks: tuple[int, ...]
    first: MadeFile | None
    file: MadeFile
    base_person: int | None = None

    def with_base_id(self, number: int) -> "Spoilt":
        """Put into the file the number that the base gave to `base_person`.

        Args:
            number (int): digits, at most ten.

        Returns:
            Spoilt: the same, its file complete.
        """
        content = self.file.content.replace(BASE_ID.encode(), str(number).encode())
        return self._replace(file=self.file._replace(content=content))


@dataclass(frozen=True, slots=True)
class Fault:
    """How to meet one rule.

    Attributes:
        code: the rule.
        effect: what the import does with it.
        tag: the records that are found out.
        spoil: spoils a sheet; returns the records to be found out.
        version: version of the file.
        needs_first: whether a clean file must be imported before.
    """

    code: str
    effect: Effect
    tag: str
    spoil: "Spoil"
    version: str = "3.1"
    needs_first: bool = False

    def plant(self, population: Population, *, at: datetime) -> Spoilt:
        """Make a file that meets the rule.

        Args:
            population (Population): a school's population, clean; twenty pupils are enough.
            at (datetime): when the file is made; the one before it is a day older.

        Returns:
            Spoilt: the file, and what must be found in it. A population without any record that can
                meet the rule is a `LookupError`.
        """
        records = private_records(population, version=self.version, at=at, send_number=2)
        before = (
            private_records(population, version=self.version, at=at) if self.needs_first else ()
        )
        sheet = Sheet(population.teaching, list(records), list(before))
        guilty = list(self.spoil(sheet))
        ranks = tuple(sheet.rank_of(self.tag, fields) for fields in guilty)
        file = MadeFile(sheet.name or sheet.official_name(at), sheet.content())
        first = sheet.first_file(at - timedelta(days=1)) if self.needs_first else None
        return Spoilt(self.code, self.effect, self.tag, ranks, first, file, sheet.base_person)


class Sheet:
    """The records of a file while one of them is being spoilt.

    Args:
        teaching (TeachingYear): the school's year.
        records (list[Record]): the records of a clean file, to be spoilt.
        first (list[Record]): those of the file imported before; empty when there is none.

    Attributes:
        header: the header.
        persons: the content of each `PERSONNE`.
        pupils: the content of each `ELEVE`.
        first_pupils: the same in the file imported before; clean until they are touched.
        first_persons: the same.
        name: name of the file, when it is not the official one.
        edits: texts replaced once in the bytes.
        base_person: see `Spoilt`.
    """

    def __init__(self, teaching: TeachingYear, records: list[Record], first: list[Record]) -> None:
        self.teaching = teaching
        self.header = records[0].fields
        self.persons = _contents(records, PERSON)
        self.pupils = _contents(records, PUPIL)
        self.first_persons = _contents(first, PERSON)
        self.first_pupils = _contents(first, PUPIL)
        self.name = ""
        self.edits: dict[str, str] = {}
        self.base_person: int | None = None

    def rank_of(self, tag: str, fields: Fields) -> int:
        """Return the rank of a record, from 1."""
        if tag == HEADER:
            return 1
        records = self.pupils if tag == PUPIL else self.persons
        return next(rank for rank, record in enumerate(records, 1) if record is fields)

    def content(self) -> bytes:
        """Return the bytes of the file."""
        content = _written(self.header, self.persons, self.pupils)
        for old, new in self.edits.items():
            content = content.replace(old.encode(), new.encode(), 1)
        return content

    def first_file(self, at: datetime) -> MadeFile:
        """Return the clean file that is imported before."""
        header: Fields = {**self.header, "DATE_IMPORT": f"{at:%d/%m/%Y}", "NUM_ENVOI": "1"}
        content = _written(header, self.first_persons, self.first_pupils)
        return MadeFile(self.official_name(at), content)

    def official_name(self, at: datetime) -> str:
        """Return the official name of the file."""
        return f"{private_import_name(self.teaching.school.uai, self.teaching.year, at)}.xml"

    def pupil(self, *path: str, rank: int = 1) -> Any:
        """Return the n-th pupil in school that has an element."""
        return _nth(self.pupils, path, rank, "CODE_MOTIF_SORTIE", is_there=False)

    def person(self, *path: str) -> Any:
        """Return the first person that has an element."""
        return _nth(self.persons, path, 1, "", is_there=False)

    def leaver(self) -> Any:
        """Make the first pupil in school leave, cleanly, and return him or her."""
        fields = self.pupil("SCOLARITE_ACTIVE")
        left_on = f"{self.teaching.year}-11-02"
        fields["CODE_MOTIF_SORTIE"], fields["DATE_SORTIE"] = "10", left_on
        fields["SCOLARITE_ACTIVE"]["DATE_FIN_SCO"] = left_on
        return fields

    def stranger(self) -> Any:
        """Add a person to whom no pupil is linked, so that no link suffers, and return it."""
        fields = deepcopy(self.persons[0])
        fields["ID_PRV_PER"] = self.free_id("ID_PRV_PER", self.persons)
        fields["NOM_DE_FAMILLE"] = (
            f"ISOLE {'BIS ' * sum('ISOLE' in str(p) for p in self.persons)}".strip()
        )
        fields.pop("EMAIL", None)
        self.persons.append(fields)
        return fields

    def newcomer(self, like: Any) -> Any:
        """Add a child without national number, with the guardians and schooling of another."""
        fields = deepcopy(like)
        fields["ID_PRV_ELE"] = self.free_id("ID_PRV_ELE", self.pupils)
        fields["NOM_DE_FAMILLE"], fields["PRENOM"] = "NOUVEAUVENU", "Gildas"
        day = "11" if like["DATE_NAISS"].endswith("12") else "12"
        fields["DATE_NAISS"] = like["DATE_NAISS"][:8] + day
        drop(fields, *NUMBERS)
        self.pupils.append(fields)
        return fields

    def free_id(self, tag: str, records: list[Fields]) -> str:
        """Return an id that no record has."""
        taken = {record.get(tag) for record in records}
        return next(str(number) for number in range(99_000, 99_999) if str(number) not in taken)

    def other_mef(self) -> str:
        """Return a MEF of which the school knows nothing."""
        known = {*self.teaching.origin_mefs, *(course.mef for course in self.teaching.courses)}
        return next(mef for mef in COURSES if mef not in known)


#: Spoils a sheet, and returns the records to be found out.
Spoil: TypeAlias = Callable[[Sheet], Iterable[Fields]]


def _contents(records: list[Record], tag: str) -> list[Fields]:
    return [record.fields for record in records if record.tag == tag]


def _written(header: Fields, persons: list[Fields], pupils: list[Fields]) -> bytes:
    out = io.BytesIO()
    records = [Record(HEADER, 0, 1, header)]
    records += [Record(PERSON, 0, rank, fields) for rank, fields in enumerate(persons, 1)]
    records += [Record(PUPIL, 0, rank, fields) for rank, fields in enumerate(pupils, 1)]
    write(ANY_VERSION, records, out)
    return out.getvalue()


def _nth(
    records: list[Fields], path: tuple[str, ...], rank: int, tag: str, *, is_there: bool
) -> Any:
    """Return the n-th record that has a path, and that has or lacks a tag."""
    seen = 0
    for fields in records:
        if (tag in fields) is is_there and _block(fields, path) is not None:
            seen += 1
            if seen == rank:
                return fields
    raise LookupError(f"no record has {'/'.join(path)}")


def _block(fields: Any, path: tuple[str, ...]) -> Any:
    """Return the block that holds the last element of a path (the first of a list), or None."""
    for tag in path[:-1]:
        fields = fields.get(tag)
        if isinstance(fields, list):
            fields = fields[0] if fields else None
        if not isinstance(fields, dict):
            return None
    return fields if not path or path[-1] in fields else None


def drop(fields: Any, *tags: str) -> None:
    """Take elements away.

    Args:
        fields (Any): a record or a block.
        *tags (str): their names; one that is not there is no matter.
    """
    for tag in tags:
        fields.pop(tag, None)


def pupil_text(path: str, text: str | None) -> Spoil:
    """Put a text in the place of another, of the first pupil that has one, or take it away.

    Args:
        path (str): of the element.
        text (str | None): what it is to hold; None to take it away.

    Returns:
        Spoil: spoils a sheet.
    """

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        tags = tuple(path.split("/"))
        fields = sheet.pupil(*tags)
        put(fields, tags, text)
        return (fields,)

    return spoil


def added(block: str, tag: str, text: str) -> Spoil:
    """Give the first pupil an element that he or she lacks or has.

    Args:
        block (str): the block that holds it; blank for the record.
        tag (str): its name.
        text (str): what it is to hold.

    Returns:
        Spoil: spoils a sheet.
    """

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.pupil("SCOLARITE_ACTIVE", "CODE_MEF")
        (fields[block] if block else fields)[tag] = text
        return (fields,)

    return spoil


def put(fields: Any, path: tuple[str, ...], text: str | None) -> None:
    """Put a text in the place of another, or take it away.

    Args:
        fields (Any): the record.
        path (tuple[str, ...]): of the element, which is there.
        text (str | None): what it is to hold; None to take it away.
    """
    block = _block(fields, path)
    if text is None:
        del block[path[-1]]
    else:
        block[path[-1]] = text


def like(records: list[Fields], fields: Fields) -> Any:
    """Find the record that holds the same.

    Args:
        records (list[Fields]): where.
        fields (Fields): what it holds.

    Returns:
        Any: the record itself.
    """
    return next(record for record in records if record["ID_PRV_ELE"] == fields["ID_PRV_ELE"])
