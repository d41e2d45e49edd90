"""How the accents of a deposit are read, where its files do not say it: told by themselves, and by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bascule.errors import RefusedError
from bascule.exchange.flows.flow import Texts
from bascule.exchange.flows.ways import flow_named
from bascule.exchange.gate import reopen
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.journey import TAKE_UP, WAITING, NotWaitingError
from bascule.exchange.models import ImportRun
from bascule.formats.envelope import Envelope
from bascule.formats.refusals import UnknownEncodingError
from bascule.store.locks import lock_school
from bascule.store.queue import ask_once
from bascule.values.words import said as _

#: Texts shown, and looked at for accents.
_SHOWN, _LOOKED_AT = 6, 20_000
_WORDS: Final = {
    "cp850": _("Ancien logiciel, sous DOS"),
    "cp437": _("Ancien logiciel, sous DOS (variante)"),
    "cp1252": _("Windows"),
    "iso8859-15": _("Autre ancien système"),
    "mac_roman": _("Ancien Mac"),
    "utf-8": _("Actuel"),
    "utf-16": _("Actuel (variante)"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a deposit.

    Attributes:
        encoding: its code.
        words: French, what writes files so.
        names: names that have accents, read so; the same ones in each way.
        is_now: the deposit is read so.
    """

    encoding: str
    words: str
    names: tuple[str, ...]
    is_now: bool


def words_of(encoding: str) -> str:
    """Say in French what writes files so.

    Args:
        encoding (str): code.

    Returns:
        str: the words.
    """
    return _WORDS.get(encoding, encoding)


def encoding_of(*, run: ImportRun) -> str:
    """Tell how the accents of a deposit are read.

    Args:
        run (ImportRun): its run.

    Returns:
        str: code; blank when its files say it, or nothing of them is read yet.
    """
    if run.state != ImportRun.State.UNTOLD:
        return str(run.heading.get("encoding", ""))
    with reading(run.uai):
        return reopen(run).heading.encoding


def readings(*, run: ImportRun) -> list[Reading]:
    """Read the names of a deposit in each way that its kind of file allows; ways that read them alike count once.

    Args:
        run (ImportRun): its run, of which nothing is written.

    Returns:
        list[Reading]: none when the files say themselves how they are read, or no longer wait.
    """
    flow = flow_named(run.flow)
    if flow is None or flow.encodings is None or run.state not in WAITING:
        return []
    with reading(run.uai):
        opening = reopen(run)
    now = opening.heading.encoding
    if not now:
        return []
    known, texts = flow.encodings.codes, flow.encodings.texts
    read = {code: _texts(texts, opening.envelopes, code) for code in known}
    ranks = list(
        islice((rank for rank, text in enumerate(read[now]) if not text.isascii()), _SHOWN)
    )
    found: dict[tuple[str, ...], Reading] = {}
    for code in sorted(known, key=lambda one: one != now):
        if len(read[code]) == len(read[now]):
            shown = tuple(read[code][rank] for rank in ranks)
            found.setdefault(shown, Reading(code, words_of(code), shown, code == now))
    return list(found.values())


def read_as(*, run_id: int, uai: str, encoding: str) -> ImportRun:
    """Say how the accents of a deposit that waits are read: it is read and compared again.

    What was said of the columns of a table is asked again: their headings may read otherwise.

    Args:
        run_id (int): its run.
        uai (str): its school.
        encoding (str): code.

    Returns:
        ImportRun: the run, received, or waiting for its columns.

    Raises:
        NotWaitingError: if something of it is written, or it is given up.
        UnknownEncodingError: if its kind of file is never read so.
    """
    with reading(uai):
        lock_school(uai)
        run = ImportRun.objects.select_for_update().get(uai=uai, pk=run_id)
        flow = flow_named(run.flow)
        if run.state not in WAITING or flow is None:
            raise NotWaitingError(run)
        if flow.encodings is None or encoding not in flow.encodings.codes:
            raise UnknownEncodingError(encoding)
        said = {**run.options.get("said", {}), "encoding": encoding}
        said.pop("columns", None)
        run.options = {**run.options, "said": said}
        # Refused here when it cannot be read so.
        _ = reopen(run).heading
        run.state = ImportRun.State.UNTOLD if flow.has_columns else ImportRun.State.RECEIVED
        run.save()
        if not flow.has_columns:
            ask_once(TAKE_UP, lock=uai, uai=uai)
    return run


def _texts(texts: Texts, envelopes: Sequence[Envelope], encoding: str) -> list[str]:
    """Give texts as an encoding reads them; none when the files cannot be read so."""
    try:
        return list(islice(texts(envelopes, encoding), _LOOKED_AT))
    except RefusedError:
        return []
