"""How commands show runs."""

from rich.console import Console

from bascule.exchange.models import ImportRun

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
    if counts.get("places_added") or counts.get("places_removed"):
        console.print(
            f"  Places dans les groupes : {counts['places_added']} ajoutées, {counts['places_removed']} retirées"
        )
    if counts.get("links_removed"):
        console.print(f"  Responsables retirés par le fichier : {counts['links_removed']}")
