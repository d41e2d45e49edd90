"""The one press: send what the software wrote, wait, apply what nothing holds, bring back what it reads.

Cut anywhere and pressed again, it goes on where it was: the key of a sending is kept before anything is sent.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from bascule_client.client import Bascule, Me, Run, new_key
from bascule_client.kept import Kept, replace
from bascule_client.settings import Settings, SettingsError

#: What software writes.
_WRITTEN: Final = (".zip", ".xml", ".csv", ".xlsx")
#: Findings shown; the rest is on the site.
_SHOWN: Final = 10
_CONFIRMS: Final = "imports:confirm"
#: What each change of the site is written anew in.
_OF_STRUCTURES: Final = ("structures", "communs")
_OF_NOMENCLATURES: Final = ("nomenclature",)
_ENDED: Final = {
    "applied": "intégré",
    "declined": "abandonné",
    "undone": "annulé",
    "refused": "refusé",
    "held": "retenu : une personne doit le regarder",
    "planned": "prêt : une personne doit le confirmer",
    "untold": "en attente : une personne doit dire ce que sont les colonnes",
    "received": "encore en lecture",
}


@dataclass
class Result:
    """What a press did, as one page.

    Attributes:
        lines: French, to be read by the secretary.
        page: where a person goes on; blank when nobody has to.
        is_well: nothing was refused, and nobody has to look.
        runs: the imports sent.
        written: the files written for the software.
    """

    lines: list[str] = field(default_factory=list)
    page: str = ""
    is_well: bool = True
    runs: list[Run] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Add a line.

        Args:
            line (str): the line.
        """
        self.lines.append(line)

    def needs(self, page: str) -> None:
        """Say that a person must look.

        Args:
            page (str): where.
        """
        self.is_well = False
        self.page = self.page or page

    def __str__(self) -> str:
        ending = [f"À voir : {self.page}"] if self.page else []
        return "\n".join([*self.lines, *ending])


def push(settings: Settings, path: Path, *, site: Bascule | None = None) -> Result:
    """Send one file, and wait for what becomes of it.

    Args:
        settings (Settings): what the office told.
        path (Path): the file.
        site (Bascule | None): the site; made from the settings when None.

    Returns:
        Result: what became of it.
    """
    result = Result()
    site = site or Bascule(settings)
    _send(settings, site, cache(site.me), path, result)
    return result


def pull(settings: Settings, *, site: Bascule | None = None, every: bool = True) -> Result:
    """Bring back what the software reads.

    Args:
        settings (Settings): what the office told.
        site (Bascule | None): the site; made from the settings when None.
        every (bool): everything; else only what changed since it was last brought.

    Returns:
        Result: what was written.
    """
    result = Result()
    site = site or Bascule(settings)
    _bring(settings, site, cache(site.me), result, every=every)
    return result


def sync(settings: Settings, *, site: Bascule | None = None) -> Result:
    """Send what is new in the outbox, then bring back what changed.

    Args:
        settings (Settings): what the office told.
        site (Bascule | None): the site; made from the settings when None.

    Returns:
        Result: one page.
    """
    site, result = site or Bascule(settings), Result()
    # What the token is good for does not change during a press: asked once, if at all.
    me = cache(site.me)
    kept = Kept.read(settings.home)
    found = [path for path in waiting_files(settings) if _is_new(kept, path)]
    for path in found:
        _send(settings, site, me, path, result)
    if not found:
        result.say("Rien de nouveau à envoyer.")
    if settings.inbox is not None:
        _bring(settings, site, me, result, every=False)
    kept = Kept.read(settings.home)
    kept.last = {
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "said": str(result),
        "is_well": result.is_well,
    }
    kept.write()
    return result


def waiting_files(settings: Settings) -> list[Path]:
    """Give the files of the outbox.

    Args:
        settings (Settings): what the office told.

    Returns:
        list[Path]: the oldest first.

    Raises:
        SettingsError: if there is no outbox.
    """
    outbox = settings.outbox
    if outbox is None:
        raise SettingsError(
            "Le dossier d’envoi manque : donnez « envoi », le fichier ou le dossier où votre logiciel"
            " écrit, ou nommez le fichier."
        )
    if outbox.is_file():
        return [outbox]
    if not outbox.is_dir():
        raise SettingsError(f"Le dossier d’envoi, {outbox}, n’existe pas.")
    files = [
        path
        for path in outbox.iterdir()
        if path.is_file() and path.suffix.lower() in _WRITTEN and not path.name.startswith(".")
    ]
    return sorted(files, key=lambda path: (path.stat().st_mtime, path.name))


def _is_new(kept: Kept, path: Path) -> bool:
    """Tell whether a file was never sent, or its sending was cut."""
    sending = kept.sendings.get(_digest(path.read_bytes()))
    return sending is None or not sending.get("is_settled")


