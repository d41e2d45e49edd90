"""`bascule kit`: what editors try their software against, and the report that it makes."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from enum import StrEnum
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bascule.cli.asking import AsJson, now
from bascule.cli.counts import plural

if TYPE_CHECKING:
    from bascule.kit.run import Report, Stage, Verdict

app = typer.Typer(add_completion=False, help="Essaie le logiciel d’un éditeur.")

_NOT_ALL = 2
#: What may be set in a sandbox, which is its own authority: how faults are shown.
_TRACE = "BASCULE_TRACE"
#: Codes told of those that failed for one reason.
_TOLD = 3

Folder = Annotated[
    Path,
    typer.Option(
        "--kit",
        metavar="DOSSIER",
        file_okay=False,
        help="Où le kit garde sa clé, son certificat et la conversation.",
    ),
]
_FOLDER, _REPORT = Path("kit-bascule"), "rapport.json"


class Also(StrEnum):
    """What only some software does; the words of the kit's abilities."""

    GROUPS = "groups"
    TABLES = "tables"
    CONFIRMS = "confirms"


@app.command("run", help="Joue les scénarios devant un logiciel, et écrit le rapport signé.")
def run(  # noqa: PLR0913 - one for each option
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- COMMANDE]",
            help="Ce qui lance votre pilote ; sans rien, le logiciel d’exemple joue.",
        ),
    ] = None,
    *,
    editor: Annotated[str, typer.Option(metavar="NOM", help="Qui fait le logiciel.")] = "Éditeur",
    software: Annotated[
        str,
        typer.Option(
            metavar="'NOM VERSION'", help="Son nom, tel que LOGICIEL le dit, puis sa version."
        ),
    ] = "EXEMPLE 1",
    writes: Annotated[
        str, typer.Option(metavar="VERSION", help="Version du fichier des élèves qu’il écrit.")
    ] = "4.0",
    reads_old: Annotated[
        bool, typer.Option("--reads-old", help="Il lit les exports dans leur forme d’avant 2018.")
    ] = False,
    also: Annotated[
        list[Also] | None,
        typer.Option(
            "--also",
            metavar="groups|tables|confirms",
            help="Ce qu’il fait aussi, et qui sera essayé : groupes ELEGROUPE, tableaux, confirmation ;"
            " autant de fois qu’il faut.",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Joue une partie seulement, pour commencer.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="CODE", help="Joue ce scénario, ou ceux qui commencent ainsi."
        ),
    ] = None,
    watched: Annotated[
        bool,
        typer.Option("--watched", help="Le logiciel surveille le dossier de la conversation."),
    ] = False,
    patience: Annotated[
        float,
        typer.Option(metavar="SECONDES", min=0.1, max=600, help="Temps laissé à une réponse."),
    ] = 30,
    kit: Folder = _FOLDER,
    as_json: AsJson = False,
) -> int:
    """Play the scenarios.

    Args:
        command (list[str] | None): what starts the driver.
        editor (str): who makes the software.
        software (str): its name, a blank, its version.
        writes (str): version of the file of pupils that it writes.
        reads_old (bool): whether it reads exports in their old shape.
        also (list[Also] | None): what only some software does, and this one does too.
        quick (bool): play the short round.
        only (list[str] | None): beginnings of codes.
        watched (bool): whether the software watches the folder of the conversation.
        patience (float): seconds for an answer.
        kit (Path): where the kit keeps what it keeps, and puts the report.
        as_json (bool): print the report instead of a page.

    Returns:
        int: 2 when something did not pass.
    """
    console = Console(highlight=False, soft_wrap=True, quiet=as_json)
    with _sandbox(console):
        playing, asking, staging = map(import_module, _MODULES)
        name, _, version = software.strip().rpartition(" ")
        said = staging.Software(
            editor,
            name or version,
            name and version,
            writes,
            reads_old,
            frozenset(map(staging.Ability, also or ())),
        )
        scenarios = playing.chosen(playing.catalogue(said), only=only or (), quick=quick)
        driver = asking.ByFolder() if watched else asking.ByCommand(command or _example(kit))
        with playing.stage_set(
            folder=kit, driver=driver, software=said, patience=patience, at=now()
        ) as stage:
            _begin(console, stage, len(scenarios), is_example=not (command or watched))
            with console.status("…") as status:
                report = playing.play(
                    stage,
                    scenarios,
                    clock=now,
                    tell=lambda verdict: status.update(escape(verdict.code)),
                )
        fingerprint = playing.write_report(report, folder=kit, path=kit / _REPORT)
    if as_json:
        print(json.dumps(playing.as_content(report), ensure_ascii=False, indent=1))
    else:
        _show(console, report)
        console.print(f"Rapport signé : {kit / _REPORT}\nEmpreinte de la clé : {fingerprint}")
        console.print(f"La conversation, question par question : {kit / 'conversation'}")
    return 0 if _is_passed(report) else _NOT_ALL


