"""Words that pages show, in modules that know no framework. Pure.

The code holds them in French, and compares, stores and prints them so. A page says them in its own
language at the moment it shows them.
"""


def said(text: str) -> str:
    """Mark a word that pages translate: imported as `_`, which is how the catalogue finds it.

    Args:
        text (str): French.

    Returns:
        str: the same.
    """
    return text
