"""Bring the English catalogue of the pages up to date: find the sentences, then compile.

    python -m tests.docs.messages

Needs the programs of gettext to find the sentences; compiling needs none. Sentences that were never
translated are listed, and the exit code is then 1.
"""

import shutil
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

import polib

WEB = Path(str(resources.files("bascule.web")))
CATALOGUE = WEB / "locale" / "en" / "LC_MESSAGES" / "django.po"
#: Packages whose words pages show.
_SPEAKING = (
    "web",
    "accounts",
    "schools",
    "exchange/models.py",
    "students",
    "certificates/models.py",
    "journal/kinds.py",
    "helpdesk",
    "campaign",
    "preparation",
    "values/steps.py",
)


def found() -> list[polib.POEntry]:
    """Find the sentences of pages that are to be translated."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in _SPEAKING:
            source, target = WEB.parent / name, copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("locale", "static"))
            else:
                shutil.copy(source, target)
        (copy / "locale" / "en" / "LC_MESSAGES").mkdir(parents=True)
        subprocess.run(
            [
                sys.executable, "-m", "django", "makemessages", "-l", "en", "--no-location", "--no-wrap",
                "-e", "html,py,txt",
            ],
            cwd=copy,
            check=True,
            capture_output=True,
        )  # fmt: skip
        return list(polib.pofile(str(copy / "locale/en/LC_MESSAGES/django.po")))


def main() -> int:
    kept = (
        {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(CATALOGUE))}
        if CATALOGUE.exists()
        else {}
    )
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "en",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for entry in sorted(found(), key=lambda one: (one.msgid, one.msgctxt or "")):
        before = kept.get((entry.msgctxt, entry.msgid))
        same = before is not None and bool(before.msgid_plural) == bool(entry.msgid_plural)
        fresh = polib.POEntry(
            msgctxt=entry.msgctxt,
            msgid=entry.msgid,
            msgid_plural=entry.msgid_plural,
            msgstr=before.msgstr if same else "",
            msgstr_plural=before.msgstr_plural
            if same
            else ({0: "", 1: ""} if entry.msgid_plural else {}),
            flags=[flag for flag in entry.flags if flag != "fuzzy"],
        )
        catalogue.append(fresh)
    catalogue.save(str(CATALOGUE))
    catalogue.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    missing = catalogue.untranslated_entries()
    for entry in missing:
        sys.stderr.write(f"to translate: {entry.msgid}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
