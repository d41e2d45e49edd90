"""Why a file is refused as a whole, before any of its records counts.

Each refusal says what is wrong, where, and what to do next. Wrong data inside a file that can be
read is a `bascule.findings.Finding`.
"""

from typing import ClassVar

from bascule.errors import RefusedError
from bascule.formats.kinds import Kind

_AGAIN = "Reprenez l’export dans votre logiciel et déposez le fichier sans le modifier."


def _size(count: int) -> str:
    """Return a number of bytes as French reads it."""
    if count < 1024 * 1024:
        return f"{count // 1024} Ko"
    return f"{count // (1024 * 1024)} Mo"


class FileRefusedError(RefusedError):
    """A file that is refused as a whole."""

    code: ClassVar[str] = "file"


class EmptyFileError(FileRefusedError):
    """There is nothing in the file."""

    code = "file.empty"

    def __init__(self) -> None:
        super().__init__(f"Le fichier est vide. {_AGAIN}")


class NotXmlError(FileRefusedError):
    """The content is not XML.

    Args:
        found (str): French, what it looks like, empty when not known.
    """

    code = "file.not-xml"

    def __init__(self, found: str = "") -> None:
        self.found = found
        what = f"est {found}" if found else "n’est pas un fichier XML"
        super().__init__(
            f"Ce fichier {what}. Déposez le fichier XML produit par votre logiciel, "
            "ou le ZIP qui le contient."
        )


class DoctypeError(FileRefusedError):
    """The file declares a DOCTYPE, which no exchange file has and which can hide an attack.

    Args:
        line (int): line of the declaration.
    """

    code = "file.doctype"

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(
            f"Le fichier contient une déclaration DOCTYPE (ligne {line}), interdite dans les "
            f"échanges. {_AGAIN}"
        )


class TruncatedFileError(FileRefusedError):
    """The file stops before its end.

    Args:
        line (int): line where it stops.
    """

    code = "file.truncated"

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(
            f"Le fichier est incomplet : il s’arrête à la ligne {line}, avant la fin. "
            "Reprenez l’export dans votre logiciel et attendez qu’il se termine."
        )


class MalformedFileError(FileRefusedError):
    """The file breaks the grammar of XML.

    Args:
        line (int): line of the fault.
        column (int): column of the fault, from 1.
    """

    code = "file.malformed"

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column
        super().__init__(
            f"Le fichier est mal écrit à la ligne {line}, colonne {column} : une balise ou un "
            f"caractère n’y est pas à sa place. {_AGAIN}"
        )


class WrongKindError(FileRefusedError):
    """The file is of another kind than the one asked for.

    Args:
        expected (Kind | None): the kind asked for, None when it has no name.
        found (Kind | None): the kind it is, None when it is not known.
        root (str): its root element.
    """

    code = "file.wrong-kind"

    def __init__(self, expected: Kind | None, found: Kind | None, root: str) -> None:
        self.expected = expected
        self.found = found
        self.root = root
        asked = f" C’est {expected.name} qui est attendu ici." if expected else ""
        if found:
            sentence = f"Ce fichier est {found.name}. {found.use}{asked}"
        else:
            sentence = (
                f"Ce fichier n’est pas d’une sorte connue (élément « {root[:60]} »).{asked} "
                f"{_AGAIN}"
            )
        super().__init__(sentence)


class MissingHeaderError(FileRefusedError):
    """The block that says whose file it is does not come first.

    Args:
        tag (str): the block looked for.
        line (int): where it was looked for.
    """

    code = "file.missing-header"

    def __init__(self, tag: str, line: int) -> None:
        self.tag = tag
        self.line = line
        super().__init__(
            f"Le bloc {tag}, qui dit l’établissement et l’année, manque au début du fichier "
            f"(ligne {line}). {_AGAIN}"
        )


class WrongEncodingError(FileRefusedError):
    """The bytes are not in the encoding that the file declares.

    Args:
        declared (str): the encoding declared, or taken by default.
        proposed (str): the encoding the bytes seem to be in.
        line (int): first line at fault.
    """

    code = "file.encoding"

    def __init__(self, declared: str, proposed: str, line: int) -> None:
        self.declared = declared
        self.proposed = proposed
        self.line = line
        example = " (« é » s’y lirait « Ã© »)" if proposed == "UTF-8" else ""
        super().__init__(
            f"D’après son début, le fichier est écrit en {declared}, mais la ligne {line} ne l’est pas"
            f"{example} : il semble être en {proposed}. Reprenez l’export dans votre logiciel, "
            f"ou enregistrez le fichier en {declared}."
        )


class UnknownEncodingError(FileRefusedError):
    """The declared encoding is not one we read.

    Args:
        declared (str): the encoding declared.
    """

    code = "file.unknown-encoding"

    def __init__(self, declared: str) -> None:
        self.declared = declared[:40]
        super().__init__(
            f"Le fichier annonce l’encodage « {self.declared} », qui n’est pas accepté. "
            "Enregistrez-le en ISO-8859-15 ou en UTF-8."
        )


