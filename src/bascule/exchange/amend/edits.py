"""What a correction is, and what is said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bascule.errors import NotThereError, RefusedError
from bascule.exchange.amend.fields import NEW, Field, field_of
from bascule.exchange.records import PupilRecord
from bascule.findings import Finding
from bascule.formats.record import Fields

#: Ids from here on are nobody's: those of guardians who are to be added.
NOBODY = 9_000_000_000


class UnknownFieldError(RefusedError):
    """A field that cannot be corrected by hand.

    Args:
        key (str): as the form named it.
    """

    code = "amend.unknown-field"

    def __init__(self, key: str) -> None:
        super().__init__(f"« {key} » ne se corrige pas ici : corrigez-le dans votre logiciel.")
        self.key = key


class UnknownGuardianError(NotThereError):
    """The school has no such guardian."""

    code = "amend.unknown-guardian"

    def __init__(self) -> None:
        super().__init__("Ce responsable n’est pas dans les dossiers de l’établissement.")


class UnknownRecordError(NotThereError):
    """The kept file has no such record."""

    code = "amend.unknown-record"

    def __init__(self) -> None:
        super().__init__("Cette fiche n’est pas dans le fichier de cet import.")


class FileRecord(NamedTuple):
    """A pupil's record in the kept file of an import.

    Attributes:
        run_id: the import.
        rank: rank of the record among the pupils of its file.
    """

    run_id: int
    rank: int


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction.

    With neither a pupil nor a record it is a new pupil, or, when it names guardians alone, theirs.

    Attributes:
        values: what was typed, by key of `amend.fields`; blank erases. A guardian is added by keys
            `guardian.new.…`, linked or unlinked by `guardian.12.level` (`1`, `2`, `3`, or blank).
        pupil_id: the pupil.
        record: the record of a kept file that the correction starts from, where the import set it, or a
            part of it, aside.
        seen: what the person saw in these fields when she began. What she left so is not corrected; what she typed in
            a field that moved since is refused.
    """

    values: Mapping[str, str]
    pupil_id: int | None = None
    record: FileRecord | None = None
    seen: Mapping[str, str] = field(default_factory=dict)


class Remark(NamedTuple):
    """What a rule says of a correction.

    Attributes:
        rank: rank of the correction, from 1.
        key: the field, to show it beside; may be blank.
        finding: the finding; None for a field that was emptied and must not be.
        refuses: whether the correction cannot be made.
    """

    rank: int
    key: str
    finding: Finding | None
    refuses: bool


class Moved(NamedTuple):
    """A field that somebody else changed since the person saw it.

    Attributes:
        rank: rank of the correction, from 1.
        key: the field.
        seen: what the person saw.
        now: what is held now.
        typed: what the person typed.
    """

    rank: int
    key: str
    seen: str
    now: str
    typed: str


@dataclass(slots=True)
class Case:
    """One correction on its way.

    Attributes:
        rank: its rank, from 1.
        edit: the correction.
        pupil_id: the pupil, once known.
        values: what was typed, but for what is held already: forms send all their fields.
        file: the record of the kept file.
        is_whole: the whole record of the file is taken: the import refused it, or the base lacks the pupil.
        touched: fields that may change, the pupil's own and those of links, by key.
        raw: the record, as typed.
        before: what the rules said of it before.
        record: the record, checked.
        persons: what was typed of guardians themselves, by whom.
    """

    rank: int
    edit: Edit
    pupil_id: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    file: "Fields | None" = None
    is_whole: bool = False
    touched: set[str] = field(default_factory=set)
    raw: Fields = field(default_factory=dict)
    before: list[Finding] = field(default_factory=list)
    record: PupilRecord | None = None
    persons: dict[str, dict[str, str]] = field(default_factory=dict)


def parsed(key: str) -> tuple[str, Field]:
    """Find the field that a form names.

    Args:
        key (str): its key.

    Returns:
        tuple[str, Field]: the guardian it is about, and the field.

    Raises:
        UnknownFieldError: if it is none that can be corrected.
    """
    found = field_of(key)
    if found is None:
        raise UnknownFieldError(key)
    return found


def id_of_new(whom: str) -> int:
    """Give what stands for the id of a guardian who is to be added.

    Args:
        whom (str): `new`, `new2`.

    Returns:
        int: an id that is nobody's.
    """
    digits = whom.removeprefix(NEW)
    return NOBODY + (int(digits) if digits.isascii() and digits.isdigit() else 0)


def told(found: Finding) -> tuple[str, str, str]:
    """Give what makes two findings of a record the same.

    Args:
        found (Finding): a finding.

    Returns:
        tuple[str, str, str]: rule, element, value.
    """
    return found.rule.code, found.field, found.value
