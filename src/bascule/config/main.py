"""The `bascule` command: finds the module of a command, runs it, and says how it ended.

It decides the exit code (0 done, 1 fault, 2 refused, 130 interrupted) and the last sentence. A
command's module is imported only when that command is asked for: `bascule check` needs neither
Django nor a database, and must not pay for them.
"""

import difflib
import importlib
import importlib.metadata
import json
import os
import re
import secrets
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

import typer

from bascule.cli.steps import command_after
from bascule.config import env
from bascule.errors import RefusedError, TransientError, places_of
from bascule_client import command as office

DONE, FAULT, REFUSED, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is.

    Attributes:
        module: the module that holds it.
        attribute: a `typer.Typer`, or a function that typer makes a command of.
        help: French, one line.
        needs_django: whether its module reads models.
    """

    module: str
    attribute: str
    help: str
    needs_django: bool = True


COMMANDS = {
    "demo": Entry("bascule.cli.demo", "app", "Joue un échange complet sur une académie fictive."),
    "check": Entry(
        "bascule.cli.check", "app", "Lit et contrôle des fichiers, sans base.", needs_django=False
    ),
    "import": Entry("bascule.cli.imports", "app", "Prépare ou applique l’import d’un fichier."),
    "runs": Entry("bascule.cli.runs", "runs", "Liste les imports d’un établissement."),
    "show": Entry("bascule.cli.runs", "show", "Montre un import : ses effets et ses anomalies."),
    "approve": Entry("bascule.cli.runs", "approve", "Valide un import retenu par une garde."),
    "undo": Entry("bascule.cli.runs", "undo", "Annule le dernier import d’un établissement."),
    "acknowledgements": Entry(
        "bascule.cli.acknowledgements",
        "app",
        "Montre les accusés de réception demandés par les logiciels, et les renvoie.",
    ),
    "takeover": Entry(
        "bascule.cli.takeover",
        "app",
        "Compare GEP, l’import du logiciel et la base, élève par élève.",
    ),
    "gep": Entry(
        "bascule.cli.gep", "app", "Dit quels établissements ont arrêté GEP, et annule un arrêt."
    ),
    "export": Entry("bascule.cli.exports", "app", "Écrit les fichiers d’un établissement."),
    "kit": Entry("bascule.cli.kit", "app", "Essaie le logiciel d’un éditeur.", needs_django=False),
    "generate": Entry("bascule.cli.generate", "app", "Fabrique une académie fictive."),
    "nomenclatures": Entry(
        "bascule.cli.nomenclatures", "app", "Charge et montre les nomenclatures."
    ),
    "profile": Entry(
        "bascule.cli.profiling", "app", "Profile les nomenclatures d’un établissement."
    ),
    "schools": Entry("bascule.cli.schools", "app", "Gère les établissements et leurs structures."),
    "structures": Entry(
        "bascule.cli.structures", "app", "Fait les divisions et les groupes d’une année."
    ),
    "commons": Entry("bascule.cli.commons", "app", "Lit, modifie et vérifie les données communes."),
    "guide": Entry("bascule.cli.guide", "app", "Montre les étapes d’une année et la suivante."),
    "campaign": Entry(
        "bascule.cli.campaign", "app", "Suit les campagnes, et relance les établissements."
    ),
    "year": Entry("bascule.cli.years", "app", "Ouvre une année, en fait le bilan, la clôt."),
    "nightly": Entry("bascule.cli.nights", "nightly", "Envoie les élèves à la base académique."),
    "bea": Entry(
        "bascule.cli.nights", "app", "Montre les nuits de la base académique, la réécrit."
    ),
    "figures": Entry("bascule.cli.figures", "app", "Compte les effectifs, écrit leurs tableaux."),
    "constat": Entry(
        "bascule.cli.constat", "app", "Ouvre le constat de rentrée, dit qui a signé, le recompte."
    ),
    "software": Entry("bascule.cli.software", "app", "Tient le registre des logiciels qualifiés."),
    "schedule": Entry("bascule.cli.schedule", "app", "Montre ce qui se lance seul, et le lance."),
    "ine": Entry("bascule.cli.ine", "app", "Demande les INE, et montre où ils en sont."),
    "accounts": Entry(
        "bascule.cli.accounts", "app", "Gère les comptes, leurs droits et leurs lettres."
    ),
    "keys": Entry("bascule.cli.keys", "app", "Gère le parc des clés OTP."),
    "serve": Entry("bascule.cli.serve", "serve", "Ouvre le site, et mène les tâches de fond."),
    "worker": Entry("bascule.cli.worker", "worker", "Mène les tâches de fond, à leur heure."),
    "backup": Entry(
        "bascule.cli.backup", "app", "Sauvegarde la base, la remet à un instant, et s’y exerce."
    ),
    "purge": Entry(
        "bascule.cli.purge", "app", "Supprime ce dont la durée de conservation est passée."
    ),
    "pupil": Entry(
        "bascule.cli.pupil",
        "app",
        "Écrit ce qui est tenu sur un élève, pour qui a droit de le savoir.",
    ),
    "journal": Entry("bascule.cli.journal", "app", "Vérifie le journal."),
    "migrate": Entry("bascule.cli.base", "migrate", "Met la base à jour."),
    "manage": Entry("bascule.cli.base", "manage", "Lance une commande de Django."),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the `bascule` command.

    Args:
        arguments (Sequence[str] | None): what follows `bascule`; None for those of the process.

    Returns:
        int: the exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bascule.config.settings")
    # The default action would skip every clean-up, and leave the embedded server running.
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = _run(given)
    except RefusedError as refusal:
        code = REFUSED
        _say(
            refusal.sentence,
            as_json=as_json,
            kind="refused",
            reason=refusal.code,
            command=command_after(refusal),
        )
    except typer.TyperException as misuse:
        code = REFUSED
        _say(_misuse_sentence(misuse, given[0]), as_json=as_json, kind="refused", reason="usage")
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except TransientError as fault:
        code = FAULT
        _say(str(fault), as_json=as_json, kind="fault", reason="transient")
    except Exception as fault:  # noqa: BLE001 - the one place where faults end
        code = FAULT
        reference = _record(fault)
        _say(
            "Une erreur inattendue a arrêté la commande. Réessayez ; si elle revient, donnez la"
            f" référence {reference} à votre assistance.",
            as_json=as_json,
            kind="fault",
            reason=reference,
        )
    return code


class UnknownCommandError(RefusedError):
    """No command has this name.

    Args:
        name (str): what was typed.
    """

    code = "unknown-command"

    def __init__(self, name: str) -> None:
        near = difflib.get_close_matches(name, [*COMMANDS, *office.COMMANDS], n=1)
        hint = f"vouliez-vous dire « {near[0]} » ?" if near else "« bascule --help » les liste."
        super().__init__(f"La commande « {name} » n’existe pas : {hint}")
        self.name = name


def _run(given: list[str]) -> int:
    if not given or given[0] in {"--help", "-h", "help"}:
        typer.echo(_overview())
        return DONE if given else REFUSED
    if given[0] == "--version":
        typer.echo(f"bascule {_version()}")
        return DONE
    name, *rest = given
    if name in office.COMMANDS:
        return office.main(given)
    if name not in COMMANDS:
        raise UnknownCommandError(name)
    command = _load(COMMANDS[name])
    if "--help" in rest:
        _put_in_french(command)
    ended = command.main(args=rest, prog_name=f"bascule {name}", standalone_mode=False)
    return ended if isinstance(ended, int) else DONE


def _load(entry: Entry) -> Any:
    if entry.needs_django:
        importlib.import_module("django").setup()
    found = getattr(importlib.import_module(entry.module), entry.attribute)
    if not isinstance(found, typer.Typer):
        app = typer.Typer(add_completion=False)
        app.command(help=entry.help)(found)
        found = app
    return typer.main.get_command(found)


def _version() -> str:
    try:
        return importlib.metadata.version("bascule")
    except importlib.metadata.PackageNotFoundError:
        return "(non installé)"


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = (f"  {name:{width}}  {entry.help}" for name, entry in COMMANDS.items())
    offices = (f"  {name:{width}}  {said}" for name, said in office.COMMANDS.items())
    return (
        "Usage : bascule COMMANDE [OPTIONS]\n\n"
        "Les dossiers des élèves d’une académie, et leurs échanges avec les logiciels des"
        " établissements.\n\n" + "\n".join(lines) + "\n\n"
        "Au poste de l’établissement :\n\n" + "\n".join(offices) + "\n\n"
        "« bascule COMMANDE --help » explique une commande."
    )


def _put_in_french(command: Any) -> None:
    """Replace the few words of typer's own that a page of help shows."""
    words: Any = importlib.import_module("typer.rich_utils")
    words.REQUIRED_LONG_STRING = "[obligatoire]"
    words.DEFAULT_STRING = "[par défaut : {}]"
    words.COMMANDS_PANEL_TITLE = "Commandes"
    option = command.get_help_option(typer.Context(command))
    if option is not None:
        option.help = "Affiche cette aide."
    for inner in getattr(command, "commands", {}).values():
        _put_in_french(inner)


