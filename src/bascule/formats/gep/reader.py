"""Read a set of GEP tables."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from bascule.formats.dbf import DEFAULT_ENCODING, Table, read_table
from bascule.formats.gep.description import OTHERS, REQUIRED, SUBJECTS
from bascule.formats.refusals import FileRefusedError


class GepSetError(FileRefusedError):
    """The set lacks what a takeover needs, or has it twice."""

    code = "gep.set"


_TOGETHER: Final = "Déposez ensemble les fichiers F_ELE.DBF et F_ERE.DBF du dossier de GEP, ou un ZIP de ce dossier."


def read_set(
    files: Sequence[tuple[str, bytes]], encoding: str = DEFAULT_ENCODING
) -> Mapping[str, Table]:
    """Read the tables that are known among files; indexes, memos and other tables are passed over.

    Args:
        files (Sequence[tuple[str, bytes]]): name and bytes of each.
        encoding (str): what texts are read as.

    Returns:
        Mapping[str, Table]: by name, in capitals.

    Raises:
        GepSetError: if a table or a column is missing, or a table is there twice.
    """
    tables: dict[str, Table] = {}
    for path, data in files:
        file = PurePosixPath(path.replace("\\", "/"))
        name = file.stem.upper()
        if file.suffix.lower() != ".dbf" or name not in (*REQUIRED, SUBJECTS, *OTHERS):
            continue
        if name in tables:
            raise GepSetError(f"La table {name} est donnée deux fois. {_TOGETHER}")
        tables[name] = read_table(name, data, encoding)
    for name, columns in REQUIRED.items():
        if name not in tables:
            raise GepSetError(f"La table {name} manque. {_TOGETHER}")
        there = {column.name for column in tables[name].columns}
        missing = [column for column in columns if column not in there]
        if missing:
            raise GepSetError(
                f"La table {name} n’a pas les colonnes {', '.join(missing)}. {_TOGETHER}"
            )
    return tables
