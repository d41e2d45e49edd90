"""Write a school's files: the official exports for local software, and the private import's own words.

Each export is an act of the school, and each file leaves a line that says what went out. The bytes are
whole before the act ends; a file that cannot be written leaves no trace.
"""

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from bascule.errors import RefusedError
from bascule.exchange.journey import EXPORT_ACT
from bascule.exchange.models import SentFile
from bascule.exchange.outgoing import numbers as ine, prive as private
from bascule.exchange.outgoing.communs import communs
from bascule.exchange.outgoing.eleves import eleves
from bascule.exchange.outgoing.etablissements import etablissements
from bascule.exchange.outgoing.geographique import geographique
from bascule.exchange.outgoing.groupes import groupes
from bascule.exchange.outgoing.nomenclature import nomenclature
from bascule.exchange.outgoing.old_readers import for_old_readers
from bascule.exchange.outgoing.oneroster import oneroster
from bascule.exchange.outgoing.responsables import responsables
from bascule.exchange.outgoing.roll import Roll, RollPupil
from bascule.exchange.outgoing.structures import structures
from bascule.exchange.papers.csv import sheet
from bascule.exchange.source import Source
from bascule.formats.bee_commun.description import DESCRIPTION as COMMUNS
from bascule.formats.bee_eleves.description import DESCRIPTION as ELEVES
from bascule.formats.bee_etablissements.description import DESCRIPTION as ETABLISSEMENTS
from bascule.formats.bee_geographique.description import DESCRIPTION as GEOGRAPHIQUE
from bascule.formats.bee_nomenclatures.description import DESCRIPTION as NOMENCLATURE
from bascule.formats.bee_responsables.description import DESCRIPTION as RESPONSABLES
from bascule.formats.bee_structures.description import DESCRIPTION as STRUCTURES
from bascule.formats.description import Document
from bascule.formats.import_eleves.description import GROUP_LINKS_SIGN, VERSIONS, description_of
from bascule.formats.import_groups.description import DESCRIPTION as GROUPES
from bascule.formats.official_names import official_zip, private_import_name, zip_of
from bascule.formats.oneroster.package import write_package
from bascule.formats.record import Record
from bascule.formats.xml_writer import ReplacedCharacter, write
from bascule.journal.act import act
from bascule.journal.milestones import Milestone, reach
from bascule.preparation.order import Tried
from bascule.schools.directory import known_school
from bascule.schools.models import Structure
from bascule.store.policies import open_schools

#: The word that stands for every official export.
EVERYTHING = "tout"

#: The word of the links between pupils and groups.
GROUPS = "groupes"

#: The word of the package for software of other countries.
ONEROSTER = "oneroster"

#: Counts the pupils that a private file leaves out, since the software does not know them.
OMITTED = "omitted"

#: What of a school's number says its département.
_DEPARTMENT = 3

#: `LOGICIEL` of a school whose software never sent anything.
_OUR_SOFTWARE = "BASCULE"


class UnknownKindError(RefusedError):
    """Nothing is exported under that name.

    Args:
        kind (str): the name asked for; empty when none was.
    """

    code = "export.unknown-kind"

    def __init__(self, kind: str) -> None:
        what = f"L’export « {kind} » n’existe pas." if kind else "Aucun export n’est demandé."
        super().__init__(f"{what} Choisissez parmi : {', '.join(KINDS)} ou {EVERYTHING}.")
        self.kind = kind


class NothingToExportError(RefusedError):
    """A block that the file must have would be empty.

    Args:
        kind (str): the export.
        block (str): element that would be missing.
        sentence (str): French, what is missing and what to do.
    """

    code = "export.nothing"

    def __init__(self, kind: str, block: str, sentence: str) -> None:
        super().__init__(f"L’export « {kind} » est impossible : {sentence}")
        self.kind, self.block = kind, block


class MissingPrivateIdError(RefusedError):
    """Some guardians have no id of the school's software, by which pupils would name them.

    Args:
        count (int): how many.
    """

    code = "export.missing-private-id"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"L’export au format du privé est impossible : {count} responsable(s) d’élèves de l’année n’ont pas "
            "d’identifiant du logiciel de l’établissement. Saisissez-les dans ce logiciel et importez son fichier, ou "
            "exportez « eleves » et « responsables »."
        )
        self.count = count


class SameNameError(RefusedError):
    """Two files of the same name were asked for at once."""

    code = "export.same-name"

    def __init__(self) -> None:
        super().__init__(
            "Deux des fichiers demandés portent le même nom : ils se remplaceraient. Demandez-les l’un après l’autre."
        )


