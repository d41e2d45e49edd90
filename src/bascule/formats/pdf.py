"""Documents as PDF for paper and for screen readers (PDF/UA-1), set by Typst.

Data is passed as input and never pasted into markup; what the fonts of the program cannot draw is replaced.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any, Final

_STANDARD: Final = "ua-1"
#: What the fonts of the wheel can draw; PDF/UA forbids any other character.
_DRAWN: Final = re.compile(
    "[^\u0020-\u007e\u00a0-\u0484\u0487-\u04ff\u1e00-\u1eff\u2010-\u2040\u200b\u20a0-\u20bf\u2190-\u2199\ufffd]"
)
_UNDRAWN: Final = "\N{REPLACEMENT CHARACTER}"


def typeset(*, template: bytes, content: Mapping[str, Any], at: datetime) -> bytes:
    """Set a document.

    Args:
        template (bytes): Typst; it reads its data from `sys.inputs.data`, as JSON.
        content (Mapping[str, Any]): the data: texts, lists and mappings.
        at (datetime): the instant that the document bears.

    Returns:
        bytes: the document, the same for the same data.
    """
    compiled: bytes = _typst().compile(
        template,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_drawn(content), ensure_ascii=False)},
        pdf_standards=[_STANDARD],
        timestamp=int(at.timestamp()),
    )
    return compiled


@cache
def _typst() -> ModuleType:
    import typst  # noqa: PLC0415 - seven megabytes, and few of those who may print do

    return typst


@cache
def _fonts() -> Any:
    return _typst().Fonts(include_system_fonts=False)


def _drawn(given: Any) -> Any:
    """Bring all texts to what can be drawn."""
    if isinstance(given, str):
        return _DRAWN.sub(_UNDRAWN, unicodedata.normalize("NFC", given))
    if isinstance(given, Mapping):
        return {name: _drawn(value) for name, value in given.items()}
    if isinstance(given, list | tuple):
        return [_drawn(value) for value in given]
    return given
