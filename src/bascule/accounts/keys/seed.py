"""The seed of a key as a maker delivers it, and why a file of seeds is refused. Pure.

A refusal names the key by its place in the file, its serial number and its line; never its seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Final, Literal

from bascule.errors import RefusedError

Kind = Literal["hotp", "totp"]

#: Keys in one file. An académie has fewer.
MOST_SEEDS: Final = 10_000
#: Bytes of one file.
LARGEST_FILE: Final = 20 * 1024 * 1024
#: Bytes of a seed: RFC 4226, section 4, asks for 16; no hash takes more than 64 as they are.
SHORTEST_SEED, LONGEST_SEED = 16, 64
LONGEST_SERIAL: Final = 60
#: Digits of a code, and seconds that one lasts.
DIGITS: Final = range(6, 9)
PERIODS: Final = range(15, 301)
ALGORITHMS: Final = ("SHA1", "SHA256", "SHA512")
#: What a counter may hold: eight bytes, signed in the base.
LARGEST_COUNTER: Final = 2**63 - 1
#: Faults of lines told one by one; a file may have thousands.
FAULTS_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Seed:
    """What opens a key, and what is written on it.

    Attributes:
        serial: written on the object.
        secret: the seed itself.
        kind: by counter (`hotp`) or by time (`totp`).
        algorithm: of `ALGORITHMS`.
        digits: of a code.
        period: seconds that a code lasts; for `totp`.
        counter: the next one expected; for `hotp`.
        expires_on: last day; None for none.
        line: where it stands in its file.
    """

    serial: str
    secret: bytes = field(repr=False)
    kind: Kind = "hotp"
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30
    counter: int = 0
    expires_on: date | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands in a file.

    Attributes:
        rank: first key, second key…
        line: its first line.
        serial: what is written on it; blank if it is not known.
    """

    rank: int
    line: int
    serial: str = ""

    def __str__(self) -> str:
        series = f", série {self.serial}" if self.serial else ""
        return f"clé n° {self.rank}{series}, ligne {self.line}"


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with one line.

    Attributes:
        line: its number, from 1.
        sentence: French, without a capital nor a full stop.
    """

    line: int
    sentence: str


class SeedsRefusedError(RefusedError):
    """A file of seeds that is refused as a whole: no key of it is taken."""

    code: ClassVar[str] = "seeds"


class UnreadableSeedsError(SeedsRefusedError):
    """The file is not what it should be, or is damaged.

    Args:
        what (str): French, what was seen; a whole clause.
        place (str): where; blank for nowhere precise.
    """

    code = "seeds.unreadable"

    def __init__(self, what: str, place: str = "") -> None:
        where = f" ({place})" if place else ""
        super().__init__(
            f"Ce fichier de clés ne peut pas être lu : {what}{where}. Déposez le fichier PSKC (XML) ou CSV"
            " que le fabricant a remis, sans le modifier."
        )
        self.place = place


class SeedsDoctypeError(SeedsRefusedError):
    """The file declares a DOCTYPE, which no PSKC file has and which can hide an attack.

    Args:
        line (int): line of the declaration.
    """

    code = "seeds.doctype"

    def __init__(self, line: int) -> None:
        super().__init__(
            f"Le fichier contient une déclaration DOCTYPE (ligne {line}), interdite dans un fichier de clés :"
            " demandez au fabricant un fichier PSKC qui n’en a pas."
        )
        self.line = line


class SeedsTooLargeError(SeedsRefusedError):
    """The file weighs more than any delivery."""

    code = "seeds.too-large"

    def __init__(self) -> None:
        super().__init__(
            f"Le fichier dépasse {LARGEST_FILE // (1024 * 1024)} Mo : partagez la livraison en plusieurs fichiers."
        )


class TooManySeedsError(SeedsRefusedError):
    """The file holds more keys than one file may.

    Args:
        line (int): line of the first key too many.
    """

    code = "seeds.too-many"

    def __init__(self, line: int) -> None:
        super().__init__(
            f"Le fichier contient plus de {MOST_SEEDS:,} clés (ligne {line}) :".replace(",", " ")
            + " partagez la livraison en plusieurs fichiers."
        )
        self.line = line


class NoSeedError(SeedsRefusedError):
    """The file holds no key."""

    code = "seeds.none"

    def __init__(self) -> None:
        super().__init__("Le fichier ne contient aucune clé : vérifiez que c’est le bon fichier.")


class DuplicateSerialError(SeedsRefusedError):
    """Two keys of the file have the same serial number.

    Args:
        place (Place): the second one.
        first (Place): the first one.
    """

    code = "seeds.duplicate-serial"

    def __init__(self, place: Place, first: Place) -> None:
        super().__init__(
            f"Deux clés portent le numéro de série {place.serial} (lignes {first.line} et {place.line}) :"
            " demandez au fabricant un fichier corrigé. Aucune clé n’a été prise."
        )
        self.place, self.first = place, first


class UnknownAlgorithmError(SeedsRefusedError):
    """A key computes its codes in a way that the program does not know.

    Args:
        place (Place): the key.
        algorithm (str): as the file says it.
    """

    code = "seeds.unknown-algorithm"

    def __init__(self, place: Place, algorithm: str) -> None:
        said = f"« {algorithm[:80]} »" if algorithm else "non précisé"
        super().__init__(
            f"L’algorithme est {said} ({place}) : seuls HOTP et TOTP, avec SHA1, SHA256 ou SHA512, sont pris"
            " en charge. Aucune clé n’a été prise : demandez au fabricant un autre fichier."
        )
        self.place, self.algorithm = place, algorithm


class UnusableSeedError(SeedsRefusedError):
    """A key of a PSKC file lacks something, or asks for what is not done here.

    Args:
        place (Place): the key.
        sentence (str): French, what is wrong; a whole clause.
    """

    code = "seeds.unusable"

    def __init__(self, place: Place, sentence: str) -> None:
        super().__init__(
            f"Une clé ne peut pas être prise ({place}) : {sentence}. Aucune clé du fichier n’a été prise ;"
            " demandez au fabricant un fichier corrigé."
        )
        self.place = place


class UnknownEncryptionError(SeedsRefusedError):
    """The seeds are encrypted in a way that the program does not know, or that is not safe.

    Args:
        what (str): French, what is wrong; a whole clause.
        place (str): where; blank for the whole file.
    """

    code = "seeds.unknown-encryption"

    def __init__(self, what: str, place: str = "") -> None:
        where = f" ({place})" if place else ""
        super().__init__(
            f"Le chiffrement du fichier n’est pas pris en charge : {what}{where}. Demandez au fabricant un"
            " fichier PSKC chiffré en AES, avec un contrôle d’intégrité."
        )
        self.place = place


class SeedsPassphraseNeededError(SeedsRefusedError):
    """The seeds are encrypted, and nothing was given to decrypt them.

    Args:
        name (str): how the file calls the secret; blank if it does not.
    """

    code = "seeds.passphrase-needed"

    def __init__(self, name: str) -> None:
        called = f" (le fichier l’appelle « {name[:80]} »)" if name else ""
        super().__init__(
            "Le fichier est chiffré : donnez la phrase secrète ou la clé de transport remise à part par le"
            f" fabricant{called}."
        )
        self.name = name


class WrongPassphraseError(SeedsRefusedError):
    """What was given does not decrypt the seeds."""

    code = "seeds.wrong-passphrase"

    def __init__(self) -> None:
        super().__init__(
            "La phrase secrète ou la clé de transport ne convient pas à ce fichier : vérifiez-la, majuscules"
            " et espaces compris. Une clé de transport s’écrit en hexadécimal ou en base 64."
        )


class WrongMacError(SeedsRefusedError):
    """A value of the file is not the one that its maker wrote.

    Args:
        place (Place): the key.
    """

    code = "seeds.wrong-mac"

    def __init__(self, place: Place) -> None:
        super().__init__(
            f"Le contrôle d’intégrité (MAC) ne correspond pas ({place}) : le fichier a été modifié ou abîmé."
            " Redemandez-le au fabricant. Aucune clé n’a été prise."
        )
        self.place = place


class WrongLinesError(SeedsRefusedError):
    """Lines of a CSV file cannot be taken, so none is.

    Args:
        faults (Sequence[LineFault]): one for each wrong line, in order.
        line_count (int): lines of the file, heading left out.
    """

    code = "seeds.wrong-lines"

    def __init__(self, faults: Sequence[LineFault], line_count: int) -> None:
        told = " ; ".join(f"ligne {one.line} : {one.sentence}" for one in faults[:FAULTS_TOLD])
        more = f" ; et {len(faults) - FAULTS_TOLD} autres" if len(faults) > FAULTS_TOLD else ""
        count = "Une ligne" if len(faults) == 1 else f"{len(faults)} lignes"
        verb = "ne convient pas" if len(faults) == 1 else "ne conviennent pas"
        super().__init__(
            f"{count} sur {line_count} {verb} : {told}{more}. Aucune clé n’a été prise : corrigez le fichier,"
            " puis déposez-le à nouveau."
        )
        self.faults, self.line_count = tuple(faults), line_count


def fault_of(seed: Seed) -> str:
    """Tell what keeps a seed from being used, whatever its file.

    Args:
        seed (Seed): as read.

    Returns:
        str: French clause; blank if nothing does.
    """
    size = len(seed.secret)
    checks = (
        (not seed.serial, "le numéro de série manque"),
        (len(seed.serial) > LONGEST_SERIAL, f"le numéro de série dépasse {LONGEST_SERIAL} caractères"),
        (not seed.serial.isprintable(), "le numéro de série contient un caractère invisible"),
        (not size, "la graine manque"),
        (
            not SHORTEST_SEED <= size <= LONGEST_SEED,
            f"la graine compte {size} octets, il en faut de {SHORTEST_SEED} à {LONGEST_SEED}",
        ),
        (
            seed.digits not in DIGITS,
            f"les codes ont {seed.digits} chiffres, il en faut de {DIGITS[0]} à {DIGITS[-1]}",
        ),
        (
            seed.period not in PERIODS,
            f"un code dure {seed.period} secondes, il en faut de {PERIODS[0]} à {PERIODS[-1]}",
        ),
        (not 0 <= seed.counter <= LARGEST_COUNTER, "le compteur n’est pas possible"),
    )  # fmt: skip
    return next((sentence for is_wrong, sentence in checks if is_wrong), "")
