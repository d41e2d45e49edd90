"""Check a certificate: what a stranger is told who holds its code, and no more."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from bascule.accounts import tries
from bascule.certificates.facts import facts_of
from bascule.certificates.models import Certificate
from bascule.errors import NotThereError
from bascule.schools.directory import known_school
from bascule.store.policies import confine, open_schools, put_back, show_code

_LONGEST = 40
_GROUP, _GROUPS = 4, 3


class Standing(StrEnum):
    """What a certificate is worth."""

    VALID = "valid"
    #: The record says something else by now: exit, division, name.
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


class UnknownCodeError(NotThereError):
    """No certificate bears this code."""

    code = "certificate.unknown-code"

    def __init__(self) -> None:
        super().__init__(
            "Aucun certificat ne porte ce code. Recopiez-le tel qu’il est imprimé au bas du certificat, ou demandez à"
            " l’établissement de confirmer qu’il l’a délivré."
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What is said of a certificate.

    Attributes:
        standing: what it is worth.
        kind: what it certifies, in French.
        number: its number.
        initials: of the pupil.
        birth_year: of the pupil.
        school: name of the school that issued it.
        issued_at: when.
        year: first calendar year that it is about.
    """

    standing: Standing
    kind: str
    number: str
    initials: str
    birth_year: int
    school: str
    issued_at: datetime
    year: int


def check(*, typed: str, address: str | None, at: datetime) -> Checked:
    """Check a certificate by its code; whoever types too many wrong ones waits.

    Args:
        typed (str): the code, with dashes and capitals or not.
        address (str | None): where the request came from.
        at (datetime): now.

    Returns:
        Checked: what is said of it.

    Raises:
        UnknownCodeError: if no certificate bears it.
    """
    tries.refuse_crowd(address, at)
    row = _by_code(typed)
    if row is None:
        tries.count_address(address, at)
        raise UnknownCodeError
    return Checked(
        standing=_standing(row),
        kind=row.get_kind_display(),
        number=row.shown_number,
        initials=row.initials,
        birth_year=row.birth_year,
        school=known_school(row.uai).name,
        issued_at=row.issued_at,
        year=row.year,
    )


def _by_code(typed: str) -> Certificate | None:
    read = "".join(filter(str.isalnum, typed[:_LONGEST].upper()))
    code = "-".join(read[i : i + _GROUP] for i in range(0, len(read), _GROUP))
    if len(read) != _GROUP * _GROUPS:
        return None
    with transaction.atomic():
        show_code(code)
        return Certificate.objects.filter(code=code).first()


def _standing(row: Certificate) -> Standing:
    if row.withdrawn_at is not None:
        return Standing.WITHDRAWN
    # Whoever checks reaches no school: this one is looked at for a moment, and only "changed" comes out of it.
    with put_back():
        confine(row.uai)
        open_schools(row.uai)
        pupils = facts_of(uai=row.uai, year=row.year, pupil_ids=[row.student_id])
    is_same = bool(pupils) and pupils[0].digest(row.kind) == bytes(row.digest)
    return Standing.VALID if is_same else Standing.CHANGED