def _misuse_sentence(misuse: typer.TyperException, name: str) -> str:
    """Say in French what typer says in English; its classes have no public names."""
    context = getattr(misuse, "ctx", None)
    path = context.command_path if context else f"bascule {name}"
    parameter = getattr(misuse, "param", None)
    subject = max(parameter.opts, key=len) if parameter else getattr(misuse, "option_name", "")
    told = str(getattr(parameter, "help", None) or "").rstrip(".")
    sentence = {
        "MissingParameter": f"{subject if subject.startswith('-') else subject.upper()} manque"
        + (f" ({told[:1].lower()}{told[1:]})." if told else "."),
        "BadParameter": _bad_value(misuse.format_message(), subject),
        "NoSuchOption": f"L’option {subject} n’existe pas.",
        "BadOptionUsage": f"L’option {subject} n’est pas suivie de ce qu’elle attend.",
    }.get(type(misuse).__name__, "La commande n’est pas écrite comme attendu.")
    return f"{sentence} « {path} --help » l’explique."


def _bad_value(said: str, subject: str) -> str:
    """Say in French what is wrong with a value, as far as typer's words are known."""
    if "valid integer" in said:
        return f"{subject} attend un nombre entier."
    for pattern, sentence in _BAD_VALUES:
        found = pattern.search(said)
        if found:
            return sentence.format(found[1])
    return f"La valeur de {subject} ne convient pas."


_BAD_VALUES = tuple(
    (re.compile(rf"'([^']*)' {words}"), sentence)
    for words, sentence in (
        ("does not exist", "{} n’existe pas : vérifiez le nom et le dossier."),
        ("is a directory", "{} est un dossier : donnez un fichier."),
        ("is a file", "{} est un fichier : donnez un dossier."),
        ("is not readable", "{} ne peut pas être lu : vérifiez vos droits."),
        ("is not writable", "{} ne peut pas être écrit : vérifiez vos droits."),
    )
)


def _say(sentence: str, *, as_json: bool, kind: str, reason: str, command: str = "") -> None:
    if as_json:
        said = {kind: reason, "sentence": sentence} | ({"command": command} if command else {})
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        typer.echo(f"{sentence}\n  → {command}" if command else sentence, err=True)


def _record(fault: Exception) -> str:
    """Write where a fault happened under the home folder, and give its reference."""
    if env.text("BASCULE_TRACE", default=""):
        traceback.print_exception(fault)
    reference = secrets.token_hex(4)
    folder = env.home() / "log"
    with suppress(OSError):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{reference}.txt"
        path.touch(mode=0o600)
        path.write_text(places_of(fault), encoding="utf-8")
    return reference


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)