class NullByteError(FileRefusedError):
    """The file holds a null byte, which no text has.

    Args:
        line (int): its line.
    """

    code = "file.null-byte"

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(
            f"Le fichier contient un caractère nul à la ligne {line} : il est abîmé. {_AGAIN}"
        )


class TooLargeError(FileRefusedError):
    """The file weighs more than what is accepted.

    Args:
        limit (int): bytes accepted.
        unpacked (bool): whether the XML is meant, or the file as deposited.
    """

    code = "file.too-large"

    def __init__(self, limit: int, *, unpacked: bool) -> None:
        self.limit = limit
        self.unpacked = unpacked
        what = "Une fois décompressé, le fichier" if unpacked else "Le fichier"
        super().__init__(
            f"{what} dépasse {_size(limit)}, la taille maximale acceptée. "
            "Vérifiez que l’export ne porte que sur votre établissement."
        )


class TooDeepError(FileRefusedError):
    """Elements stand inside one another beyond what any exchange file does.

    Args:
        limit (int): depth accepted.
        line (int): where it is passed.
    """

    code = "file.too-deep"

    def __init__(self, limit: int, line: int) -> None:
        self.limit = limit
        self.line = line
        super().__init__(
            f"Vers la ligne {line}, plus de {limit} éléments sont imbriqués : ce n’est pas un "
            f"fichier d’échange. {_AGAIN}"
        )


class TextTooLongError(FileRefusedError):
    """A text is longer than any field.

    Args:
        tag (str): element or attribute, empty when not known.
        limit (int): characters accepted.
        line (int): its line, or that of its record.
    """

    code = "file.text-too-long"

    def __init__(self, tag: str, limit: int, line: int) -> None:
        self.tag = tag
        self.limit = limit
        self.line = line
        what = f"le champ {tag[:60]}" if tag else "un texte ou une balise"
        super().__init__(
            f"Vers la ligne {line}, {what} dépasse {limit} caractères. "
            "Corrigez-le dans votre logiciel, puis reprenez l’export."
        )


class TooManyRecordsError(FileRefusedError):
    """There are more records than a school can have.

    Args:
        tag (str): the record.
        limit (int): how many are accepted.
        line (int): line of the first one in excess.
    """

    code = "file.too-many-records"

    def __init__(self, tag: str, limit: int, line: int) -> None:
        self.tag = tag
        self.limit = limit
        self.line = line
        super().__init__(
            f"Le fichier contient plus de {limit} fiches {tag} (ligne {line}). "
            "Vérifiez que l’export ne porte que sur votre établissement."
        )


class ZipContentsError(FileRefusedError):
    """The ZIP does not hold exactly one file.

    Args:
        names (tuple[str, ...]): the first files it holds.
        count (int): how many it holds.
    """

    code = "file.zip-contents"

    def __init__(self, names: tuple[str, ...], count: int) -> None:
        self.names = names
        self.count = count
        if not count:
            what = "Le ZIP ne contient aucun fichier."
        else:
            listed = ", ".join(f"« {name[-60:]} »" for name in names)
            more = "…" if count > len(names) else ""
            what = f"Le ZIP contient {count} fichiers : {listed}{more}."
        super().__init__(
            f"{what} Il doit contenir un seul fichier XML : déposez chaque fichier séparément."
        )


class UnsafeZipError(FileRefusedError):
    """An entry of the ZIP is not a plain file with a plain name.

    Args:
        name (str): name of the entry.
    """

    code = "file.zip-unsafe"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"Le ZIP contient une entrée interdite (« {name[-60:]} ») : un chemin hors du dossier "
            f"ou un lien. {_AGAIN}"
        )


class EncryptedZipError(FileRefusedError):
    """The ZIP asks for a password."""

    code = "file.zip-encrypted"

    def __init__(self) -> None:
        super().__init__(
            "Le ZIP est protégé par un mot de passe. Déposez le fichier sans protection : "
            "la connexion est déjà chiffrée."
        )


class NestedZipError(FileRefusedError):
    """The ZIP holds another archive."""

    code = "file.zip-nested"

    def __init__(self) -> None:
        super().__init__(
            "Le ZIP contient une autre archive. Déposez le fichier XML, ou un ZIP qui ne contient "
            "que lui."
        )


class ZipBombError(FileRefusedError):
    """The ZIP unpacks to far more than a real file does.

    Args:
        ratio (int): unpacked bytes accepted for one packed byte.
    """

    code = "file.zip-bomb"

    def __init__(self, ratio: int) -> None:
        self.ratio = ratio
        super().__init__(
            f"Le ZIP se déploie en plus de {ratio} fois sa taille : ce n’est pas un fichier "
            f"d’échange. {_AGAIN}"
        )


class DamagedZipError(FileRefusedError):
    """The ZIP cannot be unpacked, or its contents are not what it announces."""

    code = "file.zip-damaged"

    def __init__(self) -> None:
        super().__init__(
            "Le ZIP est abîmé : son contenu n’est pas celui qu’il annonce. Téléchargez-le ou "
            "produisez-le de nouveau."
        )
