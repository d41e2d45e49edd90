"""Pupils: their places in the groups of the school, sent in a file of their own.

Source of the codes and of their conditions: import of the links between pupils and groups.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bascule.exchange.records import Facts, Place, PupilRecord
from bascule.exchange.rules.declare import OWN, rule
from bascule.exchange.rules.identity import day
from bascule.exchange.rules.persons import are_names, known_id, private_id
from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.students.rows import EnrolmentRow, MembershipRow
from bascule.values import civil_identity

LINKS = "import des liens élève-groupe, traitement officiel"

REJELEGROUPE_01 = rule(
    "REJELEGROUPE_01", Effect.RECORD, "Élève inconnu de l’établissement : ses groupes ne sont pas repris",
    "ELEVE_ID", "ID_NATIONAL", "ID_PRV_ELE", source=LINKS, blocks=False,
    remedy="Importez d’abord l’élève, puis renvoyez le fichier des groupes.",
)  # fmt: skip
REJELEGROUPE_02 = rule(
    "REJELEGROUPE_02", Effect.RECORD, "Fiche qui ne désigne pas un élève : ses groupes ne sont pas repris",
    "NOM_DE_FAMILLE", "PRENOM", "DATE_NAISS", source=LINKS, blocks=False,
)  # fmt: skip
REJELEGROUPE_03 = rule(
    "REJELEGROUPE_03", Effect.RECORD, "Élève déjà traité dans ce fichier : doublon ou homonyme",
    "ELEVE_ID", "ID_NATIONAL", "ID_PRV_ELE", source=LINKS, blocks=False,
    remedy="Gardez une seule fiche pour cet élève dans votre logiciel, puis renvoyez le fichier.",
)  # fmt: skip
GROUPE_A_01 = rule(
    "GROUPE_A_01", Effect.PART, "Groupe inconnu de l’établissement : ce lien n’est pas repris", "CODE_GROUPE",
    source=LINKS, blocks=False,
    remedy="Créez ce groupe dans les structures, ou corrigez-le dans votre logiciel, puis renvoyez le fichier.",
)  # fmt: skip
GROUPE_B_01 = rule(
    "GROUPE_B_01", Effect.PART, "Élève sans MEF : aucun de ses groupes n’est repris", "GROUPES",
    source=LINKS, blocks=False, remedy="Donnez son MEF à l’élève, puis renvoyez le fichier des groupes.",
)  # fmt: skip
GROUPE_B_02 = rule(
    "GROUPE_B_02", Effect.PART, "Groupe qui n’accueille pas le MEF de l’élève : ce lien n’est pas repris",
    "CODE_GROUPE", source=LINKS, blocks=False,
    remedy="Vérifiez le MEF de l’élève et les divisions du groupe, puis renvoyez le fichier.",
)  # fmt: skip
INF_GROUPE_C_01 = rule(
    "INF_GROUPE_C_01", Effect.NOTE, "Même groupe donné deux fois : le second lien n’est pas repris", "CODE_GROUPE",
    source=OWN, remedy="Gardez un seul lien avec ce groupe dans votre logiciel.",
)  # fmt: skip
ELEGRP_A_01 = rule(
    "ELEGRP_A_01", Effect.DEFAULT, "Fin qui ne suit pas le début : elle n’est pas reprise", "DATE_FIN_GROUPE",
    source=LINKS, blocks=False,
)  # fmt: skip
ELEGRP_A_02 = rule(
    "ELEGRP_A_02", Effect.DEFAULT,
    "Début hors de l’année scolaire : l’entrée de l’élève, ou le début de l’année, est mis à sa place",
    "DATE_DEBUT_GROUPE", source=LINKS, blocks=False,
)  # fmt: skip
ELEGRP_A_03 = rule(
    "ELEGRP_A_03", Effect.DEFAULT, "Fin hors de l’année scolaire : elle n’est pas reprise", "DATE_FIN_GROUPE",
    source=LINKS, blocks=False,
)  # fmt: skip


def named_pupil(raw: Fields, pupil: PupilRecord) -> None:
    """Take over what names the pupil; without a civil status the record is rejected.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives values and findings.
    """
    row = pupil.student
    pupil.known_id = known_id(raw.get("ELEVE_ID"))
    pupil.private_id = private_id(raw.get("ID_PRV_ELE"))
    number: Any = raw.get("ID_NATIONAL")
    row.ine = number.upper() if number else None
    family, first = raw.get("NOM_DE_FAMILLE"), raw.get("PRENOM")
    if not are_names(family, first):
        pupil.meets(REJELEGROUPE_02, "NOM_DE_FAMILLE", str(family or ""))
        return
    row.family_name = civil_identity.family_name(str(family))
    row.first_name = civil_identity.first_name(str(first))
    pupil.label = f"{row.family_name} {row.first_name}"
    usual, second, third = (str(raw.get(tag, "")) for tag in ("NOM_USAGE", "PRENOM2", "PRENOM3"))
    row.usual_name = civil_identity.family_name(usual) or None
    row.second_name = civil_identity.first_name(second) or None
    row.third_name = civil_identity.first_name(third) or None
    birth = day(raw.get("DATE_NAISS"))
    if birth is None:
        pupil.meets(REJELEGROUPE_02, "DATE_NAISS", str(raw.get("DATE_NAISS") or ""))
    else:
        row.birth_date = birth


def places(raw: Fields, pupil: PupilRecord, facts: Facts) -> dict[str, Place]:
    """Take over the groups that the school has.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives the findings.
        facts (Facts): the groups of the school.

    Returns:
        dict[str, Place]: by code, in the order of the file.
    """
    kept: dict[str, Place] = {}
    block: Any = raw.get("GROUPES") or {}
    for group in block.get("GROUPE", ()):
        code = group.get("CODE_GROUPE", "")
        if facts.groups is not None and code not in facts.groups:
            pupil.meets(GROUPE_A_01, "CODE_GROUPE", code)
        elif code in kept:
            pupil.meets(INF_GROUPE_C_01, "CODE_GROUPE", code)
        elif code:
            kept[code] = Place(code, group.get("DATE_DEBUT_GROUPE"), group.get("DATE_FIN_GROUPE"))
    return kept


def memberships(
    pupil: PupilRecord, mef: str | None, enrolment: EnrolmentRow, facts: Facts
) -> dict[str, MembershipRow]:
    """Say in which groups a stored pupil is to be.

    Args:
        pupil (PupilRecord): the record, matched; receives the findings.
        mef (str | None): the MEF that the pupil follows; None when there is none.
        enrolment (EnrolmentRow): the pupil's year.
        facts (Facts): the school's year, and what its groups serve.

    Returns:
        dict[str, MembershipRow]: by code of the group.
    """
    if mef is None:
        if pupil.places:
            pupil.meets(GROUPE_B_01, "GROUPES")
        return {}
    served: Mapping[str, frozenset[str]] = facts.groups or {}
    found: dict[str, MembershipRow] = {}
    for place in pupil.places.values():
        mefs = served.get(place.code)
        if mefs and mef not in mefs:
            pupil.meets(GROUPE_B_02, "CODE_GROUPE", place.code)
        else:
            found[place.code] = _dated(place, pupil, enrolment, facts)
    return found


def _dated(
    place: Place, pupil: PupilRecord, enrolment: EnrolmentRow, facts: Facts
) -> MembershipRow:
    starts_on, ends_on = day(place.starts_on), day(place.ends_on)
    if place.starts_on is not None and not _within(starts_on, facts):
        pupil.meets(ELEGRP_A_02, "DATE_DEBUT_GROUPE", place.starts_on, f"Groupe {place.code}.")
        entered = enrolment.entered_on
        starts_on = entered if entered and _within(entered, facts) else facts.starts_on
    if place.ends_on is not None and not _within(ends_on, facts):
        pupil.meets(ELEGRP_A_03, "DATE_FIN_GROUPE", place.ends_on, f"Groupe {place.code}.")
        ends_on = enrolment.left_on
    elif starts_on is not None and ends_on is not None and starts_on >= ends_on:
        pupil.meets(ELEGRP_A_01, "DATE_FIN_GROUPE", ends_on.isoformat(), f"Groupe {place.code}.")
        ends_on = enrolment.left_on
    if starts_on is not None and ends_on is not None and starts_on >= ends_on:
        # The exit itself comes before: nothing is known of the end.
        ends_on = None
    return MembershipRow(place.code, starts_on, ends_on)


def _within(found: date | None, facts: Facts) -> bool:
    return found is not None and facts.starts_on <= found <= facts.ends_on