@app.command("start", help="Ouvre le bac à sable, pour l’essayer à la main.")
def start(
    *,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="N",
            min=0,
            max=65535,
            help="Port du bac à sable ; 0 : un qui est libre.",
        ),
    ] = 0,
    kit: Folder = _FOLDER,
    as_json: AsJson = False,
) -> None:
    """Open the sandbox until told to stop.

    Args:
        port (int): the port; 0 for any that is free.
        kit (Path): where the kit keeps what it keeps.
        as_json (bool): print an object instead of sentences.
    """
    console = Console(highlight=False, soft_wrap=True, quiet=as_json)
    with _sandbox(console):
        playing, asking, staging = map(import_module, _MODULES)
        with playing.stage_set(
            folder=kit,
            driver=asking.ByFolder(),
            software=staging.Software(),
            patience=1,
            at=now(),
            port=port,
        ) as stage:
            school = import_module("bascule.kit.trial").write_trial(stage, kit)
            said = {
                "address": stage.site.address,
                "authority": str(stage.authority.absolute()),
                "school": school.uai,
                "token": school.token,
                "now": stage.sandbox.now.isoformat(timespec="seconds"),
            }
            if as_json:
                print(json.dumps(said), flush=True)
            console.print(
                f"Le bac à sable est ouvert : {said['address']}/api/v1\n"
                f"Certificat à croire : {said['authority']}\n"
                f"Établissement {said['school']}, jeton {said['token']}\n"
                f"De quoi l’essayer à la main : {kit / 'essai'}\n"
                f"Il y est {stage.sandbox.now:%H h %M, le %d/%m/%Y}. Ctrl-C pour le fermer."
            )
            with suppress(KeyboardInterrupt):
                while True:
                    time.sleep(3600)


@app.command("list", help="Nomme les scénarios.")
def list_scenarios(
    *,
    writes: Annotated[
        str, typer.Option(metavar="VERSION", help="Version du fichier des élèves.")
    ] = "4.0",
    as_json: AsJson = False,
) -> None:
    """Name the scenarios.

    Args:
        writes (str): version of the file of pupils.
        as_json (bool): print objects instead of lines.
    """
    import_module("django").setup()
    playing, _, staging = map(import_module, _MODULES)
    software = staging.Software(writes=writes, abilities=frozenset(staging.Ability))
    found = playing.catalogue(software)
    if as_json:
        told = [
            {
                "code": one.code,
                "family": one.family,
                "title": one.title,
                "expected": one.expected,
                "quick": one.is_quick,
                "ability": one.ability,
            }
            for one in found
        ]
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    width = max(len(one.code) for one in found)
    for one in found:
        option = f"  (--also {one.ability})" if one.ability else ""
        print(f"{one.code:{width}}  {one.title}{option}")


@app.command("example", help="Écrit un pilote d’exemple, pour commencer le vôtre.")
def example(
    path: Annotated[
        Path, typer.Argument(metavar="FICHIER", dir_okay=False, help="Où l’écrire.")
    ] = Path("pilote.py"),
    *,
    as_json: AsJson = False,
) -> None:
    """Write the example.

    Args:
        path (Path): where.
        as_json (bool): print an object instead of a sentence.
    """
    path.write_text(_example_text(), encoding="utf-8")
    said = json.dumps({"path": str(path)}) if as_json else f"Pilote d’exemple écrit : {path}"
    print(said)


@app.command("verify", help="Vérifie la signature d’un rapport, et le montre.")
def verify(
    path: Annotated[
        Path, typer.Argument(metavar="RAPPORT", exists=True, dir_okay=False, help="Le rapport.")
    ],
    *,
    as_json: AsJson = False,
) -> int:
    """Verify a report.

    Args:
        path (Path): the report.
        as_json (bool): print an object instead of a page.

    Returns:
        int: 2 when it is not conform.
    """
    import_module("django").setup()
    playing, *_ = map(import_module, _MODULES)
    signed = playing.read_report(path.read_bytes())
    if as_json:
        said = playing.as_content(signed.report) | {
            "fingerprint": signed.fingerprint,
            "is_conform": signed.report.is_conform,
        }
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        console = Console(highlight=False, soft_wrap=True)
        _show(console, signed.report)
        console.print(f"La signature est bonne. Empreinte de la clé : {signed.fingerprint}")
        if not signed.report.is_conform:
            console.print("Le rapport est non conforme : il ne qualifie pas ce logiciel.")
    return 0 if signed.report.is_conform else _NOT_ALL


