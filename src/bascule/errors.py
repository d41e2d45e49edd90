"""The exception tree: what the product refuses, and what may be tried again.

Wrong data is never an exception: it is a `bascule.findings.Finding`.
"""

import traceback
from typing import ClassVar


class BasculeError(Exception):
    """Anything the product raises on purpose."""


class RefusedError(BasculeError):
    """An anticipated no, with a sentence for the person who asked.

    A subclass stands beside the verb that raises it, carries its facts as attributes, and sets a
    stable `code`. Faces show `sentence` and `code`; the command ends with exit code 2.

    Args:
        sentence (str): French, what is wrong, where, and what to do next. No personal data.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotThereError(RefusedError):
    """What was asked for is not there, or not for whoever asks: faces tell both alike (404)."""


class TransientError(BasculeError):
    """The only kind that a retry may mend (a lost connection, a busy lock)."""


def places_of(fault: BaseException | None) -> str:
    """Tell where a chain of faults happened, and of what types: what a log may hold.

    Args:
        fault (BaseException | None): the last of them.

    Returns:
        str: lines of text, without the messages: they may name pupils.
    """
    lines: list[str] = []
    told: set[int] = set()
    # A cause that is raised again while its effect is handled makes a circle.
    while fault is not None and id(fault) not in told:
        told.add(id(fault))
        state = getattr(fault, "sqlstate", None)
        stack = traceback.StackSummary.extract(traceback.walk_tb(fault.__traceback__))
        kind = f"{type(fault).__module__}.{type(fault).__qualname__}"
        # These name pieces of the program, never data.
        tells = isinstance(fault, (ImportError, AttributeError, NameError))
        lines += [kind, f" {state}" if state else "", f": {fault}" if tells else "", "\n"]
        lines += stack.format()
        fault = fault.__cause__ or fault.__context__
    return "".join(lines)
