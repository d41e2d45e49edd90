"""The catalogue of faults: for each rule of the import, a file that meets it, and nothing else.

A clean file meets no rule at all. A fault spoils exactly one thing in it, and says which record must be
found out (or which records, where a rule blames several alike). Rules that look at the stored pupils
need two files: the first one, clean, is imported before.
"""

import io
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from bascule.findings import Effect
from bascule.formats.import_eleves.description import ANY_VERSION
from bascule.formats.official_names import private_import_name
from bascule.formats.record import Fields, Record
from bascule.formats.xml_writer import write
from bascule.generator.academy import one_school
from bascule.generator.courses import COURSES
from bascule.generator.files import MadeFile, private_records
from bascule.generator.population import Population, populate
from bascule.generator.school import TeachingYear, programme, teaching_year
from bascule.values.ine import make_ine_bea, make_ine_rnie

PUPIL, PERSON, HEADER = "ELEVE", "PERSONNE", "PARAMETRES"
#: Numbers that no fictional pupil has.
_FREE_INE, _FREE_BEA = 999_999_000, 9_999_999_000
_UNREADABLE = "peut-être"
_BASE_ID = "4200000042"
_NUMBERS = ("ID_NATIONAL", "INE_BEA", "INE_RNIE")


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
        content = self.file.content.replace(_BASE_ID.encode(), str(number).encode())
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
        _drop(fields, *_NUMBERS)
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


def clean_population(year: int = 2026) -> Population:
    """Make the small school on which faults are shown: eighty pupils of a collège.

    Args:
        year (int): first calendar year.

    Returns:
        Population: it has what every fault needs.
    """
    return populate(teaching_year(one_school(80, seed=7), year))


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


def _drop(fields: Any, *tags: str) -> None:
    for tag in tags:
        fields.pop(tag, None)


# Faults that put a text in the place of another, or take it away


def _person_text(path: str, text: str | None) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        tags = tuple(path.split("/"))
        fields = sheet.person(*tags)
        _put(fields, tags, text)
        return (fields,)

    return spoil


def _pupil_text(path: str, text: str | None) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        tags = tuple(path.split("/"))
        fields = sheet.pupil(*tags)
        _put(fields, tags, text)
        return (fields,)

    return spoil


def _added(block: str, tag: str, text: str) -> Spoil:
    """Give the first pupil an element that he or she lacks or has."""

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.pupil("SCOLARITE_ACTIVE", "CODE_MEF")
        (fields[block] if block else fields)[tag] = text
        return (fields,)

    return spoil


def _put(fields: Any, path: tuple[str, ...], text: str | None) -> None:
    block = _block(fields, path)
    if text is None:
        del block[path[-1]]
    else:
        block[path[-1]] = text


# Persons