#: Loaded once the base of the sandbox is chosen: Django reads its settings once.
_REPORTS = "bascule.formats.conformity.report"
_MODULES = ("bascule.kit.run", "bascule.kit.asking", "bascule.kit.stage")


@contextmanager
def _sandbox(console: Console) -> Iterator[None]:
    """Open a base that is thrown away afterwards, its clock set, for the block."""
    with tempfile.TemporaryDirectory(prefix="bascule-kit-") as folder:
        # Whoever runs the embedded server need not be whoever made the folder.
        Path(folder).chmod(0o711)
        for name in [one for one in os.environ if one.startswith("BASCULE_") and one != _TRACE]:
            del os.environ[name]
        os.environ |= {"BASCULE_HOME": f"{folder}/home", "BASCULE_HTTPS": "oui"}
        with ExitStack() as stack:
            with console.status("Le bac à sable se prépare"):
                stack.enter_context(import_module("bascule.store.base").open_base())
            stack.enter_context(import_module("bascule.kit.sandbox").clock_set())
            yield


def _example(kit: Path) -> list[str]:
    """Give what starts the simulated software that comes with the kit."""
    kit.mkdir(parents=True, exist_ok=True)
    path = kit / "pilote-exemple.py"
    path.write_text(_example_text(), encoding="utf-8")
    return [sys.executable, str(path.absolute())]


def _example_text() -> str:
    return resources.files("bascule.kit").joinpath("example.py").read_text(encoding="utf-8")


def _begin(console: Console, stage: "Stage", many: int, *, is_example: bool) -> None:
    who = "le logiciel d’exemple" if is_example else stage.software.name
    console.print(
        f"Bac à sable ouvert : {stage.site.address}. {plural(many, 'scénario')} pour {who}."
    )
    console.print(f"Certificat à croire : {stage.authority}")


def _show(console: Console, report: "Report") -> None:
    console.print(
        f"[bold]{escape(report.software)} {escape(report.software_version)}[/bold], de {escape(report.editor)}"
        f" · kit {report.kit_version}, interface {report.interface_version}"
        f" · {report.started_at.astimezone():%d/%m/%Y, %H h %M}"
    )
    if report.abilities:
        console.print(f"Essayé aussi : {escape(', '.join(map(_ability_name, report.abilities)))}")
    table = Table()
    for head in ("", "réussis", "échoués", "sans réponse"):
        table.add_column(head, justify="left" if not head else "right")
    for family in dict.fromkeys(one.family for one in report.verdicts):
        counted = [
            sum(one.family is family and one.outcome == outcome for one in report.verdicts)
            for outcome in ("passed", "failed", "no-answer")
        ]
        table.add_row(family.label, *map(str, counted))
    console.print(table)
    for (outcome, seen), found in _alike(report).items():
        codes = ", ".join(one.code for one in found[:_TOLD])
        more = f" et {len(found) - _TOLD} de plus" if len(found) > _TOLD else ""
        console.print(
            f"[red]{outcome.label}[/red]  {escape(codes)}{more} · {escape(found[0].title)}"
        )
        console.print(f"    attendu : {escape(found[0].expected)}\n    vu : {escape(seen)}")
    if report.is_conform:
        console.print("[green]Conforme : tous les scénarios sont réussis.[/green]")
    elif _is_passed(report):
        console.print(
            "[green]Tout ce qui a été joué est réussi.[/green] Une partie seulement l’a été."
        )
    else:
        console.print("[red]Pas encore conforme.[/red]")


def _ability_name(word: str) -> str:
    """Name an ability; one of a later kit by its word."""
    labels = {one.value: one.label for one in import_module(_REPORTS).Ability}
    return str(labels.get(word, word))


def _alike(report: "Report") -> "dict[tuple[Any, str], list[Verdict]]":
    """Put together what did not pass and was seen alike: it has one cause."""
    found: dict[tuple[Any, str], list[Verdict]] = {}
    for one in report.verdicts:
        if one.outcome != "passed":
            found.setdefault((one.outcome, one.seen), []).append(one)
    return found


def _is_passed(report: "Report") -> bool:
    return all(one.outcome == "passed" for one in report.verdicts)
