"""Verify the chain of acts, and the accesses sealed in it: any change, any line removed or moved, is found."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from django.db import connection, transaction

from bascule.journal.act import GENESIS, hash_of
from bascule.journal.seal import check_seals
from bascule.store.policies import open_schools


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was found of one school's chain.

    Attributes:
        uai: the school; or `AUTHORITY`.
        count: acts read.
        head: hash of the last act, hexadecimal; what one writes down to prove the end was not cut.
        faults: French sentences, one for each broken link or seal; empty when all holds.
        sealed: accesses (looks and tries) that seals of the chain cover.
        pending: accesses that the next seal will cover; until then nothing shows their change.
    """

    uai: str
    count: int
    head: str
    faults: tuple[str, ...]
    sealed: int = 0
    pending: int = 0


def verify_chain(*, uai: str) -> ChainReport:
    """Recompute the chain of a school, and the seals it holds.

    Args:
        uai (str): the school, or `AUTHORITY`.

    Returns:
        ChainReport: what was found.
    """
    faults: list[str] = []
    previous, count = GENESIS, 0
    for sequence, payload, stored_previous, stored_hash, columns in _acts(uai):
        count += 1
        where = f"acte n° {sequence}"
        if sequence != count:
            faults.append(f"{where} : un acte manque ou a changé de place (n° {count} attendu).")
            count = sequence
        if stored_previous != previous:
            faults.append(f"{where} : ne suit pas l’acte précédent.")
        if hash_of(stored_previous, payload) != stored_hash:
            faults.append(f"{where} : le texte a été modifié.")
        if not _agrees(payload, columns):
            faults.append(f"{where} : les colonnes ne disent pas la même chose que le texte.")
        previous = stored_hash
    seals = check_seals(uai=uai)
    return ChainReport(
        uai=uai,
        count=count,
        head=previous.hex(),
        faults=(*faults, *seals.faults),
        sealed=seals.sealed_count,
        pending=seals.pending_count,
    )


#: What the columns say, in the words of the text.
_Columns = dict[str, object]


def _acts(uai: str) -> Iterator[tuple[int, str, bytes, bytes, _Columns]]:
    with transaction.atomic():
        open_schools(uai)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sequence, payload, previous_hash, hash, at, kind, actor, run_id"
                " FROM journal_act WHERE uai = %s ORDER BY sequence",
                [uai],
            )
            for sequence, payload, previous, own, at, kind, actor, run_id in cursor.fetchall():
                columns: _Columns = {
                    "uai": uai,
                    "sequence": sequence,
                    "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
                    "kind": kind,
                    "actor": actor,
                    "run": run_id,
                }
                yield sequence, payload, bytes(previous), bytes(own), columns


def _agrees(payload: str, columns: _Columns) -> bool:
    try:
        said = json.loads(payload)
    except ValueError:
        return False
    return bool({**said, **columns} == said)
