"""The catalogue of the academic base: each table, each column, what it means and where it comes from.

It is the only list: the rows in PostgreSQL, the Parquet files, the reasons of a change and the page of the
documentation are made from it. Another content is another version, and the next night sends all of it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bascule.students.rows import INE_SQL

#: Of the content below: its day. The night after a change compares every school.
VERSION: Final = "2026-11-27"

#: Stands between the values of a list, in the file that goes from PostgreSQL to DuckDB.
BETWEEN: Final = "\x1f"


class Part(StrEnum):
    """What a column tells of a pupil: the reason of a change, in codes that stay."""

    IDENTITY = "ETAT_CIVIL"
    INE = "INE"
    ADDRESS = "ADRESSE"
    GUARDIANS = "RESPONSABLES"
    PRESENCE = "ENTREE_SORTIE"
    REGIME = "REGIME_BOURSES"
    ORIGIN = "ANNEE_PRECEDENTE"
    SCHOOLING = "SCOLARITE"
    NATIONALITY = "NATIONALITE"


class Type(StrEnum):
    """The type of a column, as DuckDB names it."""

    TEXT = "VARCHAR"
    TEXTS = "VARCHAR[]"
    DAY = "DATE"
    FLAG = "BOOLEAN"
    NUMBER = "BIGINT"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: in the files.
        stored: in PostgreSQL.
        type: its type.
        meaning: French.
        source: where it is read: an element of the files of schools, or of this program.
        value: what gives it, in the SQL of a snapshot.
        part: what it tells of a pupil.
    """

    name: str
    stored: str
    type: Type
    meaning: str
    source: str
    value: str
    part: Part


@dataclass(frozen=True, slots=True)
class Table:
    """One data set, by year and by school.

    Attributes:
        name: of its folder.
        stored: in PostgreSQL.
        meaning: French.
        columns: its columns, after `annee`, `uai` and `eleve_id`.
    """

    name: str
    stored: str
    meaning: str
    columns: tuple[Column, ...]


#: What every table begins with; `year` and `uai` are folders.
KEYS: Final = (
    ("year", Type.NUMBER, "Année scolaire, par sa première année civile (partition)"),
    ("uai", Type.TEXT, "Numéro de l’établissement (partition)"),
    ("eleve_id", Type.NUMBER, "Numéro de la fiche de l’élève dans l’établissement, jamais redonné"),
)


def _of(part: Part, *columns: tuple[str, str, Type, str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*column, part) for column in columns)


