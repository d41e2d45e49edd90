"""`bascule check`: reads and checks files, with no base and no server."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bascule.exchange.check import CheckedFile, check_files, tally
from bascule.findings import Finding
from bascule.values import school_year

app = typer.Typer(add_completion=False)

_REFUSED = 2
_MOST_SHOWN = 50
_WORDS = {"PERSONNE": "responsable(s)", "ELEVE": "élève(s)", "sortis": "sorti(s) parmi eux"}


@app.command(help="Lit et contrôle des fichiers, sans base ni serveur.")
def check(
    files: Annotated[
        list[Path],
        typer.Argument(help="Fichiers, quels qu’ils soient.", exists=True, dir_okay=False),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Écrit le résultat en JSON.")] = False,
) -> int:
    """Check files.

    Args:
        files (list[Path]): the files.
        as_json (bool): print objects instead of sentences.

    Returns:
        int: 2 when one of them is refused.
    """
    checked = check_files([(path.name, path.read_bytes()) for path in files])
    if as_json:
        print(json.dumps([_as_json(file) for file in checked], ensure_ascii=False, indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for file in checked:
            _show(console, file)
    return _REFUSED if any(file.refusal for file in checked) else 0


def _show(console: Console, file: CheckedFile) -> None:
    console.print(f"[bold]{escape(file.name)}[/bold]")
    if file.refusal is not None:
        console.print(f"  [red]Refusé.[/red] {escape(file.refusal.sentence)}")
        return
    version = f", version {file.version}" if file.version else ""
    console.print(f"  C’est {escape(file.kind)}{escape(version)}.")
    year = school_year.label(file.year) if file.year else "non dite"
    software = f" · logiciel {file.software}" if file.software else ""
    console.print(
        f"  Établissement {escape(file.uai or 'non dit')} · année {year}{escape(software)}"
    )
    if file.counts:
        console.print(f"  Lu : {escape(_count_sentence(file.counts))}.")
    for heading, title in file.columns.items():
        console.print(f"    {escape(heading)} → {escape(title or 'non lue')}")
    _show_findings(console, file)


def _count_sentence(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {_WORDS.get(tag, tag)}" for tag, count in counts.items())


def _show_findings(console: Console, file: CheckedFile) -> None:
    if not file.software and not file.findings:
        return
    if not file.findings:
        console.print("  [green]Aucune anomalie.[/green]")
    else:
        found = ", ".join(f"{count} {label}" for label, count in tally(file.findings).items())
        console.print(f"  À voir : {escape(found)}.")
        told: set[str] = set()
        for finding in file.findings[:_MOST_SHOWN]:
            console.print(_line(finding))
            # Once a rule: whoever read it knows what to do with the next ones.
            if finding.rule.remedy and finding.rule.code not in told:
                told.add(finding.rule.code)
                console.print(f"      → {escape(finding.rule.remedy)}")
        if len(file.findings) > _MOST_SHOWN:
            console.print(
                f"  … et {len(file.findings) - _MOST_SHOWN} autres (--json les donne tous)."
            )
    if file.kept_silent:
        console.print(
            "  Contrôlé sans le profil ni les structures de l’établissement : donnez aussi sa Nomenclature et ses"
            " Structures pour contrôler MEF, divisions et options."
        )


def _line(finding: Finding) -> str:
    where = f"ligne {finding.line}"
    who = f" · {escape(finding.record)}" if finding.record else ""
    said = f"{finding.field} = {finding.value or '(absent)'}" if finding.field else finding.value
    what = f" · {escape(said)}" if said else ""
    sentence = f"{finding.rule.title}. {finding.detail}".strip()
    return f"    {where}{who}{what}\n      {escape(sentence)} [dim]{finding.rule.code}[/dim]"


def _as_json(file: CheckedFile) -> dict[str, object]:
    if file.refusal is not None:
        return {"name": file.name, "refused": file.refusal.code, "sentence": file.refusal.sentence}
    return {
        "name": file.name,
        "kind": file.kind,
        "version": file.version,
        "school": file.uai,
        "year": file.year,
        "software": file.software,
        "counts": file.counts,
        "columns": file.columns,
        "checked_against_profile": not file.kept_silent,
        "findings": [
            {
                "code": finding.rule.code,
                "effect": finding.rule.effect.value,
                "blocks": finding.rule.blocks,
                "line": finding.line,
                "rank": finding.rank,
                "field": finding.field,
                "value": finding.value,
                "title": finding.rule.title,
                "detail": finding.detail,
                "remedy": finding.rule.remedy,
            }
            for finding in file.findings
        ],
    }
