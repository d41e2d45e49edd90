"""The shapes that the interface says, and how it says no, for its description."""

from collections.abc import Mapping
from typing import Annotated, Any

from ninja import Field, Path, Query, Schema

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]

#: The greatest number that the base may give.
MOST_ID = 2**63 - 1
#: The number of something, in a path.
Number = Annotated[int, Path(ge=1, le=MOST_ID)]
#: The year of what is asked, in a query.
SchoolYear = Annotated[
    int, Query(description="Année scolaire, par sa première année civile.", ge=1990, le=2100)
]


class Problem(Schema):
    """Ce qui a été refusé, ou ce qui s’est mal passé (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str = Field(description="Ce à quoi un programme le reconnaît ; stable.")
    detail: str = Field(
        description="Ce qui ne va pas, et que faire ; en anglais si « Accept-Language » le demande."
    )
    detail_fr: str = Field(
        default="", description="À côté de l’anglais : la phrase française, qui peut en dire plus."
    )


class School(Schema):
    """Un établissement."""

    uai: str
    name: str


class Me(Schema):
    """Le jeton, et ce qu’il permet."""

    token: int = Field(description="Numéro du jeton.")
    name: str
    school: School
    scopes: list[str] = Field(description="Ce que le jeton permet.")
    expires_on: str = Field(
        description="Dernier jour du jeton, inclus.", json_schema_extra={"format": "date"}
    )
    years: list[int] = Field(description="Les années ouvertes, celle en cours d’abord.")


class Run(Schema):
    """Un import : un fichier reçu, et ce qu’il en a été fait."""

    run: int = Field(description="Numéro de l’import.")
    school: str
    year: int = Field(description="Année scolaire, par sa première année civile.")
    year_label: str
    state: str = Field(
        description="`untold` (colonnes à préciser par une personne), `received`, `planned` (à confirmer),"
        " `held` (retenu), `applied` (intégré),"
        " `declined` (abandonné), `undone` (annulé), `refused` (refusé)."
    )
    flow: str
    received_at: Instant
    received_by: str
    applied_at: Instant | None
    undone_at: Instant | None
    heading: dict[str, Any] = Field(description="Ce que le fichier dit de lui-même.")
    counts: dict[str, Any] = Field(description="Lus, ajoutés, modifiés, inchangés, mis de côté.")
    guards: list[dict[str, Any]] = Field(description="Ce qui retient l’import, avec ses chiffres.")
    plan: str = Field(description="Empreinte de ce qui a été montré, et sera confirmé.")
    applies: bool = Field(
        description="Il s’intègre de lui-même quand rien ne le retient : `planned` n’est alors qu’un passage."
    )
    page: str = Field(
        description="Où une personne voit l’import.", json_schema_extra={"format": "uri"}
    )


class Runs(Schema):
    """Des imports, le dernier reçu d’abord."""

    imports: list[Run]


class DepositAsked(Schema):
    """Ce qui est dit d’un dépôt."""

    annee: int = Field(
        description="Année scolaire, par sa première année civile.", ge=1990, le=2100
    )
    partiel: bool = Field(
        default=False,
        description="Le fichier ne porte que des fiches corrigées : personne n’en est absent.",
    )
    changement_logiciel: bool = Field(
        default=False, description="L’établissement déclare qu’il a changé de logiciel."
    )
    integrer: bool = Field(
        default=False,
        description="Intégrer dès que le fichier est lu, si rien ne retient l’import ; demande la portée"
        " `imports:confirm`.",
    )


class Finding(Schema):
    """Ce qu’une règle dit d’une fiche."""

    rank_in_run: int = Field(description="Rang dans l’import ; pour demander la page suivante.")
    code: str = Field(description="Code de la règle ; stable.")
    subject: str
    effect: str = Field(description="Ce qui en est fait : signalé, forcé, ignoré, rejeté.")
    blocks: bool = Field(description="La fiche ne monte pas à la base académique.")
    line: int
    rank: int
    field: str
    value: str
    sentence: str = Field(description="Ce qui ne va pas, pour la personne.")
    remedy: str = Field(description="Que faire.")
    record: str
    private_id: int | None
    our_id: int | None = Field(description="Notre numéro, si la fiche est déjà connue.")
    division: str


class Findings(Schema):
    """Des anomalies, dans l’ordre du fichier."""

    findings: list[Finding]
    next: int | None = Field(description="À donner comme `apres` ; nul à la fin.")


class Change(Schema):
    """Ce qui change dans un champ."""

    field: str
    sentence: str = Field(description="Avant et après, pour la personne.")


class PlanLine(Schema):
    """Un effet d’un import sur une fiche."""

    rank_in_run: int
    entity: str = Field(description="`pupil`, `person` ou `link`.")
    action: str = Field(description="`create`, `update`, `remove`, `absent` ou `spare`.")
    line: int | None
    rank: int | None
    private_id: int | None
    our_id: int | None
    record: str
    division: str
    changes: list[Change] = Field(description="Pour une modification, champ par champ.")


class PlanLines(Schema):
    """Des effets, dans l’ordre du fichier."""

    lines: list[PlanLine]
    next: int | None = Field(description="À donner comme `apres` ; nul à la fin.")


class ExportAsked(Schema):
    """Ce qui est demandé."""

    year: int = Field(description="Année scolaire, par sa première année civile.", ge=1990, le=2100)
    kinds: list[str] = Field(
        description="Les fichiers voulus, par leur nom dans « exports » ; vide : ceux que le logiciel attend.",
        max_length=40,
    )


class ExportFile(Schema):
    """Un fichier qui est sorti."""

    export: int = Field(description="Numéro du fichier.")
    kind: str
    year: int
    name: str = Field(description="Nom officiel.")
    sha256: str
    sent_at: Instant
    counts: dict[str, int]


class Exports(Schema):
    """Des fichiers sortis, et ceux qui peuvent l’être."""

    kinds: list[str] = Field(description="Ce qui peut être demandé.")
    expected: list[str] = Field(
        description="Ce que le logiciel attend, et reçoit s’il ne dit rien."
    )
    files: list[ExportFile] = Field(description="Le dernier de chaque sorte.")


class ExportsMade(Schema):
    """Des fichiers qui viennent de sortir."""

    files: list[ExportFile]


class Address(Schema):
    """Une adresse."""

    lines: list[str]
    postcode: str | None
    town: str | None
    foreign_town: str | None
    country: str | None


class Contact(Schema):
    """Comment joindre quelqu’un."""

    email: str | None
    personal_phone: str | None
    work_phone: str | None
    mobile_phone: str | None
    accepts_sms: bool | None
    address: Address | None


class Guardian(Contact):
    """Un responsable, pour un élève."""

    id: int = Field(description="`PERSONNE_ID`.")
    private_id: int | None
    level: str
    kinship: str
    is_first_to_call: bool | None
    pays_fees: bool | None
    civility: str | None
    family_name: str
    usual_name: str | None
    first_name: str
    shares_address: bool | None


class Pupil(Contact):
    """Un élève de l’année."""

    id: int = Field(description="`ELEVE_ID` : ne change jamais, n’est jamais redonné.")
    number: int = Field(description="`ELENOET`.")
    private_id: int | None = Field(description="`ID_PRV_ELE`, de l’année.")
    ine: str | None
    ine_rnie: str | None
    ine_bea: str | None
    family_name: str
    usual_name: str | None
    first_names: list[str]
    sex: str | None
    birth_date: Day
    birth_country: str | None
    birth_commune: str | None
    birth_town: str | None
    entered_on: Day | None
    left_on: Day | None
    mef: str | None
    division: str | None
    status: str | None
    regime: str | None
    is_repeating: bool | None
    groups: list[str]
    guardians: list[Guardian]
    previous_keys: dict[str, Any] = Field(
        description="Parmi des changements : les clés que l’élève portait avant."
    )


class Pupils(Schema):
    """Tous les élèves d’une année, au même instant."""

    cursor: str = Field(description="D’où suivre ce qui change ensuite.")
    pupils: list[Pupil]


class Removed(Schema):
    """Un élève qui n’est plus de l’année."""

    id: int
    keys: dict[str, Any] = Field(description="Sous quelles clés il était connu.")
    removed_at: Instant


class Changes(Schema):
    """Ce qui a changé depuis un repère."""

    cursor: str = Field(description="D’où suivre la suite.")
    pupils: list[Pupil] = Field(description="Ceux qui ont changé, tels qu’ils sont.")
    removed: list[Removed]


class PupilNumber(Schema):
    """L’INE d’un élève, ou pourquoi il n’en a pas."""

    id: int
    ine: str | None
    stand: str = Field(
        description="`connu`, `a-reexporter`, `repris`, `litige`, `erreur`, `a-demander` ou `bloque`."
    )
    why: str = Field(description="Pourquoi il n’y en a pas ; vide s’il y en a un.")
    remedy: str
    given_at: Instant | None


class Numbers(Schema):
    """Les INE d’une année."""

    to_take: int = Field(description="Combien sont arrivés depuis le dernier export des élèves.")
    numbers: list[PupilNumber]


class Structure(Schema):
    """Une division ou un groupe."""

    kind: str = Field(description="`division` ou `group`.")
    code: str
    label: str
    mefs: list[str]
    divisions: list[str] = Field(description="D’où viennent les élèves d’un groupe.")


class Structures(Schema):
    """Les structures d’une année."""

    structures: list[Structure]


class Entry(Schema):
    """Une valeur de nomenclature retenue par l’établissement."""

    table: str
    values: dict[str, Any]


class Entries(Schema):
    """Les nomenclatures d’une année."""

    entries: list[Entry]


def refusals(*statuses: int) -> Mapping[int, type[Problem]]:
    """Describe how a route says no.

    Args:
        *statuses (int): besides an unknown token.

    Returns:
        Mapping[int, type[Problem]]: what `response` of a route takes.
    """
    return dict.fromkeys((401, 429, 503, *statuses), Problem)
