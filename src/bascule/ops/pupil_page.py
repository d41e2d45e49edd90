"""A copy of what is held on a pupil, as one page that a family reads: no script, nothing from outside."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from html import escape
from typing import Any, Final

from django.utils import timezone

from bascule.bea.models import Line
from bascule.certificates.models import Certificate
from bascule.exchange.labels import CODE_TABLES, field_label
from bascule.exchange.models import Disposition, PlanLine
from bascule.ine.models import Decision, Link, Merge, Number, Person, Request
from bascule.journal import kinds, retention
from bascule.nomenclatures import lookup as nomenclatures
from bascule.ops.pupil_copy import Part, PupilCopy, Row
from bascule.values import school_year

#: Numbers of rows and of acts: for machines, in the other file.
_SILENT: Final = frozenset(
    (
        "id", "uai", "act_id", "created_act_id", "line", "rank", "student_id", "guardian_id", "address_id", "run_id",
        "run", "sequence", "entity", "target_id", "private_id", "row_id", "person_id", "root_id", "transfer_id",
        "merge_id", "request_id", "request_uai", "undoes_id", "person_ids", "one_id", "other_id", "about",
    )
)  # fmt: skip
_LABELS: Final = {
    "number": "Numéro",
    "year": "Année scolaire",
    "at": "Quand",
    "kind": "Quoi",
    "actor": "Par",
    "operation": "Opération",
    "table_name": "Ce qui a changé",
    "before": "État d’avant",
    "purpose": "Pourquoi",
    "name": "Nom du fichier",
    "received_at": "Reçu le",
    "is_kept": "Fichier encore gardé",
    "group_code": "Groupe",
    "code": "Code",
    "initials": "Initiales",
    "birth_year": "Année de naissance",
    "issued_at": "Établi le",
    "issued_by": "Établi par",
    "withdrawn_at": "Annulé le",
    "action": "Effet",
    "label": "Fiche",
    "changes": "Changements",
    "effect": "Effet",
    "blocks": "Bloquante",
    "field": "Champ",
    "value": "Valeur",
    "detail": "Précision",
    "record": "Fiche",
    "reason": "Raison",
    "until": "Jusqu’au",
    "decided_by": "Décidé par",
    "decided_at": "Décidé le",
    "state": "État",
    "asked_at": "Demandé le",
    "asked_by": "Demandé par",
    "answered_at": "Répondu le",
    "answered_by": "Répondu par",
    "settled_at": "Réglé le",
    "settled_by": "Réglé par",
    "how": "Comment",
    "since": "Depuis le",
    "given": "INE donné",
    "given_at": "Donné le",
    "given_ine": "INE donné",
    "source": "Origine",
    "from_uai": "Établissement",
    "last_uai": "Dernier établissement",
    "last_year": "Dernière année",
    "outcome": "Résultat",
    "reasons": "Raisons",
    "from_night": "De la nuit",
    "to_night": "À la nuit",
    "guardians": "Responsables (niveau, lien)",
    "periods": "Périodes",
    "address": "Adresse",
    "postcode": "Code postal",
    "town": "Commune",
    "foreign_town": "Commune à l’étranger",
    "country": "Pays",
    "line1": "Ligne 1",
    "line2": "Ligne 2",
    "line3": "Ligne 3",
    "line4": "Ligne 4",
    "is_handed": "Transmise au rectorat",
    "birth_precision": "Date de naissance connue",
    "returned_at": "Revenu du logiciel le",
    "division": "Division",
    "subject": "De qui",
    "why": "Pourquoi",
    "explanation": "Explication",
    "signed_at": "Signé le",
    "codes": "Codes",
}
_TABLES: Final = {
    "students_student": "Identité",
    "students_enrolment": "Année dans l’établissement",
    "students_schooling": "Période de scolarité",
    "students_membership": "Groupe",
    "students_guardian": "Responsable",
    "students_guardianship": "Lien avec un responsable",
    "certificates_certificate": "Certificat",
    "exchange_disposition": "Anomalie",
    "ine_link": "Lien avec le répertoire",
    "ine_request": "Demande d’INE",
}
_OPERATIONS: Final = {"U": "modifié", "D": "supprimé", "I": "rétabli"}
_CODED: Final = {
    "action": dict(PlanLine.Action.choices),
    "birth_precision": dict(Person.Precision.choices),
    "how": dict(Link.How.choices),
    "kind": {**dict(Certificate.Kind.choices), **dict(Disposition.Kind.choices), **dict(Decision.Kind.choices)},
    "outcome": dict(Line.Outcome.choices),
    "source": dict(Number.Source.choices),
    "state": {**dict(Request.State.choices), **dict(Merge.State.choices)},
    "table_name": _TABLES,
    "operation": _OPERATIONS,
    "level": {"1": "représentant légal", "2": "personne en charge", "3": "personne à contacter"},
}  # fmt: skip
_INFORMED: Final = (
    (
        "Pourquoi ces données",
        "Tenir la scolarité de l’élève, ses échanges entre l’établissement et le rectorat, son identifiant national.",
    ),
    (
        "D’où elles viennent",
        "Du logiciel de l’établissement, de ce que son personnel saisit, et du répertoire des identifiants.",
    ),
    (
        "Qui les reçoit",
        (
            "Le personnel habilité de l’établissement et du rectorat, la base académique, le service national des INE,"
            " et le logiciel de l’établissement."
        ),
    ),
    (
        "Vos droits",
        (
            "Faire rectifier ce qui est faux : demandez-le à l’établissement, qui corrige la fiche. Demander la"
            " limitation ou l’effacement : écrivez au délégué à la protection des données de l’académie. Vous pouvez"
            " saisir la CNIL."
        ),
    ),
)
_STYLE: Final = (
    "body{font:16px/1.5 sans-serif;max-width:75rem;margin:0 auto;padding:1rem;color:#1e1e1e;background:#fff}"
    "div{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem}"
    "th,td{border:1px solid #929292;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}ul{margin:0;padding-left:1.25rem}"
)


def as_page(copy: PupilCopy) -> str:
    """Write a copy for people.

    Args:
        copy (PupilCopy): what was gathered.

    Returns:
        str: an HTML page in French, whole by itself.
    """
    title = f"Données tenues sur {copy.name}"
    days = retention.durations()
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>Copie remise au titre du droit d’accès (RGPD, article 15), faite le {_instant(copy.at)}.</p>",
        *(f"<h2>{escape(head)}</h2><p>{escape(text)}</p>" for head, text in _INFORMED),
        "<h2>Combien de temps</h2><ul>",
        *(
            f"<li>{escape(kind.rule.label)} : {count} jours {escape(kind.rule.counted)}.</li>"
            for kind, count in days.items()
        ),
        "</ul>",
    ]
    if copy.withheld:
        body.append("<h2>Ce qui n’est pas remis, pour protéger d’autres personnes</h2><ul>")
        body += [f"<li>{escape(what)} : {count}.</li>" for what, count in copy.withheld.items()]
        body.append("</ul>")
    for holding in copy.holdings:
        body.append(f"<h2>{escape(f'{holding.uai} {holding.school_name}'.rstrip())}</h2>")
        body += map(_table, holding.parts)
    if copy.directory:
        body.append("<h2>Répertoire académique des identités</h2>")
        body += map(_table, copy.directory)
    return (
        f'<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _table(part: Part) -> str:
    columns = [
        name
        for name in dict.fromkeys(name for row in part.rows for name in row)
        if name not in _SILENT and any(row.get(name) not in (None, "", [], {}) for row in part.rows)
    ]
    heads = "".join(f'<th scope="col">{escape(_label(name))}</th>' for name in columns)
    lines = "".join(
        f"<tr>{''.join(f'<td>{_told(name, row.get(name), row)}</td>' for name in columns)}</tr>\n"
        for row in part.rows
    )
    return (
        f"<div tabindex=0><table><caption>{escape(part.title)} ({len(part.rows)})</caption>"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{lines}</tbody></table></div>"
    )


def _label(name: str) -> str:
    return _LABELS[name] if name in _LABELS else field_label(name)


def _told(name: str, value: Any, row: Row) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, dict):
        items = (
            f"<li>{escape(_label(key))} : {_told(key, held, value)}</li>"
            for key, held in value.items()
            if key not in _SILENT and held not in (None, "", [], {})
        )
        return f"<ul>{''.join(items)}</ul>"
    if isinstance(value, list):
        return _listed(name, value, row)
    return escape(_worded(name, value))


def _listed(name: str, value: Sequence[Any], row: Row) -> str:
    is_change = row.get("action") is None and len(value) == len(("before", "after"))
    if is_change and name not in ("options", "grants", "plans", "reasons", "codes", "address"):
        before, after = (_told(name, one, {}) or "(vide)" for one in value)
        return f"{before} → {after}"
    return ", ".join(_told(name, one, row) for one in value)


def _worded(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = str(value)
    if name in ("year", "last_year"):
        text = school_year.label(int(value))
    elif name in _CODED:
        text = str(_CODED[name].get(text) or kinds.words(text))
    elif name in CODE_TABLES:
        word = nomenclatures.labels(CODE_TABLES[name]).get(text)
        text = f"{word} ({text})" if word and word != text else text
    else:
        text = _moment(text)
    return text


def _moment(text: str) -> str:
    for read, shape in _MOMENTS:
        with suppress(ValueError):
            return shape(read(text))
    return text


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - a day has no zone


def _aware(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def _instant(at: datetime) -> str:
    return f"{timezone.localtime(at):%d/%m/%Y à %H h %M}"


_MOMENTS: Final[Sequence[tuple[Callable[[str], datetime], Callable[[datetime], str]]]] = (
    (_day, lambda day: f"{day:%d/%m/%Y}"),
    (_aware, _instant),
)
