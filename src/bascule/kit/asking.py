"""The conversation with the software under test: a folder with a question, and the answer that appears in it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from bascule.errors import RefusedError

QUESTION: Final = "scenario.json"
ANSWER: Final = "answer.json"
#: What the software printed, for whoever looks into a failure.
_PRINTED: Final = "output.txt"
#: Bytes of it that are looked at for its last line, and characters that are shown of it.
_LOOKED_AT, _LONGEST_WORDS = 2000, 200
_TICK = 0.05
_KILLED_AFTER = 2.0


class UnknownProgramError(RefusedError):
    """The program to be tested cannot be started.

    Args:
        name (str): what was given.
    """

    code = "kit.no-program"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Le programme « {name} » ne se lance pas. Donnez après « -- » la commande qui lance votre pilote,"
            " telle que vous la taperiez ici."
        )


class NoAnswerError(Exception):
    """The software did not answer.

    Args:
        sentence (str): French, what was waited for.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """What the software says.

    Attributes:
        state: state of the import, as the interface told it; blank when there is none.
        run: number of the import; None when there is none.
        findings: what its user is shown of the file: `code` and `line`.
        refusal: code of the refusal that its user is shown; blank for none.
        page: where it sends its user; blank for nowhere.
        pupils: those it holds now; None when it does not say.
        columns: what the columns of its table are, by heading: what a person would tell.
    """

    state: str = ""
    run: int | None = None
    findings: tuple[tuple[str, int], ...] = ()
    refusal: str = ""
    page: str = ""
    pupils: tuple[dict[str, Any], ...] | None = field(default=None)
    columns: Mapping[str, str] = field(default_factory=dict)


class Driver(Protocol):
    """Hands a question to the software."""

    def hand(self, folder: Path, *, patience: float) -> None:
        """Hand a question over, and wait until the answer is there.

        Args:
            folder (Path): where the question is, and where the answer will be.
            patience (float): seconds at most.
        """


class ByCommand:
    """Starts a program for each question, with the folder as its last argument.

    Args:
        command (Sequence[str]): the program and its arguments.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = [*command]

    def hand(self, folder: Path, *, patience: float) -> None:
        """Start the program, and wait until it ends.

        Args:
            folder (Path): where the question is, and where the answer will be.
            patience (float): seconds at most; then it is stopped, with all it started.

        Raises:
            UnknownProgramError: if it cannot be started.
            NoAnswerError: if it does not end in time.
        """
        with (folder / _PRINTED).open("wb") as printed:
            try:
                process = subprocess.Popen(  # noqa: S603 - the program that the editor asked to try
                    [*self._command, str(folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError:
                raise UnknownProgramError(self._command[0]) from None
            try:
                code = process.wait(patience)
            except subprocess.TimeoutExpired:
                raise NoAnswerError(
                    f"Le programme n’a pas fini en {patience:.0f} s ; il a été arrêté."
                ) from None
            finally:
                _end(process)
        if code and not (folder / ANSWER).exists():
            raise NoAnswerError(
                f"Le programme s’est arrêté avec le code {code}, sans {ANSWER}{_last_words(folder)} : voyez {_PRINTED}."
            )


class ByFolder:
    """Leaves each question in a folder that the software watches."""

    def hand(self, folder: Path, *, patience: float) -> None:
        """Wait until the answer is there, and whole.

        Args:
            folder (Path): where the question is, and where the answer will be.
            patience (float): seconds at most.

        Raises:
            NoAnswerError: if there is none in time.
        """
        ends_at = time.monotonic() + patience
        while time.monotonic() < ends_at:
            with suppress(OSError, ValueError):
                json.loads((folder / ANSWER).read_bytes())
                return
            time.sleep(_TICK)
        if not (folder / ANSWER).exists():
            raise NoAnswerError(f"Pas de {ANSWER} dans {folder.name} après {patience:.0f} s.")


def read_answer(folder: Path) -> Answer:
    """Read what the software says.

    Args:
        folder (Path): where its answer is.

    Returns:
        Answer: what it says.

    Raises:
        NoAnswerError: if there is no answer, or not one that can be read.
    """
    try:
        said = json.loads((folder / ANSWER).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise NoAnswerError(f"Le programme a fini sans écrire {ANSWER}.") from None
    except (OSError, ValueError, RecursionError):
        raise NoAnswerError(f"{ANSWER} n’est pas du JSON lisible.") from None
    try:
        run, pupils = said.get("run"), said.get("pupils")
        return Answer(
            str(said.get("state") or ""),
            int(run) if run is not None else None,
            tuple((str(one["code"]), int(one["line"])) for one in said.get("findings") or ()),
            str((said.get("refusal") or {}).get("code") or ""),
            str(said.get("page") or ""),
            None if pupils is None else tuple(map(dict[str, Any], pupils)),
            {str(name): str(code) for name, code in (said.get("columns") or {}).items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise NoAnswerError(f"{ANSWER} n’a pas la forme attendue.") from None


def write_question(folder: Path, question: dict[str, Any]) -> None:
    """Write a question whole: what watches the folder never reads half of it.

    Args:
        folder (Path): where it is put.
        question (dict[str, Any]): what is asked.
    """
    beside = folder / f".{QUESTION}"
    beside.write_text(json.dumps(question, ensure_ascii=False, indent=1), encoding="utf-8")
    beside.replace(folder / QUESTION)


def _last_words(folder: Path) -> str:
    """Give the last line that a program printed: mostly why it stopped."""
    with (folder / _PRINTED).open("rb") as printed:
        printed.seek(max(0, printed.seek(0, os.SEEK_END) - _LOOKED_AT))
        lines = printed.read().decode("utf-8", "replace").split("\n")
    words = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f", sur ces mots : « {words[:_LONGEST_WORDS]} »" if words else ""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and what it started, whatever it does."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        if process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_KILLED_AFTER)
    process.wait()
