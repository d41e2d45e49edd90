"""How commands show runs."""

from typing import Any

from rich.console import Console

from bascule.exchange.models import ImportRun
from bascule.values import school_year

_ROWS = (
    ("Élèves", "pupils", "ajoutés", "modifiés", "inchangés", "mis de côté"),
    ("Responsables", "persons", "ajoutés", "modifiés", "inchangés", "mis de côté"),
)


def show_counts(console: Console, run: ImportRun) -> None:
    """Print the counts of a run.

    Args:
        console (Console): where.
        run (ImportRun): the run.
    """
    counts = run.counts
    for title, kind, *words in _ROWS:
        parts = zip(words, ("created", "changed", "unchanged", "rejected"), strict=True)
        text = " + ".join(f"{counts.get(f'{kind}_{name}', 0)} {word}" for word, name in parts)
        console.print(f"  {title} : {counts.get(f'{kind}_read', 0)} lus = {text}")
    if counts.get("pupils_absent"):
        console.print(
            f"  Élèves de la base absents du fichier : {counts['pupils_absent']} (aucun n’est retiré)"
        )
    if counts.get("links_removed"):
        console.print(f"  Responsables retirés par le fichier : {counts['links_removed']}")


def run_as_json(run: ImportRun) -> dict[str, Any]:
    """Give a run as an object.

    Args:
        run (ImportRun): the run.

    Returns:
        dict[str, Any]: stable keys.
    """
    return {
        "run": run.pk,
        "school": run.uai,
        "year": run.year,
        "year_label": school_year.label(run.year),
        "state": run.state,
        "flow": run.flow,
        "received_at": run.received_at.isoformat(),
        "received_by": run.received_by,
        "applied_at": run.applied_at.isoformat() if run.applied_at else None,
        "undone_at": run.undone_at.isoformat() if run.undone_at else None,
        "heading": run.heading,
        "counts": run.counts,
        "guards": run.guards,
        "plan": run.plan_hash,
    }
