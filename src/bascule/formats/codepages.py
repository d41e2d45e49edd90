"""What the bytes of an old text were written in: nothing in them says it, their accents do.

A name read in the wrong code page has signs that no French name has, or capitals in its middle.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

#: A word that has a letter beyond ASCII; the rest is the same in every code page.
_ACCENTED: Final = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_WORDS_WEIGHED: Final = 500
_FRENCH: Final = frozenset("ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸÆŒÑàâäçéèêëîïôöùûüÿæœñ°’«»€")
#: What a sign costs: a letter of another language, a sign that is in no name, a byte that means nothing.
_STRANGE, _ODD, _UNREADABLE = 1, 3, 20


def likeliest(texts: Iterable[bytes], among: Sequence[str]) -> str:
    """Tell what texts were written in.

    Args:
        texts (Iterable[bytes]): texts of names, towns, headings.
        among (Sequence[str]): the code pages that they may be in; of two that do as well, the first.

    Returns:
        str: one of them.
    """
    words: Counter[bytes] = Counter()
    for text in texts:
        words.update(_ACCENTED.findall(text))
    weighed = words.most_common(_WORDS_WEIGHED)
    return min(among, key=lambda page: sum(_cost(word, page) * n for word, n in weighed))


def _cost(word: bytes, page: str) -> int:
    try:
        text = word.decode(page)
    except UnicodeDecodeError:
        return _UNREADABLE
    cost = sum(_sign(sign) for sign in text if not sign.isascii())
    # "LefËvre": a capital follows small letters in no name but those like "McDonald".
    return cost + sum(
        before.islower() and sign.isupper() and not sign.isascii()
        for before, sign in pairwise(text)
    )


def _sign(sign: str) -> int:
    if sign in _FRENCH:
        return 0
    return _STRANGE if sign.isalpha() else _ODD
