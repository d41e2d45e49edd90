"""How commands tell counts in French."""

from collections.abc import Mapping

_WORDS = {"added": "ajouté", "changed": "modifié", "removed": "retiré", "unchanged": "inchangé"}


def counted(counts: Mapping[str, int], *, is_feminine: bool = False) -> str:
    """Tell what a load changed.

    Args:
        counts (Mapping[str, int]): `added`, `changed`, `removed`, `unchanged`.
        is_feminine (bool): how the words agree.

    Returns:
        str: `2 ajoutés, 1 inchangé`; `aucun` when there is nothing to count.
    """
    mark = "e" if is_feminine else ""
    told = (plural(counts[name], word + mark) for name, word in _WORDS.items() if counts[name])
    return ", ".join(told) or f"aucun{mark}"


def plural(count: int, word: str) -> str:
    """Put a number before its word.

    Args:
        count (int): how many.
        word (str): French, singular, with a plural in -s.

    Returns:
        str: `1 code`, `2 codes`.
    """
    return f"{count} {word}{'s' if count > 1 else ''}"
