"""The French sentences that every form of the report shares."""

from datetime import date, datetime
from typing import Final

from bascule.exchange.import_pipeline.report import Head, Removal, Report, Row, Section, Tally
from bascule.findings import Effect

TITLE: Final = "Compte rendu d’import"
NOTHING: Final = "Aucun résultat"
GUARDS: Final = "À vérifier avant de confirmer"
REMOVALS: Final = "Responsables que le fichier retire à un élève"
GIVEN: Final = "INE reçus depuis l’import précédent"
FILE_NOTES: Final = "Remarques sur le fichier"
REMEDIES: Final = "Comment corriger"
TALLY_HEAD: Final = ("", "Lus", "Ajoutés", "Modifiés", "Inchangés", "Mis de côté")

#: Keeps a number and its thousands on one line.
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


def number(value: int) -> str:
    """Write a count.

    Args:
        value (int): the count.

    Returns:
        str: `1 234`, with a no-break space.
    """
    return f"{value:,}".replace(",", _NO_BREAK)


def counted(value: int, noun: str) -> str:
    """Write a count and what is counted.

    Args:
        value (int): the count.
        noun (str): in the singular; each word takes an s.

    Returns:
        str: `0 élève`, `1 élève`, `2 élèves`.
    """
    words = " ".join(f"{word}s" for word in noun.split()) if value > 1 else noun
    return f"{number(value)}{_NO_BREAK}{words}"


def day(value: date) -> str:
    """Write a date.

    Args:
        value (date): the date.

    Returns:
        str: JJ/MM/AAAA.
    """
    return f"{value:%d/%m/%Y}"


#: Enough of a hash to tell one plan of a run from another, for those who copy it.
_SHOWN_OF_A_HASH = 12


def instant(value: datetime) -> str:
    """Write an instant, in the time zone it carries.

    Args:
        value (datetime): the instant.

    Returns:
        str: `01/09/2026 à 14 h 05`.
    """
    return f"{day(value)} à {value:%H}{_NO_BREAK}h{_NO_BREAK}{value:%M}"


def file_name(head: Head, extension: str, what: str = "compte-rendu") -> str:
    """Name a form of the report as all files given to people are named.

    Args:
        head (Head): head of the report.
        extension (str): without a dot.
        what (str): what the file is.

    Returns:
        str: `compte-rendu_0941234F_2026-2027_20260901-1405.csv`.
    """
    return f"{what}_{head.uai}_{head.year_label}_{head.received_at:%Y%m%d-%H%M}.{extension}"


def head_lines(head: Head) -> list[tuple[str, str]]:
    """Word the head.

    Args:
        head (Head): the head.

    Returns:
        list[tuple[str, str]]: what, and its value.
    """
    lines = [
        ("Établissement", f"{head.uai} {head.school_name}".rstrip()),
        ("Année scolaire", head.year_label),
        ("Import", f"n° {head.run_id}, {head.state_label}"),
        ("Reçu", f"le {instant(head.received_at)}"),
    ]
    if head.applied_at is not None:
        lines.append(("Intégré", f"le {instant(head.applied_at)}"))
    if head.file_names:
        names = "Fichiers" if len(head.file_names) > 1 else "Fichier"
        lines.append((names, ", ".join(head.file_names)))
    nature = head.kind + (f", version {head.version}" if head.version else "")
    if nature:
        lines.append(("Nature", nature))
    made = _made(head)
    if made:
        lines.append(("Produit", made))
    if head.plan_hash:
        lines.append(("Comparaison", f"{head.plan_hash[:_SHOWN_OF_A_HASH]}, à confirmer"))
    return lines


def _made(head: Head) -> str:
    parts = (
        f"le {day(head.made_on)}" if head.made_on else "",
        f"par {head.software}" if head.software else "",
        f"envoi n° {head.send_number}" if head.send_number is not None else "",
    )
    return ", ".join(part for part in parts if part)


def tally_rows(report: Report) -> list[tuple[str, ...]]:
    """Word how what was read adds up, as the lines of a table under `TALLY_HEAD`.

    Args:
        report (Report): the report.

    Returns:
        list[tuple[str, ...]]: one line for guardians, one for pupils.
    """
    return [
        ("Responsables", *_figures(report.persons)),
        ("Élèves", *_figures(report.pupils)),
    ]


def _figures(tally: Tally) -> tuple[str, ...]:
    counts = (
        tally.read_count,
        tally.created_count,
        tally.changed_count,
        tally.unchanged_count,
        tally.rejected_count,
    )
    return tuple(map(number, counts))


def remarks(report: Report) -> list[str]:
    """Word what the table of counts does not say.

    Args:
        report (Report): the report.

    Returns:
        list[str]: sentences; none when there is nothing to say.
    """
    said: list[str] = []
    if report.left_count:
        said.append(f"Sortis selon le fichier : {counted(report.left_count, 'élève')}.")
    if report.absent_count:
        said.append(
            f"Dans la base et absents du fichier : {counted(report.absent_count, 'élève')}. "
            "Aucun n’est retiré."
        )
    spared = report.pupils.spared_count + report.persons.spared_count
    if spared:
        said.append(f"Laissées telles quelles, à votre demande : {counted(spared, 'fiche')}.")
    if report.removals:
        said.append(f"Liens retirés par le fichier : {counted(len(report.removals), 'lien')}.")
    if report.given:
        said.append(
            f"{GIVEN} : {counted(len(report.given), 'élève')}. "
            "Exportez les élèves pour que votre logiciel les ait aussi."
        )
    if report.kept_value_count:
        said.append(
            "Valeurs que le fichier ne donne plus : "
            f"{counted(report.kept_value_count, 'valeur gardée')}."
        )
    if report.erased_value_count:
        said.append(
            "Valeurs que le fichier ne donne plus : "
            f"{counted(report.erased_value_count, 'valeur effacée')}, comme vous l’avez demandé."
        )
    return said


def guard_lines(report: Report) -> list[str]:
    """Word why the plan is held.

    Args:
        report (Report): the report.

    Returns:
        list[str]: sentences.
    """
    return [
        guard.sentence + (" Le rectorat seul peut confirmer." if guard.needs_authority else "")
        for guard in report.guards
    ]


def removal_text(removal: Removal) -> str:
    """Word a removal.

    Args:
        removal (Removal): a guardian taken from a pupil.

    Returns:
        str: `DUPONT Léa (100001/57) : MARTIN Paul`.
    """
    return f"{removal.pupil} ({removal.ids}) : {removal.guardian}"


def about(row: Row) -> str:
    """Word which element is at fault, and what it holds.

    Args:
        row (Row): a line of a section.

    Returns:
        str: `CODE_MEF : « 99 »`, or the element alone when it is empty.
    """
    if not row.field:
        return ""
    quoted = f"«{_NO_BREAK}{row.value}{_NO_BREAK}»"
    return f"{row.field} : {quoted}" if row.value else row.field


def total(section: Section) -> str:
    """Word the count that ends a section.

    Args:
        section (Section): a section.

    Returns:
        str: `Total : 2 élèves, 3 anomalies`.
    """
    counts = [counted(section.record_count, section.noun)]
    note_count = sum(row.effect == Effect.NOTE for row in section.rows)
    anomaly_count = sum(bool(row.code) for row in section.rows) - note_count
    if anomaly_count:
        counts.append(counted(anomaly_count, "anomalie"))
    if note_count:
        counts.append(counted(note_count, "note"))
    return f"Total : {', '.join(counts)}"
