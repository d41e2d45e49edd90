"""Read a set of GEP tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bascule.formats.codepages import likeliest
from bascule.formats.dbf import ENCODINGS, Table, read_table
from bascule.formats.gep.description import OTHERS, REQUIRED, SUBJECTS
from bascule.formats.refusals import FileRefusedError, UnknownEncodingError


class GepSetError(FileRefusedError):
    """The set lacks what a takeover needs, or has it twice."""

    code = "gep.set"


_TOGETHER: Final = "Déposez ensemble les fichiers F_ELE.DBF et F_ERE.DBF du dossier de GEP, ou un ZIP de ce dossier."


def read_set(files: Sequence[tuple[str, bytes]], encoding: str = "") -> Mapping[str, Table]:
    """Read the tables that are known among files; indexes, memos and other tables are passed over.

    Args:
        files (Sequence[tuple[str, bytes]]): name and bytes of each.
        encoding (str): what texts are read as; told by their accents when it is blank.

    Returns:
        Mapping[str, Table]: by name, in capitals.

    Raises:
        GepSetError: if a table or a column is missing, or a table is there twice.
        UnknownEncodingError: if the encoding is none of those of these tables.
    """
    if encoding and encoding not in ENCODINGS:
        raise UnknownEncodingError(encoding)
    tables: dict[str, Table] = {}
    for path, data in files:
        file = PurePosixPath(path.replace("\\", "/"))
        name = file.stem.upper()
        if file.suffix.lower() != ".dbf" or name not in (*REQUIRED, SUBJECTS, *OTHERS):
            continue
        if name in tables:
            raise GepSetError(f"La table {name} est donnée deux fois. {_TOGETHER}")
        tables[name] = read_table(name, data)
    for name, columns in REQUIRED.items():
        if name not in tables:
            raise GepSetError(f"La table {name} manque. {_TOGETHER}")
        there = {column.name for column in tables[name].columns}
        missing = [column for column in columns if column not in there]
        if missing:
            raise GepSetError(
                f"La table {name} n’a pas les colonnes {', '.join(missing)}. {_TOGETHER}"
            )
    # One program wrote them all: the accents of one table tell those of the others.
    encoding = encoding or likeliest((tables[name].records for name in REQUIRED), ENCODINGS)
    return {name: replace(table, encoding=encoding) for name, table in tables.items()}
