"""What the URL of a list says."""

from collections.abc import Mapping

#: No list has so many pages: what is more is no number of a page.
_MOST_PAGES = 10_000


def page_asked(asked: Mapping[str, str]) -> int:
    """Read the number of a page of a list.

    Args:
        asked (Mapping[str, str]): the query of the URL.

    Returns:
        int: from 1; 1 for what is no number.
    """
    text = asked.get("page", "")
    return int(text) if text.isdecimal() and 0 < int(text) < _MOST_PAGES else 1
