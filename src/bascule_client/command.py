"""`bascule push | pull | sync | watch | window` in a school's office."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from bascule_client.client import BasculeError
from bascule_client.press import Result, pull, push, sync
from bascule_client.settings import Settings, SettingsError, read_settings

#: All is well; somebody has to look; nothing was done.
WELL, TO_SEE, REFUSED, INTERRUPTED = 0, 1, 2, 130

#: The words that are ours, and what each does.
COMMANDS: Final = {
    "push": "Envoie un fichier, et attend ce qu’il devient.",
    "pull": "Rapporte les fichiers que le logiciel lit.",
    "sync": "Envoie, attend, intègre ce que rien ne retient, et rapporte.",
    "watch": "Surveille un dossier, et envoie ce qui y est posé.",
    "window": "Ouvre une petite page sur cette machine, avec un seul bouton.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked.

    Args:
        arguments (Sequence[str] | None): what was typed; None for the command line.

    Returns:
        int: the exit code.
    """
    asked = _parser().parse_args(arguments)
    try:
        settings = read_settings(asked.reglages, os.environ)
        return _DOES[asked.word](settings, asked)
    except (BasculeError, SettingsError) as fault:
        print(fault, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _push(settings: Settings, asked: argparse.Namespace) -> int:
    return _told(push(settings, asked.fichier), as_json=asked.json)


def _pull(settings: Settings, asked: argparse.Namespace) -> int:
    return _told(pull(settings), as_json=asked.json)


def _sync(settings: Settings, asked: argparse.Namespace) -> int:
    return _told(sync(settings), as_json=asked.json)


def _watch(settings: Settings, asked: argparse.Namespace) -> int:
    from bascule_client.watch import watch  # noqa: PLC0415 - only when asked

    def tell(line: str) -> None:
        print(line, flush=True)

    watch(settings, tell=tell, pace=asked.secondes)
    return WELL


def _window(settings: Settings, asked: argparse.Namespace) -> int:
    from bascule_client.window import window  # noqa: PLC0415 - only when asked

    opened = window(settings, lambda: sync(settings), port=asked.port)
    print(f"La page est ouverte : {opened.address}\nCtrl-C pour la fermer.", flush=True)
    with suppress(KeyboardInterrupt):
        opened.serve()
    return WELL


_DOES: Final[dict[str, Callable[[Settings, argparse.Namespace], int]]] = {
    "push": _push,
    "pull": _pull,
    "sync": _sync,
    "watch": _watch,
    "window": _window,
}


def _told(result: Result, *, as_json: bool) -> int:
    if as_json:
        said = {
            "lines": result.lines,
            "page": result.page,
            "is_well": result.is_well,
            "runs": [{"run": run.id, "state": run.state} for run in result.runs],
            "written": [str(path) for path in result.written],
        }
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(result)
    return WELL if result.is_well else TO_SEE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bascule",
        description="Échange avec la base élèves, depuis le poste de l’établissement.",
    )
    words = parser.add_subparsers(dest="word", required=True, metavar="MOT")
    for word, does in COMMANDS.items():
        its = words.add_parser(word, help=does, description=does)
        its.add_argument(
            "--reglages", type=Path, metavar="FICHIER", help="Les réglages ; sinon bascule.toml."
        )
        if word in {"push", "pull", "sync"}:
            its.add_argument("--json", action="store_true", help="Répond pour un programme.")
        if word == "push":
            its.add_argument("fichier", type=Path, help="Le fichier à envoyer.")
        if word == "watch":
            its.add_argument("--secondes", type=float, default=5.0, help="Entre deux regards.")
        if word == "window":
            its.add_argument("--port", type=int, default=8765, help="Port de la page.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