@dataclass(frozen=True, slots=True)
class SentFileContent:
    """One file that goes out.

    Attributes:
        kind: the export, by its French word.
        name: name of the ZIP, or of the table.
        content: its bytes.
        counts: records written, by element; and pupils left out (`OMITTED`), where there are any.
        replaced: characters that the encoding lacks, and where they stood.
    """

    kind: str
    name: str
    content: bytes = field(repr=False)
    counts: dict[str, int]
    replaced: tuple[ReplacedCharacter, ...]

    @property
    def digest(self) -> bytes:
        """Return the SHA-256 of the ZIP."""
        return hashlib.sha256(self.content).digest()


def export(
    *, uai: str, year: int, kinds: Sequence[str], actor: str, at: datetime
) -> list[SentFileContent]:
    """Write files of a school's year, and keep what went out.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        kinds (Sequence[str]): words of `KINDS`, or `EVERYTHING` for the official ones.
        actor (str): who exports.
        at (datetime): when, with its time zone.

    Returns:
        list[SentFileContent]: the files, in the order asked for, each once.

    """
    wanted = _wanted(kinds)
    known_school(uai)
    with act(uai=uai, kind=EXPORT_ACT, actor=actor, at=at) as opened:
        source = Source(uai, year, timezone.localtime(at))
        sent = [_MILESTONES[kind] for kind in wanted if kind in _MILESTONES]
        files = [_file(kind, source) for kind in wanted]
        SentFile.objects.bulk_create(
            SentFile(
                uai=uai,
                year=year,
                kind=file.kind,
                name=file.name,
                digest=file.digest,
                sent_at=at,
                sent_by=actor,
                counts=file.counts,
                replaced=[list(character) for character in file.replaced],
            )
            for file in files
        )
        opened.facts |= {
            "year": year,
            "files": [
                {"kind": file.kind, "digest": file.digest.hex(), "counts": file.counts}
                for file in files
            ],
        }
        reach(opened, *sent, year=year)
    return files


def make_again(*, sent: SentFile) -> bytes | None:
    """Make again a file that went out; what was sent is not kept, only its digest.

    Args:
        sent (SentFile): what was kept of it.

    Returns:
        bytes | None: the very bytes that were sent; None when the data has changed since.
    """
    with transaction.atomic():
        open_schools(sent.uai)
        source = Source(sent.uai, sent.year, timezone.localtime(sent.sent_at), sent_id=sent.pk)
        try:
            content = _file(sent.kind, source).content
        except RefusedError:
            return None
    return content if hashlib.sha256(content).digest() == bytes(sent.digest) else None


# The kinds of file


@dataclass(frozen=True, slots=True)
class _Kind:
    """One export.

    Attributes:
        records: gives its content, or refuses.
        document: its format.
        official: its official name; empty for what the school's software sends, named by school and time.
        marker: what stands in that name between school and year.
    """

    records: Callable[[Source], Iterable[Record]]
    document: Document
    official: str = ""
    marker: str = "PRIVE"


def _nomenclature(source: Source) -> Iterator[Record]:
    source.check_order(Tried.NOMENCLATURE_EXPORT)
    there = {record.tag for record in source.profile}
    for block, name in (("MEF", "MEF"), ("MATIERE", "matière"), ("PROGRAMME", "programme")):
        if block not in there:
            raise NothingToExportError(
                "nomenclature",
                block,
                f"les nomenclatures de l’année n’ont aucune fiche « {name} ». Chargez-les d’abord.",
            )
    return nomenclature(source.sending, source.profile)


def _structures(source: Source) -> Iterator[Record]:
    source.check_order(Tried.STRUCTURES_EXPORT)
    divisions = source.structures[Structure.Kind.DIVISION]
    if not divisions:
        raise NothingToExportError(
            "structures",
            "DIVISION",
            "l’établissement n’a aucune division cette année. Créez ses structures d’abord.",
        )
    return structures(source.sending, divisions, source.structures[Structure.Kind.GROUP])


def _communs(source: Source) -> Iterator[Record]:
    return communs(source.sending, source.common)


def _etablissements(source: Source) -> Iterator[Record]:
    return etablissements(source.sending, source.schools())


def _pupils_schools(source: Source) -> Iterator[Record]:
    roll = _with_pupils(source.roll, "etablissements-eleves")
    before = {pupil.enrolment.previous_uai for pupil in roll.pupils}
    return etablissements(source.sending, source.schools(filter(None, before)))


def _geographique(source: Source) -> Iterator[Record]:
    return geographique(source.sending, source.places())


def _with_pupils(
    roll: Roll, kind: str, *, why: str = "l’établissement n’a aucun élève cette année"
) -> Roll:
    if not roll.pupils:
        raise NothingToExportError(kind, "ELEVE", f"{why}. Importez d’abord les élèves.")
    return roll