PUPILS: Final = Table(
    "eleves",
    "bea_record",
    "Un élève d’un établissement pour une année, tel que la base académique le connaît",
    (
        *_of(
            Part.INE,
            (
                "ine",
                "ine",
                Type.TEXT,
                "Identifiant national de l’élève : celui du registre, sinon le déclaré, sinon celui de la base",
                "ID_NATIONAL, INE_RNIE, INE_BEA",
                INE_SQL,
            ),
        ),
        *_of(
            Part.IDENTITY,
            (
                "nom_famille",
                "family_name",
                Type.TEXT,
                "Nom de famille",
                "NOM_DE_FAMILLE",
                "s.family_name",
            ),
            ("nom_usage", "usual_name", Type.TEXT, "Nom d’usage", "NOM_USAGE", "s.usual_name"),
            ("prenom", "first_name", Type.TEXT, "Premier prénom", "PRENOM", "s.first_name"),
            ("prenom2", "second_name", Type.TEXT, "Deuxième prénom", "PRENOM2", "s.second_name"),
            ("prenom3", "third_name", Type.TEXT, "Troisième prénom", "PRENOM3", "s.third_name"),
            ("sexe", "sex", Type.TEXT, "1 garçon, 2 fille", "CODE_SEXE", "s.sex"),
            (
                "date_naissance",
                "birth_date",
                Type.DAY,
                "Date de naissance",
                "DATE_NAISS",
                "s.birth_date",
            ),
            (
                "pays_naissance",
                "birth_country",
                Type.TEXT,
                "Pays de naissance",
                "CODE_PAYS",
                "s.birth_country",
            ),
            (
                "commune_naissance",
                "birth_commune",
                Type.TEXT,
                "Commune de naissance (code INSEE)",
                "CODE_COMMUNE_INSEE_NAISS",
                "s.birth_commune",
            ),
            (
                "ville_naissance",
                "birth_town",
                Type.TEXT,
                "Ville de naissance à l’étranger",
                "VILLE_NAISS",
                "s.birth_town",
            ),
        ),
        *_of(
            Part.ADDRESS,
            (
                "adresse",
                "address",
                Type.TEXTS,
                "Lignes de l’adresse de l’élève, ou du responsable qui l’héberge",
                "LIGNE1_ADRESSE à LIGNE4_ADRESSE",
                "nullif(array_remove(ARRAY[a.line1, a.line2, a.line3, a.line4], NULL), '{}')",
            ),
            ("code_postal", "postcode", Type.TEXT, "Code postal", "CODE_POSTAL", "a.postcode"),
            (
                "commune",
                "town",
                Type.TEXT,
                "Commune de résidence",
                "LL_POSTAL, COMMUNE_ETRANGERE",
                "coalesce(a.town, a.foreign_town)",
            ),
            ("pays", "country", Type.TEXT, "Pays de résidence", "LL_PAYS", "a.country"),
        ),
        *_of(
            Part.GUARDIANS,
            (
                "responsables",
                "guardians",
                Type.TEXTS,
                "Par responsable : niveau, lien de parenté, profession (code PCS) ; jamais son nom",
                "NIVEAU_RESPONSABILITE, CODE_PARENTE, CODE_PROFESSION",
                "g.guardians",
            ),
        ),
        *_of(
            Part.PRESENCE,
            (
                "date_entree",
                "entered_on",
                Type.DAY,
                "Entrée dans l’établissement",
                "DATE_ENTREE",
                "e.entered_on",
            ),
            (
                "date_sortie",
                "left_on",
                Type.DAY,
                "Sortie de l’établissement",
                "DATE_SORTIE",
                "e.left_on",
            ),
            (
                "motif_sortie",
                "exit_reason",
                Type.TEXT,
                "Motif de sortie",
                "CODE_MOTIF_SORTIE",
                "e.exit_reason",
            ),
        ),
        *_of(
            Part.REGIME,
            ("regime", "regime", Type.TEXT, "Régime", "CODE_REGIME", "e.regime"),
            (
                "doublant",
                "is_repeating",
                Type.FLAG,
                "Redouble son niveau",
                "DOUBLEMENT",
                "e.is_repeating",
            ),
            (
                "bourses",
                "grants",
                Type.TEXTS,
                "Par bourse : code et parts",
                "CODE_BOURSE, NB_PARTS_BOURSE",
                "nullif(e.grants, '{}')",
            ),
        ),
        *_of(
            Part.ORIGIN,
            (
                "uai_precedent",
                "previous_uai",
                Type.TEXT,
                "Établissement de l’année précédente",
                "CODE_RNE (SCOLARITE_AN_DERNIER)",
                "e.previous_uai",
            ),
            (
                "mef_precedent",
                "previous_mef",
                Type.TEXT,
                "Formation de l’année précédente",
                "CODE_MEF (SCOLARITE_AN_DERNIER)",
                "e.previous_mef",
            ),
        ),
        *_of(
            Part.SCHOOLING,
            (
                "mef",
                "mef",
                Type.TEXT,
                "Formation (MEF) de la dernière période ; vide pour qui est sorti avant toute période",
                "CODE_MEF",
                "l.mef",
            ),
            (
                "division",
                "division",
                Type.TEXT,
                "Division de la dernière période",
                "CODE_STRUCTURE",
                "l.division",
            ),
            ("statut", "status", Type.TEXT, "Statut", "CODE_STATUT", "l.status"),
            (
                "options",
                "options",
                Type.TEXTS,
                "Par option : matière, modalité, établissement d’accueil",
                "CODE_MATIERE, CODE_MODALITE_ELECT",
                "nullif(l.options, '{}')",
            ),
            (
                "periodes",
                "periods",
                Type.TEXTS,
                "Par période de l’année : début, fin, MEF, division, statut",
                "SCOLARITES_ACTIVES",
                "p.periods",
            ),
        ),
    ),
)

NATIONALITIES: Final = Table(
    "nationalites",
    "bea_nationality",
    "La nationalité d’un élève, pour la statistique seule : à part, et lue par elle seule",
    _of(
        Part.NATIONALITY,
        ("nationalite", "nationality", Type.TEXT, "Nationalité", "CODE_PAYS_NAT", "s.nationality"),
    ),
)

TABLES: Final = (PUPILS, NATIONALITIES)
