"""Read seeds from CSV: what a maker, or a colleague with a spreadsheet, writes. Pure.

`serial;seed;[counter];[algorithm];[digits];[expiry]`, or any order under headings in French or
English. Every wrong line is told, and one is enough for nothing to be taken.
"""

import base64
import binascii
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from bascule.accounts.keys.seed import (
    ALGORITHMS,
    MOST_SEEDS,
    Kind,
    LineFault,
    Seed,
    TooManySeedsError,
    UnreadableSeedsError,
    WrongLinesError,
    fault_of,
)

#: What each column may be called, without accents, marks or capitals.
_HEADINGS: Final = {
    "serial": ("serie", "n serie", "no serie", "num serie", "numero", "numero de serie", "n de serie", "serial",
               "serial number", "serial no", "serialno", "sn", "token"),
    "seed": ("graine", "secret", "cle", "cle secrete", "graine hexa", "graine hexadecimale", "graine base32", "seed",
             "seed hex", "secret hex", "secret key", "key", "hex", "base32"),
    "counter": ("compteur", "counter", "event counter", "moving factor"),
    "algorithm": ("algorithme", "algo", "type", "nature", "algorithm"),
    "digits": ("chiffres", "nombre de chiffres", "longueur", "longueur du code", "digits", "length", "otp length"),
    "period": ("periode", "pas", "duree", "period", "interval", "time step", "timestep"),
    "expiry": ("expiration", "date d expiration", "expire le", "fin", "fin de validite", "valable jusqu au", "expiry",
               "expiry date", "expires", "expires on", "end date"),
}  # fmt: skip
_COLUMN_OF: Final = {name: column for column, names in _HEADINGS.items() for name in names}
_IN_ORDER: Final = ("serial", "seed", "counter", "algorithm", "digits", "expiry")

_DAY: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BASE32: Final = re.compile(r"[A-Za-z2-7]+=*")
#: What a spreadsheet makes of a long number.
_SCIENTIFIC: Final = re.compile(r"\d[.,]?\d*[eE]\+?\d+")
_NUMBER: Final = re.compile(r"\d{1,19}")
_LONGEST_CELL: Final = 1000


class _WrongCellError(Exception):
    """A cell cannot be read."""


