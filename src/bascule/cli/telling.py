"""How commands say what they did: a sentence on the screen, or an object."""

import json

from rich.console import Console


def tell(content: object, sentence: str, *, as_json: bool) -> None:
    """Say what was done.

    Args:
        content (object): what it was, as an object.
        sentence (str): the same in French, with the marks of rich.
        as_json (bool): print the object instead of the sentence.
    """
    if as_json:
        print_json(content)
    else:
        console().print(sentence)


def console() -> Console:
    """Give a console that cuts no line and colours nothing by itself.

    Returns:
        Console: on the standard output.
    """
    return Console(highlight=False, soft_wrap=True)


def print_json(content: object) -> None:
    """Print an object; what JSON has no form for is printed as text.

    Args:
        content (object): the object.
    """
    print(json.dumps(content, ensure_ascii=False, indent=2, default=str))
