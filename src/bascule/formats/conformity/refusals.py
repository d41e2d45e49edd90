"""Why a report of conformity is not believed."""

from bascule.formats.refusals import FileRefusedError

_AGAIN = "Demandez à l’éditeur le fichier que le kit a écrit, sans le modifier."


class NotConformityError(FileRefusedError):
    """The file is no report of conformity."""

    code = "file.not-conformity"

    def __init__(self) -> None:
        super().__init__(f"Ce fichier n’est pas un rapport de conformité. {_AGAIN}")


class CutConformityError(FileRefusedError):
    """The file stops before its end."""

    code = "file.conformity-cut"

    def __init__(self) -> None:
        super().__init__(f"Le rapport de conformité s’arrête avant la fin. {_AGAIN}")


class OtherConformityVersionError(FileRefusedError):
    """The file is written in a way that is not known.

    Args:
        version (str): the one it says.
    """

    code = "file.conformity-version"

    def __init__(self, version: str) -> None:
        self.version = version[:20]
        super().__init__(
            f"Le rapport de conformité est de la version « {self.version} », qui n’est pas connue ici."
            " Demandez à l’éditeur un rapport fait avec le kit de ce site."
        )


class AlteredConformityError(FileRefusedError):
    """The file is no longer what was signed."""

    code = "file.conformity-altered"

    def __init__(self) -> None:
        super().__init__(
            "Le rapport de conformité a été modifié après sa signature : il ne prouve plus rien."
            f" {_AGAIN}"
        )
