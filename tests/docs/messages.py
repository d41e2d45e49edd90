"""Bring the catalogues of the pages up to date: find the sentences, then compile.

    python -m tests.docs.messages

Pages are written in French; a French catalogue says only that nought is singular.

Needs the programs of gettext to find the sentences; compiling needs none. Sentences that were never
translated are listed, and the exit code is then 1.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

import polib

WEB = Path(str(resources.files("bascule.web")))
CATALOGUE = WEB / "locale" / "en" / "LC_MESSAGES" / "django.po"
FRENCH = WEB / "locale" / "fr" / "LC_MESSAGES" / "django.po"
_FILLED_IN = re.compile(r"%\(\w+\)")
#: Packages whose words pages show.
_SPEAKING = (
    "web",
    "accounts",
    "schools",
    "exchange/accents.py",
    "exchange/models.py",
    "students",
    "certificates/models.py",
    "journal/kinds.py",
    "journal/retention.py",
    "helpdesk",
    "bea",
    "figures",
    "constat",
    "qualification",
    "ine",
    "campaign",
    "ops",
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


def french_of(catalogue: polib.POFile) -> polib.POFile:
    """Make the French catalogue: the counted sentences, whose singular holds for nought too.

    A singular that writes « un » in letters is not said of nought: it stays out.
    """
    french = polib.POFile(wrapwidth=0)
    french.metadata = catalogue.metadata | {
        "Language": "fr",
        "Plural-Forms": "nplurals=2; plural=(n > 1);",
    }
    for entry in catalogue:
        one, many = entry.msgid, entry.msgid_plural
        if many and set(_FILLED_IN.findall(one)) == set(_FILLED_IN.findall(many)):
            french.append(
                polib.POEntry(
                    msgctxt=entry.msgctxt,
                    msgid=one,
                    msgid_plural=many,
                    msgstr_plural={0: one, 1: many},
                    flags=entry.flags,
                )
            )
    return french


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
    french = french_of(catalogue)
    FRENCH.parent.mkdir(parents=True, exist_ok=True)
    french.save(str(FRENCH))
    french.save_as_mofile(str(FRENCH.with_suffix(".mo")))
    missing = catalogue.untranslated_entries()
    for entry in missing:
        sys.stderr.write(f"to translate: {entry.msgid}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
