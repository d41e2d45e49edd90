"""The files of the fictional académie, as software and authority make them.

From a population to bytes: `IMPORT_ELEVES` in its four versions, and the three files that the authority
sends down. Names are the official ones.
"""

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from bascule.formats import xml_writer
from bascule.formats.bee_commun.description import DESCRIPTION as COMMUN
from bascule.formats.bee_nomenclatures.description import DESCRIPTION as NOMENCLATURES
from bascule.formats.bee_structures.description import DESCRIPTION as STRUCTURES
from bascule.formats.description import Document
from bascule.formats.import_eleves.description import description_of
from bascule.formats.import_groups.description import DESCRIPTION as GROUPS
from bascule.formats.official_names import official_zip, private_import_name, zip_of
from bascule.formats.record import Fields, Record
from bascule.generator.academy import Academy, School
from bascule.generator.places import Address
from bascule.generator.population import (
    CONTACT,
    IN_CHARGE,
    LEGAL,
    LastYear,
    Link,
    Person,
    Population,
    Pupil,
    populate,
)
from bascule.generator.school import (
    TeachingYear,
    commun_records,
    french_day,
    nomenclature_records,
    structure_records,
    teaching_year,
)

#: One-character kinships of 2.0, by today's. 1 and 2 are not 10 and 20: they are the other way round.
OLD_KINSHIPS = {
    "10": "2", "20": "1", "37": "4", "38": "4", "39": "4", "41": "6", "42": "6", "50": "3", "51": "5",
    "70": "7", "90": "6",
}  # fmt: skip
_LEVEL_TAGS = ((LEGAL, "LEGAL"), (IN_CHARGE, "PERSONNE_EN_CHARGE"), (CONTACT, "CONTACT"))


class MadeFile(NamedTuple):
    """A file ready to be kept or sent.

    Attributes:
        name: its official name.
        content: its bytes.
    """

    name: str
    content: bytes


def private_records(
    population: Population,
    *,
    version: str = "3.1",
    at: datetime,
    send_number: int = 1,
    software: str = "",
) -> Iterator[Record]:
    """Write a school's pupils and their families as its software sends them.

    Args:
        population (Population): the school's.
        version (str): `2.0`, `3.0`, `3.1` or `4.0`.
        at (datetime): when the file is made.
        send_number (int): 0 to 99999.
        software (str): name of the software; by default the school's own.

    Yields:
        Record: in the words of `IMPORT_ELEVES`, header first; lines are 0.
    """
    teaching = population.teaching
    yield Record(
        "PARAMETRES",
        0,
        1,
        {
            "@VERSION": version,
            "UAJ": teaching.school.uai,
            "ANNEE_SCOLAIRE": str(teaching.year),
            "DATE_IMPORT": french_day(at),
            "NUM_ENVOI": str(send_number),
            "LOGICIEL": software or teaching.school.software,
        },
    )
    persons: Iterable[Person] = population.persons
    if version == "2.0":
        legal = {
            link.person
            for pupil in population.pupils
            for link in pupil.links
            if link.level == LEGAL
        }
        persons = (person for person in persons if person.id in legal)
    for rank, person in enumerate(persons, 1):
        yield Record("PERSONNE", 0, rank, _person(person, version))
    for rank, pupil in enumerate(population.pupils, 1):
        yield Record("ELEVE", 0, rank, _pupil(pupil, version))


def private_file(
    population: Population,
    *,
    version: str = "3.1",
    at: datetime,
    send_number: int = 1,
    software: str = "",
) -> MadeFile:
    """Make the file that a school's software sends.

    Args:
        population (Population): the school's.
        version (str): `2.0`, `3.0`, `3.1` or `4.0`.
        at (datetime): when the file is made; the name says it.
        send_number (int): 0 to 99999.
        software (str): name of the software; by default the school's own.

    Returns:
        MadeFile: the XML file; see `zipped`.
    """
    records = private_records(
        population, version=version, at=at, send_number=send_number, software=software
    )
    teaching = population.teaching
    return MadeFile(
        f"{private_import_name(teaching.school.uai, teaching.year, at)}.xml",
        private_bytes(records, version),
    )