def _person_id(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.stranger()
    fields["ID_PRV_PER"] = "123456"
    return (fields,)


def _person_id_twice(sheet: Sheet) -> Iterable[Fields]:
    one, other = sheet.stranger(), sheet.stranger()
    other["ID_PRV_PER"] = one["ID_PRV_PER"]
    return one, other


def _person_nameless(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.stranger()
    del fields["PRENOM"]
    return (fields,)


def _person_of_two_keys(sheet: Sheet) -> Iterable[Fields]:
    """Name a person by the base's number of another; no pupil is linked to it any more."""
    fields = sheet.stranger()
    sheet.first_persons.append(deepcopy(fields))
    links = _like(sheet.first_pupils, sheet.pupil("RESPONSABLES_ELEVE", "LEGAL"))[
        "RESPONSABLES_ELEVE"
    ]
    links.setdefault("CONTACT", []).append(
        {"ID_PRV_PER": fields["ID_PRV_PER"], "CODE_PARENTE": "90"}
    )
    fields["ID_SIECLE_PER"] = _BASE_ID
    sheet.base_person = int(links["LEGAL"][0]["ID_PRV_PER"])
    return (fields,)


def _other_person(sheet: Sheet) -> Iterable[Fields]:
    """Give the number of a stored person to somebody else."""
    fields = sheet.stranger()
    sheet.first_persons.append(deepcopy(fields))
    fields["NOM_DE_FAMILLE"], fields["PRENOM"] = "NOUVEAUVENU", "Gildas"
    return (fields,)


def _like(records: list[Fields], fields: Fields) -> Any:
    return next(record for record in records if record["ID_PRV_ELE"] == fields["ID_PRV_ELE"])


def _long_name(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.person("NOM_DE_FAMILLE")
    fields["NOM_USAGE"] = "LONG " * 21
    return (fields,)


def _children(text: str) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.person("NOM_DE_FAMILLE")
        fields["ENFANT_A_CHARGE"] = text
        return (fields,)

    return spoil


def _no_postcode(sheet: Sheet) -> Iterable[Fields]:
    return _person_text("ADRESSE/CODE_POSTAL", None)(sheet)


# Pupils: who they are


def _pupil_id_twice(sheet: Sheet) -> Iterable[Fields]:
    one, other = sheet.pupil("ID_PRV_ELE"), sheet.pupil("ID_PRV_ELE", rank=2)
    other["ID_PRV_ELE"] = one["ID_PRV_ELE"]
    return one, other


def _two_keys_two_pupils(sheet: Sheet) -> Iterable[Fields]:
    """Give a pupil the private id of another, born the same day, who is not in the file."""
    one, other = sheet.pupil("INE_RNIE"), sheet.pupil("INE_RNIE", rank=2)
    other["DATE_NAISS"] = one["DATE_NAISS"]
    _like(sheet.first_pupils, other)["DATE_NAISS"] = one["DATE_NAISS"]
    sheet.pupils.remove(one)
    other["ID_PRV_ELE"] = one["ID_PRV_ELE"]
    return (other,)


def _identity_of_two(sheet: Sheet) -> Iterable[Fields]:
    like = sheet.pupil("SCOLARITE_ACTIVE")
    for _ in range(2):
        sheet.first_pupils.append(deepcopy(sheet.newcomer(like)))
    return (sheet.newcomer(like),)


def _two_records_one_pupil(sheet: Sheet) -> Iterable[Fields]:
    one = sheet.pupil("INE_RNIE")
    other = sheet.newcomer(one)
    for tag in ("NOM_DE_FAMILLE", "PRENOM", "DATE_NAISS"):
        other[tag] = one[tag]
    return one, other


def _other_child(sheet: Sheet) -> Iterable[Fields]:
    one = sheet.pupil("INE_RNIE")
    other = sheet.newcomer(one)
    other["ID_PRV_ELE"] = one["ID_PRV_ELE"]
    sheet.pupils.remove(one)
    return (other,)


def _other_name(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("INE_RNIE")
    fields["NOM_DE_FAMILLE"] += " D'ARVIEU"
    return (fields,)


def _old_age(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("DATE_NAISS")
    fields["DATE_NAISS"] = f"{sheet.teaching.year - 41}-05-17"
    return (fields,)


def _wrong_key(number: str) -> Spoil:
    return _added("", "ID_NATIONAL", number)


def _other_number(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("INE_RNIE")
    fields["ID_NATIONAL"] = make_ine_rnie(_FREE_INE)
    return (fields,)


def _number_of_another(sheet: Sheet) -> Iterable[Fields]:
    """Give a new child the number of a stored pupil, whose own record does not give it any more."""
    one = sheet.pupil("INE_RNIE")
    other = sheet.newcomer(one)
    other["ID_NATIONAL"] = one["ID_NATIONAL"]
    _drop(one, *_NUMBERS)
    return (other,)


def _number_twice(sheet: Sheet) -> Iterable[Fields]:
    one, other = sheet.pupil("ID_NATIONAL"), sheet.pupil("ID_NATIONAL", rank=2)
    one["ID_NATIONAL"] = other["ID_NATIONAL"] = make_ine_rnie(_FREE_INE)
    return one, other


def _born_abroad(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("CODE_COMMUNE_INSEE_NAISS")
    fields["CODE_PAYS"] = "134"
    return (fields,)


# Pupils: their year


def _grants(*grants: tuple[str, str]) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.pupil("SCOLARITE_ACTIVE", "CODE_MEF")
        fields["BOURSES"] = {
            "BOURSE": [{"CODE_BOURSE": code, "NB_PART": parts} for code, parts in grants]
        }
        return (fields,)

    return spoil


def _link(level: str, kinship: str = "90", *, known: bool = True, twice: bool = False) -> Spoil:
    """Add a link to the first pupil who has two legal guardians."""

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = next(
            fields
            for fields in sheet.pupils
            if len(_legal(fields)) == 2 and "CODE_MOTIF_SORTIE" not in fields  # noqa: PLR2004
        )
        if twice:
            person = _legal(fields)[0]["ID_PRV_PER"]
        elif known:
            person = sheet.stranger()["ID_PRV_PER"]
        else:
            person = sheet.free_id("ID_PRV_PER", sheet.persons)
        block: Any = fields["RESPONSABLES_ELEVE"]
        link = {"ID_PRV_PER": person, "CODE_PARENTE": kinship}
        block.setdefault(level, []).append(link)
        return (fields,)

    return spoil


def _legal(fields: Fields) -> Any:
    block: Any = fields.get("RESPONSABLES_ELEVE") or {}
    return block.get("LEGAL", ())


def _unknown_mef(sheet: Sheet) -> Iterable[Fields]:
    return _pupil_text("SCOLARITE_ACTIVE/CODE_MEF", sheet.other_mef())(sheet)


def _unknown_origin_mef(sheet: Sheet) -> Iterable[Fields]:
    return _pupil_text("ETABLISSEMENT_AN_DERNIER/CODE_MEF", sheet.other_mef())(sheet)


def _dated(path: str, years: int, month_day: str) -> Spoil:
    """Put a date some years after the beginning of the school year's calendar year."""
    block, _, tag = path.rpartition("/")

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        return _added(block, tag, f"{sheet.teaching.year + years}-{month_day}")(sheet)

    return spoil


def _other_period(sheet: Sheet) -> Iterable[Fields]:
    """Move a pupil to another MEF during the year."""
    fields = sheet.pupil("SCOLARITE_ACTIVE")
    mef = fields["SCOLARITE_ACTIVE"]["CODE_MEF"]
    other = next(
        record["SCOLARITE_ACTIVE"]
        for record in map(dict[str, Any], sheet.pupils)
        if record.get("SCOLARITE_ACTIVE", {}).get("CODE_MEF", mef) != mef
    )
    fields["SCOLARITE_ACTIVE"] = {
        **deepcopy(other),
        "DATE_DEB_SCO": f"{sheet.teaching.year}-11-09",
    }
    _drop(fields["SCOLARITE_ACTIVE"], "DATE_FIN_SCO")
    return (fields,)


def _left(tag: str, text: str | None) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.leaver()
        _put(fields, (tag,), text)
        return (fields,)

    return spoil


def _left_next_year(sheet: Sheet) -> Iterable[Fields]:
    return _left("DATE_SORTIE", f"{sheet.teaching.year + 1}-11-02")(sheet)


def _left_before_entry(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.leaver()
    fields["DATE_ENTREE"] = f"{sheet.teaching.year}-12-01"
    return (fields,)


# Options


def _options(fields: Any) -> list[Any]:
    options: list[Any] = fields["SCOLARITE_ACTIVE"]["OPTIONS"].setdefault("OPTION", [])
    return options


def _option(subject: str, mode: str) -> Any:
    return {"CODE_MATIERE": subject, "CODE_MODALITE_ELECT": mode}


def _new_option(subject: str, mode: str) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.pupil("SCOLARITE_ACTIVE")
        _options(fields).append(_option(subject, mode))
        return (fields,)

    return spoil


def _option_of_others(mode: str) -> Spoil:
    """Give a pupil a subject that the school teaches in other MEF only."""

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        for fields in map(dict[str, Any], sheet.pupils):
            schooling = fields.get("SCOLARITE_ACTIVE")
            if not schooling or "CODE_MOTIF_SORTIE" in fields:
                continue
            own = {subject for subject, _, _ in programme(COURSES[schooling["CODE_MEF"]])}
            for subject in sheet.teaching.subjects:
                if subject not in own:
                    _options(fields).append(_option(subject, mode))
                    return (_like(sheet.pupils, fields),)
        raise LookupError("every subject is taught in every MEF")

    return spoil


def _thirteen_options(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("SCOLARITE_ACTIVE")
    options = _options(fields)
    taken = {option["CODE_MATIERE"] for option in options}
    more = [subject for subject in sheet.teaching.subjects if subject not in taken]
    options += [_option(subject, "X") for subject in more[: 13 - len(options)]]
    return (fields,)


def _option_twice(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("SCOLARITE_ACTIVE", "OPTIONS", "OPTION")
    options = _options(fields)
    options.append(dict(options[0]))
    return (fields,)


def _strange_mode(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("SCOLARITE_ACTIVE")
    taken = {option["CODE_MATIERE"] for option in _options(fields)}
    subject = next(subject for subject in sheet.teaching.subjects if subject not in taken)
    _options(fields).append(_option(subject, "Z"))
    return (fields,)


def _no_options(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("SCOLARITE_ACTIVE", "OPTIONS", "OPTION")
    fields["SCOLARITE_ACTIVE"]["OPTIONS"] = {}
    return (fields,)


# The file


def _unknown_element(sheet: Sheet) -> Iterable[Fields]:
    sheet.edits["</ELEVE>"] = "  <COULEUR_PREFEREE>bleu</COULEUR_PREFEREE>\n      </ELEVE>"
    return (sheet.header,)


def _odd_name(sheet: Sheet) -> Iterable[Fields]:
    sheet.name = "eleves de la rentree.xml"
    return (sheet.header,)


def _odd_version(sheet: Sheet) -> Iterable[Fields]:
    sheet.header["@VERSION"] = "2.0"
    return (sheet.header,)


_NOTE, _DEFAULT, _PART, _RECORD = Effect.NOTE, Effect.DEFAULT, Effect.PART, Effect.RECORD
_LEGAL = "RESPONSABLES_ELEVE/LEGAL"
_NOW, _BEFORE = "SCOLARITE_ACTIVE", "ETABLISSEMENT_AN_DERNIER"

_ALL = (
    Fault("INF_FICHI_A_01", _NOTE, HEADER, _unknown_element),
    Fault("INF_FICHI_A_02", _NOTE, HEADER, _odd_name),
    Fault("INF_FICHI_B_01", _NOTE, HEADER, _odd_version),
    # Persons
    Fault("REJRE_CREAT_A_01", _RECORD, PERSON, _person_id),
    Fault("REJRE_CREAT_A_02", _RECORD, PERSON, _person_id_twice),
    Fault("REJRE_CREAT_B_01", _RECORD, PERSON, _person_nameless),
    Fault("REJRE_CREAT_C_01", _RECORD, PERSON, _person_of_two_keys, "4.0", needs_first=True),
    Fault("INF_CREAT_D_02", _NOTE, PERSON, _other_person, needs_first=True),
    Fault("CIVIL_A_01", _PART, PERSON, _person_text("CODE_CIVILITE", "9")),
    Fault("INF_COMAD_A_01", _NOTE, PERSON, _person_text("COMMUNICATION_ADRESSE", None)),
    Fault("COMAD_B_01", _DEFAULT, PERSON, _person_text("COMMUNICATION_ADRESSE", _UNREADABLE)),
    Fault("PEPCS_A_01", _DEFAULT, PERSON, _person_text("CODE_PROFESSION", None)),
    Fault("PEPCS_B_01", _DEFAULT, PERSON, _person_text("CODE_PROFESSION", "00")),
    Fault("NBENF_F_03", _DEFAULT, PERSON, _children("0")),
    Fault("NBENF_A_01", _PART, PERSON, _children("trois")),
    Fault("TELEP_A_01", _PART, PERSON, _person_text("TEL_PORTABLE", "voir M. Morel")),
    Fault("TELEP_B_01", _PART, PERSON, _person_text("EMAIL", "sans adresse")),
    Fault("TELEP_C_01", _PART, PERSON, _person_text("ACCEPTE_SMS", _UNREADABLE)),
    Fault("ADRES_A_01", _PART, PERSON, _person_text("ADRESSE/CODE_POSTAL", "9912")),
    Fault("ADRES_B_01", _PART, PERSON, _person_text("ADRESSE/CODE_PAYS", "000")),
    Fault(
        "ADRES_C_01",
        _PART,
        PERSON,
        _person_text("ADRESSE/LIGNE1_ADRESSE", "12 RUE " + "LONGUE " * 6),
    ),
    Fault("INF_ADRES_D_01", _NOTE, PERSON, _no_postcode),
    Fault("FORMA_A_01", _PART, PERSON, _long_name),
    # Pupils: who they are
    Fault("REJEL_CREAT_A_01", _RECORD, PUPIL, _pupil_text("ID_PRV_ELE", "100000")),
    Fault("REJEL_CREAT_A_02", _RECORD, PUPIL, _pupil_id_twice),
    Fault("REJEL_CREAT_B_01", _RECORD, PUPIL, _pupil_text("PRENOM", None)),
    Fault("REJEL_CREAT_C_01", _RECORD, PUPIL, _two_keys_two_pupils, needs_first=True),
    Fault("REJEL_CREAT_C_02", _RECORD, PUPIL, _identity_of_two, needs_first=True),
    Fault("REJEL_CREAT_C_03", _RECORD, PUPIL, _two_records_one_pupil, needs_first=True),
    Fault("INF_CREAT_D_01", _NOTE, PUPIL, _other_child, needs_first=True),
    Fault("REJEL_DNAIS_A_01", _RECORD, PUPIL, _pupil_text("DATE_NAISS", "2014-02-30")),
    Fault("INF_DNAIS_B_01", _NOTE, PUPIL, _old_age),
    Fault("CSEXE_A_01", _PART, PUPIL, _pupil_text("CODE_SEXE", "3")),
    Fault("ELNAT_A_01", _PART, PUPIL, _pupil_text("CODE_PAYS_NAT", None)),
    Fault("ELNAT_B_01", _PART, PUPIL, _pupil_text("CODE_PAYS_NAT", "000")),
    Fault("INF_ELNOM_A_01", _NOTE, PUPIL, _other_name, needs_first=True),
    Fault("IDNAT_A_01", _PART, PUPIL, _wrong_key("INCONNU")),
    Fault("IDNAT_B_01", _PART, PUPIL, _wrong_key(f"{make_ine_bea(_FREE_BEA)[:10]}I")),
    Fault("INF_IDNAT_C_01", _NOTE, PUPIL, _wrong_key(f"{make_ine_rnie(_FREE_INE)[:9]}ZZ")),
    Fault("IDNAT_D_01", _PART, PUPIL, _other_number, needs_first=True),
    Fault("IDNAT_E_01", _PART, PUPIL, _number_of_another, needs_first=True),
    Fault("IDNAT_F_01", _PART, PUPIL, _number_twice),
    Fault("LNAIS_A_01", _PART, PUPIL, _pupil_text("CODE_COMMUNE_INSEE_NAISS", None)),
    Fault("LNAIS_B_01", _PART, PUPIL, _pupil_text("CODE_COMMUNE_INSEE_NAISS", "99999")),
    Fault("LNAIS_C_01", _PART, PUPIL, _pupil_text("CODE_PAYS", "000")),
    Fault("LNAIS_D_01", _PART, PUPIL, _born_abroad),
    # Pupils: their year
    Fault("INF_REGIM_A_01", _NOTE, PUPIL, _pupil_text("CODE_REGIME", None)),
    Fault("REGIM_B_01", _DEFAULT, PUPIL, _pupil_text("CODE_REGIME", "99")),
    Fault("TRANS_A_01", _DEFAULT, PUPIL, _pupil_text("ADHESION_TRANSPORT", _UNREADABLE)),
    Fault("SCOPR_A_01", _DEFAULT, PUPIL, _pupil_text("DOUBLEMENT", _UNREADABLE)),
    Fault("BOURS_A_01", _PART, PUPIL, _grants(("9", "1"))),
    Fault("BOURS_B_01", _PART, PUPIL, _grants(("8", "100"))),
    Fault("BOURS_C_01", _PART, PUPIL, _grants(("8", "1"), ("8", "2"))),
    Fault("HETAB_C_01", _PART, PUPIL, _added("", "UAI_ETAB_HEBERGEMENT", "0990001I"), "4.0"),
    # Guardians
    Fault("REJEL_PAREN_A_01", _RECORD, PUPIL, _pupil_text("RESPONSABLES_ELEVE", None)),
    Fault("PAREN_B_01", _PART, PUPIL, _link("CONTACT", known=False)),
    Fault("PAREN_C_01", _DEFAULT, PUPIL, _pupil_text(f"{_LEGAL}/CODE_PARENTE", "99")),
    Fault("PAREN_C_02", _DEFAULT, PUPIL, _pupil_text(f"{_LEGAL}/CODE_PARENTE", "1")),
    Fault("PAREN_D_01", _PART, PUPIL, _link("LEGAL")),
    Fault("PAREN_E_01", _PART, PUPIL, _link("CONTACT", twice=True)),
    Fault("PAREN_F_01", _PART, PUPIL, _pupil_text(f"{_LEGAL}/HEBERGE_ELEVE", _UNREADABLE)),
    # Schooling
    Fault("ACMEF_A_01", _PART, PUPIL, _pupil_text(f"{_NOW}/CODE_MEF", None)),
    Fault("ACMEF_B_01", _PART, PUPIL, _unknown_mef),
    Fault("ACDIV_A_01", _PART, PUPIL, _pupil_text(f"{_NOW}/CODE_DIVISION", None)),
    Fault("ACDIV_B_01", _PART, PUPIL, _pupil_text(f"{_NOW}/CODE_DIVISION", "INCONNUE")),
    Fault("STATU_A_01", _DEFAULT, PUPIL, _pupil_text(f"{_NOW}/CODE_STATUT", None)),
    Fault("STATU_C_01", _PART, PUPIL, _pupil_text(f"{_NOW}/CODE_STATUT", "ZZ")),
    Fault("SCOAC_A_01", _DEFAULT, PUPIL, _pupil_text(f"{_NOW}/DATE_DEB_SCO", None)),
    Fault("SCOAC_B_01", _PART, PUPIL, _dated(f"{_NOW}/DATE_FIN_SCO", 1, "02-30")),
    Fault("SCOAC_C_01", _PART, PUPIL, _pupil_text("DATE_ENTREE", "rentrée")),
    Fault("SCOAC_D_01", _PART, PUPIL, _pupil_text(_NOW, None)),
    Fault("SCOAC_E_02", _PART, PUPIL, _dated(f"{_NOW}/DATE_DEB_SCO", 0, "05-04")),
    Fault("SCOAC_E_03", _PART, PUPIL, _dated(f"{_NOW}/DATE_FIN_SCO", 1, "11-02")),
    Fault("INF_SCOAC_F_01", _NOTE, PUPIL, _other_period, needs_first=True),
    # Exit
    Fault("REJEL_SORTI_A_01", _RECORD, PUPIL, _left("CODE_MOTIF_SORTIE", None)),
    Fault("REJEL_SORTI_B_01", _RECORD, PUPIL, _left("DATE_SORTIE", None)),
    Fault("REJEL_SORTI_F_01", _RECORD, PUPIL, _left("CODE_MOTIF_SORTIE", "98")),
    Fault("SORTI_C_01", _PART, PUPIL, _left_next_year),
    Fault("SORTI_D_01", _PART, PUPIL, _left_before_entry),
    # Options
    Fault("INOPT_A_01", _PART, PUPIL, _new_option("999999", "F")),
    Fault("INOPT_B_01", _PART, PUPIL, _thirteen_options),
    Fault("INOPT_C_01", _PART, PUPIL, _option_twice),
    Fault("MODCH_A_01", _PART, PUPIL, _strange_mode),
    Fault("OPOBL_A_01", _PART, PUPIL, _option_of_others("O")),
    Fault("OPFAC_A_01", _PART, PUPIL, _option_of_others("F")),
    Fault("INF_OPOBL_B_01", _NOTE, PUPIL, _no_options),
    # Last year
    Fault("HETAB_A_01", _PART, PUPIL, _pupil_text(f"{_BEFORE}/CODE_RNE", "0990001I")),
    Fault("HETAB_B_01", _PART, PUPIL, _pupil_text(f"{_BEFORE}/CODE_RNE", None)),
    Fault("PROVE_A_01", _PART, PUPIL, _pupil_text(f"{_BEFORE}/CODE_PROVENANCE", None)),
    Fault("PROVE_B_01", _PART, PUPIL, _pupil_text(f"{_BEFORE}/CODE_PROVENANCE", "0")),
    Fault("MEFAD_C_02", _PART, PUPIL, _unknown_origin_mef),
    Fault("STATU_D_01", _PART, PUPIL, _pupil_text(f"{_BEFORE}/CODE_STATUT", "ZZ")),
    Fault("SCOPR_B_01", _PART, PUPIL, _dated(f"{_BEFORE}/DATE_DEB_SCO", -1, "09-31")),
)

#: Every fault, by the code of its rule.
FAULTS: Mapping[str, Fault] = {fault.code: fault for fault in _ALL}
