"""Read the file of seeds that a maker of keys delivers: PSKC (RFC 6030) or CSV. Pure.

A file is taken whole or not at all. What a file says of its own kind is not asked: its content is.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from bascule.accounts.keys.seed import (
    LARGEST_FILE,
    NoSeedError,
    Seed,
    SeedsTooLargeError,
    UnreadableSeedsError,
)
from bascule.accounts.keys.seeds_csv import read_csv
from bascule.accounts.keys.seeds_pskc import read_pskc

#: Marks of a file that is packed, or a sheet of a spreadsheet, and what it is.
_OTHER_KINDS = (
    (b"PK\x03\x04", "c’est un fichier ZIP ou un classeur : enregistrez-le en CSV, ou sortez-en le fichier"),
    (b"\x1f\x8b", "c’est un fichier compressé : sortez-en le fichier"),
    (b"%PDF", "c’est un PDF"),
    (b"\xd0\xcf\x11\xe0", "c’est un ancien classeur : enregistrez-le en CSV"),
)  # fmt: skip
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A file that was read whole.

    Attributes:
        form: what it is.
        digest: SHA-256 of its bytes, in hexadecimal.
        seeds: the keys, in the order of the file.
    """

    form: Literal["pskc", "csv"]
    digest: str
    seeds: tuple[Seed, ...] = field(repr=False)


def read_seeds(*, content: bytes, passphrase: str = "") -> SeedFile:
    """Read a file of seeds.

    Args:
        content (bytes): the file.
        passphrase (str): what decrypts a PSKC file, if it is encrypted: a passphrase, or a pre-shared key
            in hexadecimal or base 64.

    Returns:
        SeedFile: its keys.

    Raises:
        SeedsTooLargeError: if it weighs too much.
        UnreadableSeedsError: if it is neither.
        NoSeedError: if it has no key.
    """
    if len(content) > LARGEST_FILE:
        raise SeedsTooLargeError
    for mark, what in _OTHER_KINDS:
        if content.startswith(mark):
            raise UnreadableSeedsError(what)
    beginning = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    is_xml = beginning.startswith((b"<", *_UTF_16))
    seeds = read_pskc(content, passphrase) if is_xml else read_csv(content)
    if not seeds:
        raise NoSeedError
    digest = hashlib.sha256(content).hexdigest()
    return SeedFile(form="pskc" if is_xml else "csv", digest=digest, seeds=seeds)