def group_records(population: Population, *, at: datetime, software: str = "") -> list[Record]:
    """Make the records by which timetable software says who is in which group.

    Args:
        population (Population): the school's; each pupil in school is in one group of each subject taken.
        at (datetime): when the file is made.
        software (str): name of the software; by default the school's own.

    Returns:
        list[Record]: header, then `ELEVE`.
    """
    teaching = population.teaching
    header = next(private_records(population, at=at, software=software)).fields
    records = [Record("PARAMETRES", 0, 1, {**header, "@VERSION": "1.4"})]
    for pupil in population.present:
        groups: list[Fields] = [{"CODE_GROUPE": code} for code in _groups_of(pupil, teaching)]
        if groups:
            fields: Fields = {
                "ID_PRV_ELE": str(pupil.id),
                "NOM_DE_FAMILLE": pupil.family,
                "PRENOM": pupil.first,
                "DATE_NAISS": pupil.birth.isoformat(),
                "GROUPES": {"GROUPE": groups},
            }
            records.append(Record("ELEVE", 0, len(records), fields))
    return records


def groups_file(
    population: Population, *, at: datetime, records: Iterable[Record] | None = None
) -> MadeFile:
    """Make the file by which timetable software says who is in which group.

    Args:
        population (Population): the school's.
        at (datetime): when the file is made.
        records (Iterable[Record] | None): what it holds; by default what `group_records` gives.

    Returns:
        MadeFile: the XML file.
    """
    teaching, out = population.teaching, io.BytesIO()
    given = group_records(population, at=at) if records is None else records
    xml_writer.write(GROUPS, given, out)
    stem = private_import_name(teaching.school.uai, teaching.year, at, "ELEGROUPE")
    return MadeFile(f"{stem}.xml", out.getvalue())


def _groups_of(pupil: Pupil, teaching: TeachingYear) -> list[str]:
    """Give one group of each subject that the pupil takes and that has groups for the division."""
    by_subject: dict[str, list[str]] = {}
    for group in teaching.groups:
        if pupil.division in group.divisions and pupil.mef in group.mefs:
            by_subject.setdefault(group.subject, []).append(group.code)
    taken = {option[0] for option in pupil.options}
    return [
        codes[pupil.id % len(codes)] for subject, codes in by_subject.items() if subject in taken
    ]


def private_bytes(records: Iterable[Record], version: str = "3.1") -> bytes:
    """Write records of `IMPORT_ELEVES`.

    Args:
        records (Iterable[Record]): header first.
        version (str): `2.0`, `3.0`, `3.1` or `4.0`.

    Returns:
        bytes: XML in ISO-8859-15.
    """
    out = io.BytesIO()
    xml_writer.write(description_of(version), records, out)
    return out.getvalue()


def zipped(file: MadeFile, at: datetime) -> MadeFile:
    """Put a file into a ZIP of its own, as deposits want it.

    Args:
        file (MadeFile): an XML file.
        at (datetime): date of the file in the archive, so that the same file gives the same bytes.

    Returns:
        MadeFile: the archive; its name is the file's, with another ending.
    """
    return MadeFile(f"{file.name.removesuffix('.xml')}.zip", zip_of(file.name, file.content, at))


def authority_files(teaching: TeachingYear, at: datetime) -> tuple[MadeFile, ...]:
    """Make what the authority sends down: nomenclatures, structures, données communes.

    Args:
        teaching (TeachingYear): a school's year.
        at (datetime): when the files are made.

    Returns:
        tuple[MadeFile, ...]: `Nomenclature.xml`, `Structures.xml` and `Communs.xml`.
    """
    return (
        _export("Nomenclature", NOMENCLATURES, nomenclature_records(teaching, at)),
        _export("Structures", STRUCTURES, structure_records(teaching, at)),
        _export("Communs", COMMUN, commun_records(teaching, at)),
    )


def zipped_export(file: MadeFile, at: datetime) -> MadeFile:
    """Put an authority's file into its official ZIP.

    Args:
        file (MadeFile): one of `authority_files`.
        at (datetime): date of the file in the archive.

    Returns:
        MadeFile: `ExportXML_<Name>.zip`.
    """
    return MadeFile(*official_zip(file.name.removesuffix(".xml"), file.content, at))


