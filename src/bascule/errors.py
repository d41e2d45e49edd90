"""The exception tree: what the product refuses, and what may be tried again.

Wrong data is never an exception: it is a `bascule.findings.Finding`.
"""

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