def _with_guardians(roll: Roll, kind: str) -> Roll:
    if not any(pupil.links for pupil in roll.pupils):
        raise NothingToExportError(
            kind,
            "RESPONSABLE_ELEVE",
            "aucun responsable n’est lié à un élève cette année. Importez d’abord les responsables.",
        )
    return roll


def _eleves(source: Source) -> Iterator[Record]:
    return eleves(source.sending, _with_pupils(source.roll, "eleves"), with_addresses=True)


def _eleves_bare(source: Source) -> Iterator[Record]:
    roll = _with_pupils(source.roll, "eleves-sans-adresses")
    return eleves(source.sending, roll, with_addresses=False)


def _responsables(source: Source) -> Iterator[Record]:
    roll = _with_guardians(_with_pupils(source.roll, "responsables"), "responsables")
    return responsables(source.sending, roll, with_addresses=True)


def _responsables_bare(source: Source) -> Iterator[Record]:
    word = "responsables-sans-adresses"
    roll = _with_guardians(_with_pupils(source.roll, word), word)
    return responsables(source.sending, roll, with_addresses=False)


def _numbered(source: Source) -> list[RollPupil]:
    found = ine.with_numbers(_with_pupils(source.roll, "ine"))
    if not found:
        raise NothingToExportError(
            "ine",
            "ID_NATIONAL",
            "aucun élève de l’année n’a d’INE. Ils arrivent chaque nuit : revenez demain.",
        )
    return found


def _numbers(source: Source) -> Iterator[Record]:
    return ine.numbers(source.sending, _numbered(source))


def _private(version: str) -> Callable[[Source], Iterator[Record]]:
    word = f"prive-{version}"

    def records(source: Source) -> Iterator[Record]:
        known = _known_to_software(_with_pupils(source.roll, word))
        roll = _with_guardians(
            _with_pupils(
                known, word, why="aucun élève n’a d’identifiant du logiciel de l’établissement"
            ),
            word,
        )
        named = {guardian_id for pupil in roll.pupils for guardian_id, _ in pupil.links}
        nameless = sum(roll.guardians[i].private_id is None for i in named)
        if nameless:
            raise MissingPrivateIdError(nameless)
        return private.prive(
            source.sending,
            roll,
            version=version,
            software=source.row.software or _OUR_SOFTWARE,
            send_number=source.send_number,
        )

    return records


def _groupes(source: Source) -> Iterator[Record]:
    held = source.memberships
    if not held:
        raise NothingToExportError(
            GROUPS,
            "GROUPE",
            "aucun élève n’est dans un groupe cette année. Importez d’abord le fichier des groupes.",
        )
    return groupes(
        source.sending,
        source.roll,
        held,
        software=source.row.software or _OUR_SOFTWARE,
        send_number=source.send_number,
    )


def _oneroster(source: Source) -> SentFileContent:
    roll = _with_pupils(source.roll, ONEROSTER)
    rows = oneroster(
        source.sending,
        roll,
        name=source.common.name,
        starts_on=source.row.starts_on,
        ends_on=source.row.ends_on,
        divisions=source.structures[Structure.Kind.DIVISION],
        groups=source.structures[Structure.Kind.GROUP],
        held=source.memberships,
    )
    content = write_package(
        rows, source=_OUR_SOFTWARE, source_code=source.uai, at=source.sending.made_at
    )
    name = f"OneRoster_{source.uai}_{source.row.year}-{source.row.year + 1}.zip"
    counts = {file: len(lines) for file, lines in rows.items() if lines}
    return SentFileContent(ONEROSTER, name, content, counts, ())


def _known_to_software(roll: Roll) -> Roll:
    """Leave out the pupils that the software does not know: it could not have written them."""
    known = (pupil for pupil in roll.pupils if pupil.enrolment.private_id is not None)
    return replace(roll, pupils=tuple(known))


def _old_pupils(source: Source) -> Iterator[Record]:
    return for_old_readers(_eleves(source), source.roll)


def _old_guardians(source: Source) -> Iterator[Record]:
    return for_old_readers(_responsables(source), source.roll)