class Written(NamedTuple):
    """A school whose files were written.

    Attributes:
        school: the school.
        folder: where its files are.
        pupils: pupils in its file.
        size: bytes written.
    """

    school: School
    folder: Path
    pupils: int
    size: int


def write_academy(
    academy: Academy, year: int, folder: Path, *, at: datetime, version: str = "3.1"
) -> Iterator[Written]:
    """Write the files of every school, one after the other: one folder for each, named by its UAI.

    Each folder holds the pupils' ZIP, and the three ZIPs that the authority sends down. A folder that is
    there already is written over.

    Args:
        academy (Academy): its schools.
        year (int): first calendar year.
        folder (Path): where the schools' folders go; made when it is not there.
        at (datetime): when the files are made.
        version (str): version of the pupils' files: `2.0`, `3.0`, `3.1` or `4.0`.

    Yields:
        Written: each school once its files are there.
    """
    for school in academy:
        teaching = teaching_year(school, year)
        population = populate(teaching, on=at.date())
        pupils = private_file(population, version=version, at=at)
        made = [zipped_export(file, at) for file in authority_files(teaching, at)]
        made.append(zipped(pupils, at))
        own = folder / school.uai
        own.mkdir(parents=True, exist_ok=True)
        for file in made:
            (own / file.name).write_bytes(file.content)
        size = sum(len(file.content) for file in made)
        yield Written(school, own, len(population.pupils), size)


def _export(name: str, document: Document, records: Iterable[Record]) -> MadeFile:
    out = io.BytesIO()
    xml_writer.write(document, records, out)
    return MadeFile(f"{name}.xml", out.getvalue())


# The records of IMPORT_ELEVES


def _person(person: Person, version: str) -> Fields:  # noqa: C901 - one plain passage: speed
    fields: Fields = {
        "ID_PRV_PER": str(person.id),
        "CODE_CIVILITE": person.civility,
        "NOM_DE_FAMILLE": person.family,
        "PRENOM": person.first,
        "COMMUNICATION_ADRESSE": "true" if person.shares_address else "false",
        "CODE_PROFESSION": person.profession,
    }
    if person.usual:
        fields["NOM_USAGE"] = person.usual
    if person.address:
        fields["ADRESSE"] = _address(person.address)
    if person.home_phone:
        fields["TEL_PERSONNEL"] = person.home_phone
    if person.work_phone:
        fields["TEL_PROFESSIONNEL"] = person.work_phone
    if person.mobile:
        fields["TEL_PORTABLE"] = person.mobile
    if person.sms is not None:
        fields["ACCEPTE_SMS"] = "true" if person.sms else "false"
    if person.email:
        fields["EMAIL"] = person.email
    if person.children is not None and version != "4.0":
        fields["ENFANT_A_CHARGE"] = str(person.children)
    return fields


def _address(address: Address) -> Fields:
    fields: Fields = {"LIGNE1_ADRESSE": address.line1, "CODE_PAYS": address.country}
    if address.line2:
        fields["LIGNE2_ADRESSE"] = address.line2
    if address.postcode:
        fields["CODE_POSTAL"] = address.postcode
        fields["LL_POSTAL"] = address.town
    else:
        fields["COMMUNE_ETRANGERE"] = address.foreign_town
    return fields