def _send(
    settings: Settings, site: Bascule, ask: Callable[[], Me], path: Path, result: Result
) -> None:
    try:
        content = path.read_bytes()
    except OSError:
        raise SettingsError(f"Le fichier {path} ne peut pas être lu.") from None
    kept, digest = Kept.read(settings.home), _digest(content)
    sending = kept.sendings.setdefault(digest, {})
    if not sending.get("key"):
        sending["key"] = new_key()
        # Before anything is sent: cut here or anywhere after, the same key asks again.
        kept.write()
    me = ask()
    applies = settings.applies and _CONFIRMS in me.scopes
    run = site.deposit(
        [(path.name, content)],
        year=settings.year or _year_of(path.name) or me.years[0],
        key=sending["key"],
        applies=applies,
    )
    sending["run"] = run.id
    kept.write()
    run = site.wait(run)
    sending["is_settled"] = not run.is_under_way
    kept.write()
    result.runs.append(run)
    _tell(site, path.name, run, result)


def _tell(site: Bascule, name: str, run: Run, result: Result) -> None:
    result.say(f"{name} : {_ENDED.get(run.state, run.state)} (import n° {run.id}).")
    counts = run.counts
    told = [
        f"{counts[key]} {words}"
        for key, words in (
            ("pupils_read", "élèves lus"),
            ("pupils_created", "ajoutés"),
            ("pupils_changed", "modifiés"),
            ("pupils_unchanged", "inchangés"),
            ("pupils_rejected", "mis de côté"),
        )
        if counts.get(key)
    ]
    if told:
        result.say("  " + ", ".join(told))
    for reason in (*run.guards, run.heading.get("sentence", "")):
        if reason:
            result.say(f"  {reason}")
    found = list(site.findings(run)) if run.state != "received" else []
    for one in found[:_SHOWN]:
        result.say(f"  {one.record or f'ligne {one.line}'} : {one.sentence}")
    if len(found) > _SHOWN:
        result.say(f"  … et {len(found) - _SHOWN} autres sur le site.")
    is_blocked = counts.get("pupils_rejected") or any(one.blocks for one in found)
    if run.state != "applied" or is_blocked:
        result.needs(run.page)


def _bring(
    settings: Settings, site: Bascule, ask: Callable[[], Me], result: Result, *, every: bool
) -> None:
    inbox = settings.inbox
    if inbox is None:
        raise SettingsError(
            "Le dossier de réception manque : donnez « reception », le dossier où votre logiciel lit."
        )
    year = settings.year or ask().years[0]
    kept = Kept.read(settings.home)
    expected = site.expected_kinds(year=year)
    marks = {
        f"structures/{year}": site.mark_of("structures", year=year),
        f"nomenclatures/{year}": site.mark_of("nomenclatures", year=year),
    }
    numbers = site.numbers(year=year)
    known = [one["ine"] for one in numbers["numbers"] if one["ine"]]
    marks[f"ine/{year}"] = _digest("\n".join(known).encode())

    def moved(what: str) -> bool:
        return every or kept.marks.get(f"{what}/{year}") != marks[f"{what}/{year}"]

    kinds = [
        *(kind for kind in _OF_NOMENCLATURES if moved("nomenclatures")),
        *(kind for kind in _OF_STRUCTURES if moved("structures")),
    ]
    if moved("ine") or numbers["to_take"]:
        kinds += [kind for kind in expected if kind.startswith(("eleves", "responsables"))]
    kinds = [kind for kind in kinds if kind in expected]
    if kinds:
        for export in site.make_exports(year=year, kinds=kinds):
            path = inbox / Path(export.name).name
            replace(path, site.take_export(export))
            result.written.append(path)
        result.say(f"{len(kinds)} fichiers écrits pour votre logiciel dans {inbox}.")
    else:
        result.say("Rien de nouveau à reprendre dans votre logiciel.")
    kept.marks |= marks
    kept.write()
    without = [one for one in numbers["numbers"] if not one["ine"]]
    if known or without:
        result.say(f"INE : {len(known)} élèves en ont un, {len(without)} l’attendent.")
    for one in [one for one in without if one["stand"] in {"erreur", "litige"}][:_SHOWN]:
        result.say(f"  élève n° {one['id']} : {one['why']} {one['remedy']}".rstrip())


def _year_of(name: str) -> int | None:
    """Read the year in the official name of a file: `0990001NPRIVE2026…`."""
    _, sign, rest = name.upper().partition("PRIVE")
    digits = rest[:4]
    return int(digits) if sign and digits.isdecimal() and digits.startswith("20") else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


#: What does one press.
Press = Callable[[], Result]
