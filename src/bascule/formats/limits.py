"""What a deposited file may weigh and hold. Beyond, it is refused as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a file.

    Attributes:
        deposited_bytes: of the file as deposited.
        unpacked_bytes: of the XML once out of its ZIP.
        ratio: unpacked bytes for one packed byte, judged above `ratio_judged_above` bytes.
        ratio_judged_above: unpacked bytes under which the ratio says nothing.
        depth: elements inside one another.
        text_length: characters of a leaf or of an attribute.
        token_length: characters read without the end of a tag, a comment or a text.
        records: how many records of a tag.
        other_records: how many records of a tag that `records` does not name.
    """

    deposited_bytes: int = 64 * _MEGABYTE
    unpacked_bytes: int = 200 * _MEGABYTE
    ratio: int = 100
    ratio_judged_above: int = _MEGABYTE
    depth: int = 64
    text_length: int = 1000
    token_length: int = 256 * 1024
    records: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(
            {"ELEVE": 20_000, "DIVISION": 5_000, "GROUPE": 20_000}
        )
    )
    other_records: int = 500_000


DEFAULT_LIMITS = Limits()