def _pupil(pupil: Pupil, version: str) -> Fields:  # noqa: C901, PLR0912, PLR0915 - speed
    fields: Fields = {}
    if pupil.left_on is not None:
        fields["CODE_MOTIF_SORTIE"] = pupil.exit_reason
        fields["DATE_SORTIE"] = pupil.left_on.isoformat()
    fields["ID_PRV_ELE"] = str(pupil.id)
    if pupil.ine:
        fields["ID_NATIONAL"] = pupil.ine
    if version != "4.0":
        if pupil.ine_bea:
            fields["INE_BEA"] = pupil.ine_bea
        if pupil.ine_rnie:
            fields["INE_RNIE"] = pupil.ine_rnie
    fields["NOM_DE_FAMILLE"] = pupil.family
    if pupil.usual:
        fields["NOM_USAGE"] = pupil.usual
    fields["PRENOM"] = pupil.first
    if pupil.second:
        fields["PRENOM2"] = pupil.second
    if pupil.third:
        fields["PRENOM3"] = pupil.third
    fields["CODE_PAYS_NAT"] = pupil.nationality
    fields["DATE_NAISS"] = pupil.birth.isoformat()
    fields["CODE_SEXE"] = pupil.sex
    fields["CODE_PAYS"] = pupil.birth_country
    if pupil.birth_commune:
        fields["CODE_COMMUNE_INSEE_NAISS"] = pupil.birth_commune
    else:
        fields["VILLE_NAISS"] = pupil.birth_town
    fields["DATE_ENTREE"] = pupil.entered_on.isoformat()
    if pupil.address:
        fields["ADRESSE"] = _address(pupil.address)
    if pupil.mobile:
        fields["TEL_PORTABLE"] = pupil.mobile
    if pupil.sms is not None:
        fields["ACCEPTE_SMS"] = "true" if pupil.sms else "false"
    if pupil.email:
        fields["EMAIL"] = pupil.email
    fields["ADHESION_TRANSPORT"] = "true" if pupil.transport else "false"
    fields["CODE_REGIME"] = pupil.regime
    fields["DOUBLEMENT"] = "true" if pupil.repeats else "false"
    if pupil.grants:
        grants: list[Fields] = [
            {"CODE_BOURSE": code, "NB_PART": str(parts)} for code, parts in pupil.grants
        ]
        fields["BOURSES"] = {"BOURSE": grants}
    if pupil.links:
        fields["RESPONSABLES_ELEVE"] = (
            _old_links(pupil.links) if version == "2.0" else _links(pupil.links, version)
        )
    if pupil.mef:
        fields["SCOLARITE_ACTIVE"] = _schooling(pupil)
    if pupil.last_year:
        fields["ETABLISSEMENT_AN_DERNIER"] = _last_year(pupil.last_year)
    return fields


def _links(links: tuple[Link, ...], version: str) -> Fields:
    block: Fields = {}
    for level, tag in _LEVEL_TAGS:
        found = [_link(link, version) for link in links if link.level == level]
        if found:
            block[tag] = found
    return block


def _link(link: Link, version: str) -> Fields:
    fields: Fields = {"ID_PRV_PER": str(link.person), "CODE_PARENTE": link.kinship}
    if link.level == CONTACT:
        return fields
    fields["FINANCIER" if version == "3.0" else "PAIE_FRAIS_SCOLAIRES"] = (
        "true" if link.pays else "false"
    )
    fields["HEBERGE_ELEVE"] = "true" if link.lodges else "false"
    if link.level == LEGAL or version == "4.0":
        fields["PERCOIT_LES_AIDES"] = "true" if link.receives else "false"
    if version != "3.0":
        fields["A_CONTACTER_EN_PRIORITE"] = "true" if link.is_first else "false"
    return fields


def _old_links(links: tuple[Link, ...]) -> Fields:
    legal = (link for link in links if link.level == LEGAL)
    return {
        f"LEGAL{rank}": {
            "ID_PRV_PER": str(link.person),
            "CODE_PARENTE": OLD_KINSHIPS[link.kinship],
        }
        for rank, link in enumerate(legal, 1)
    }


def _schooling(pupil: Pupil) -> Fields:
    fields: Fields = {
        "CODE_MEF": pupil.mef,
        "CODE_DIVISION": pupil.division,
        "CODE_STATUT": pupil.status,
        "DATE_DEB_SCO": pupil.starts_on.isoformat(),
    }
    if pupil.ends_on is not None:
        fields["DATE_FIN_SCO"] = pupil.ends_on.isoformat()
    options: list[Fields] = [
        {"CODE_MATIERE": subject, "CODE_MODALITE_ELECT": mode} for subject, mode in pupil.options
    ]
    fields["OPTIONS"] = {"OPTION": options} if options else {}
    return fields


def _last_year(before: LastYear) -> Fields:
    fields: Fields = (
        {"CODE_RNE": before.uai} if before.uai else {"CODE_DEPARTEMENT": before.department}
    )
    fields["CODE_PROVENANCE"] = before.origin
    if before.mef:
        fields["CODE_MEF"] = before.mef
    if before.division:
        fields["CODE_DIVISION"] = before.division
    if before.status:
        fields["CODE_STATUT"] = before.status
    fields["OPTIONS_AN_DERNIER"] = {"CODE_MATIERE": list(before.options)} if before.options else {}
    return fields