_OFFICIAL = {
    "nomenclature": _Kind(_nomenclature, NOMENCLATURE, "Nomenclature"),
    "structures": _Kind(_structures, STRUCTURES, "Structures"),
    "communs": _Kind(_communs, COMMUNS, "Communs"),
    "etablissements": _Kind(_etablissements, ETABLISSEMENTS, "Etablissements"),
    "etablissements-eleves": _Kind(_pupils_schools, ETABLISSEMENTS, "EtablissementsEleves"),
    "geographique": _Kind(_geographique, GEOGRAPHIQUE, "Geographique"),
    "eleves": _Kind(_eleves, ELEVES, "ElevesAvecAdresses"),
    "eleves-sans-adresses": _Kind(_eleves_bare, ELEVES, "ElevesSansAdresses"),
    "responsables": _Kind(_responsables, RESPONSABLES, "ResponsablesAvecAdresses"),
    "responsables-sans-adresses": _Kind(
        _responsables_bare, RESPONSABLES, "ResponsablesSansAdresses"
    ),
}
#: The INE alone: not among all that is exported, for the pupils' file holds them.
_NUMBERS = {"ine": _Kind(_numbers, ELEVES, "INE")}
#: The same as a table, for whoever types them.
NUMBERS_TABLE = "ine-csv"
#: For software that reads files as they were before 2018.
_OLD = {
    "eleves-anciens": _Kind(_old_pupils, ELEVES, "ElevesAvecAdresses"),
    "responsables-anciens": _Kind(_old_guardians, RESPONSABLES, "ResponsablesAvecAdresses"),
}
_PRIVATE = {
    f"prive-{version}": _Kind(_private(version), description_of(version)) for version in VERSIONS
}
_KINDS = (
    _OFFICIAL
    | _NUMBERS
    | _OLD
    | _PRIVATE
    | {GROUPS: _Kind(_groupes, GROUPES, marker=GROUP_LINKS_SIGN)}
)

#: Official exports, by their word.
OFFICIAL_NAMES = {word: kind.official for word, kind in (_OFFICIAL | _NUMBERS | _OLD).items()}

#: All versions of the private file bear one name.
_PRIVATE_NAME = "prive"

#: Exports that a school's software needs before it can send its pupils.
_MILESTONES = {
    "nomenclature": Milestone.NOMENCLATURE_SENT,
    "structures": Milestone.STRUCTURES_SENT,
    "communs": Milestone.COMMON_SENT,
    "eleves": Milestone.PUPILS_SENT,
    "eleves-sans-adresses": Milestone.PUPILS_SENT,
    "eleves-anciens": Milestone.PUPILS_SENT,
    "ine": Milestone.PUPILS_SENT,
    NUMBERS_TABLE: Milestone.PUPILS_SENT,
}

#: The words that name an export, `EVERYTHING` besides.
KINDS = (*_OFFICIAL, *_NUMBERS, NUMBERS_TABLE, *_OLD, *_PRIVATE, GROUPS, ONEROSTER)


def _wanted(kinds: Sequence[str]) -> list[str]:
    if not kinds:
        raise UnknownKindError("")
    words: dict[str, None] = {}
    for kind in kinds:
        words |= dict.fromkeys(_OFFICIAL if kind == EVERYTHING else (kind,))
    for word in words:
        if word not in KINDS:
            raise UnknownKindError(word)
    names = [
        OFFICIAL_NAMES.get(word, _PRIVATE_NAME if word in _PRIVATE else word) for word in words
    ]
    if len(set(names)) < len(names):
        raise SameNameError
    return list(words)


def _file(word: str, source: Source) -> SentFileContent:
    if word == NUMBERS_TABLE:
        lines = ine.table(_numbered(source))
        name = f"INE_{source.uai}_{source.row.year}-{source.row.year + 1}.csv"
        return SentFileContent(word, name, sheet(ine.COLUMNS, lines), {"ELEVE": len(lines)}, ())
    if word == ONEROSTER:
        return _oneroster(source)
    kind = _KINDS[word]
    records = list(kind.records(source))
    made_at = source.sending.made_at
    xml, replaced = _written(kind.document, records)
    if kind.official:
        name, content = official_zip(kind.official, xml, made_at)
    else:
        if replaced:
            # The schools' software may write UTF-8 too: better that than a lost letter.
            xml, replaced = _written(kind.document, records, encoding="UTF-8")
        stem = private_import_name(source.uai, source.row.year, made_at, kind.marker)
        name, content = f"{stem}.zip", zip_of(f"{stem}.xml", xml, made_at)
    counts = Counter(record.tag for record in records[1:])
    if word in _PRIVATE:
        counts[OMITTED] = len(source.roll.pupils) - counts["ELEVE"]
    return SentFileContent(word, name, content, dict(+counts), replaced)


def _written(
    document: Document, records: Iterable[Record], encoding: str = "ISO-8859-15"
) -> tuple[bytes, tuple[ReplacedCharacter, ...]]:
    out = io.BytesIO()
    replaced = write(document, records, out, encoding)
    return out.getvalue(), tuple(replaced)
