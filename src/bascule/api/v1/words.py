"""The shapes that the interface says, and how it says no, for its description."""

from collections.abc import Mapping
from typing import Annotated, Any

from ninja import Field, Schema

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Problem(Schema):
    """Ce qui a été refusé, ou ce qui s’est mal passé (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str = Field(description="Ce à quoi un programme le reconnaît ; stable.")
    detail: str = Field(description="Ce qui ne va pas, et que faire.")


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


class Run(Schema):
    """Un import : un fichier reçu, et ce qu’il en a été fait."""

    run: int = Field(description="Numéro de l’import.")
    school: str
    year: int = Field(description="Année scolaire, par sa première année civile.")
    year_label: str
    state: str = Field(
        description="`received`, `planned` (à confirmer), `held` (retenu), `applied` (intégré),"
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


class Runs(Schema):
    """Des imports, le dernier reçu d’abord."""

    imports: list[Run]


def refusals(*statuses: int) -> Mapping[int, type[Problem]]:
    """Describe how a route says no.

    Args:
        *statuses (int): besides an unknown token.

    Returns:
        Mapping[int, type[Problem]]: what `response` of a route takes.
    """
    return dict.fromkeys((401, *statuses), Problem)