def read_csv(content: bytes) -> tuple[Seed, ...]:
    """Read seeds.

    Args:
        content (bytes): the file.

    Returns:
        tuple[Seed, ...]: in the order of the file.

    Raises:
        WrongLinesError: if a line cannot be taken.
    """
    rows = _rows(_text(content))
    first = next(rows, None)
    if first is None:
        return ()
    columns = _columns(first[1])
    is_headed = columns is not None
    seeds: list[Seed] = []
    faults: list[LineFault] = []
    lines_of: dict[str, int] = {}
    for line, cells in rows if is_headed else _chained(first, rows):
        if len(seeds) + len(faults) == MOST_SEEDS:
            raise TooManySeedsError(line)
        try:
            seeds.append(_seed(line, _named(cells, columns or _IN_ORDER), lines_of))
        except _WrongCellError as fault:
            faults.append(LineFault(line, str(fault)))
    if faults:
        raise WrongLinesError(faults, len(seeds) + len(faults))
    return tuple(seeds)


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise UnreadableSeedsError("ce n’est ni du XML ni un texte")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the lines that are not blank, with their numbers."""
    beginning = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=beginning.count)
    if text.strip() and delimiter not in beginning:
        raise UnreadableSeedsError(
            "ses colonnes ne sont séparées ni par « ; », ni par « , », ni par une tabulation", "ligne 1"
        )  # fmt: skip
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise UnreadableSeedsError(
                "des guillemets ne sont pas fermés, ou une cellule est trop longue", f"ligne {line}"
            ) from fault
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _chained(
    first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rows


def _columns(cells: list[str]) -> tuple[str, ...] | None:
    """Give what the columns of a heading are; None if the line is not one."""
    found = tuple(_COLUMN_OF.get(_plain(cell), "") for cell in cells)
    if "serial" not in found and "seed" not in found:
        return None
    for wanted, name in (("serial", "numéro de série"), ("seed", "graine")):
        if found.count(wanted) != 1:
            problem = "manque" if wanted not in found else "est donnée deux fois"
            raise UnreadableSeedsError(f"la colonne « {name} » {problem}", "ligne 1")
    return found


def _plain(heading: str) -> str:
    folded = unicodedata.normalize("NFKD", heading.casefold().replace("°", " "))
    letters = "".join(one for one in folded if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())


def _named(cells: list[str], columns: tuple[str, ...]) -> dict[str, str]:
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        raise _WrongCellError(
            f"elle a {len(cells)} cellules, {len(columns)} au plus sont attendues"
        )
    if any(len(cell) > _LONGEST_CELL for cell in cells):
        raise _WrongCellError("une cellule est trop longue")
    return {column: cell for column, cell in zip(columns, cells, strict=False) if column}


def _seed(line: int, cells: dict[str, str], lines_of: dict[str, int]) -> Seed:
    kind, algorithm = _algorithm(cells.get("algorithm", ""))
    serial = cells.get("serial", "")
    if _SCIENTIFIC.fullmatch(serial):
        raise _WrongCellError(
            f"le numéro de série « {serial} » a été arrondi par un tableur, mettez la colonne au format texte"
        )
    if serial in lines_of:
        raise _WrongCellError(
            f"le numéro de série {serial} est déjà donné ligne {lines_of[serial]}"
        )
    seed = Seed(
        serial=serial,
        secret=_secret(cells.get("seed", "")),
        kind=kind,
        algorithm=algorithm,
        digits=_number(cells.get("digits", ""), "le nombre de chiffres", 6),
        period=_number(cells.get("period", ""), "la durée d’un code", 30),
        counter=_number(cells.get("counter", ""), "le compteur", 0),
        expires_on=_day(cells.get("expiry", "")),
        line=line,
    )
    fault = fault_of(seed)
    if fault:
        raise _WrongCellError(fault)
    lines_of[serial] = line
    return seed


def _secret(text: str) -> bytes:
    """Read a seed: hexadecimal first, since a base 32 text of its letters alone does not happen."""
    tight = re.sub(r"[\s:-]", "", text).removeprefix("0x")
    if not tight:
        return b""
    if _HEX.fullmatch(tight):
        return bytes.fromhex(tight)
    if _BASE32.fullmatch(tight):
        letters = tight.rstrip("=").upper()
        try:
            return base64.b32decode(letters + "=" * (-len(letters) % 8))
        except binascii.Error:
            pass
    raise _WrongCellError("la graine n’est écrite ni en hexadécimal ni en base 32")


def _algorithm(text: str) -> tuple[Kind, str]:
    """Read words such as `HOTP`, `TOTP-SHA-256` or `HmacSHA1`."""
    tight = re.sub(r"[^A-Z0-9]", "", text.upper())
    kind: Kind = "totp" if "TOTP" in tight else "hotp"
    rest = re.sub(r"HOTP|TOTP|HMAC|OATH", "", tight) or "SHA1"
    if rest not in ALGORITHMS:
        raise _WrongCellError(
            f"l’algorithme « {text[:40]} » n’est pas pris en charge (HOTP ou TOTP, avec SHA1, SHA256 ou SHA512)"
        )
    return kind, rest


def _number(text: str, what: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and _NUMBER.fullmatch(text)):
        raise _WrongCellError(f"{what} n’est pas un nombre entier")
    return int(text)


def _day(text: str) -> date | None:
    if not text:
        return None
    french, iso = _DAY.fullmatch(text), _ISO_DAY.fullmatch(text)
    try:
        if french:
            day, month, year = map(int, french.groups())
            return date(year, month, day)
        if iso:
            return date(*map(int, iso.groups()))
    except ValueError:
        pass
    raise _WrongCellError("la date d’expiration n’est pas une date (JJ/MM/AAAA)")
