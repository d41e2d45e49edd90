"""Declare the API keys of old: which certificate opens whose account, for as long as it lasts."""

from datetime import date, datetime
from typing import Final

from bascule.accounts.keys import certificates
from bascule.accounts.keys.fleet import usable_holder
from bascule.accounts.models import Key
from bascule.errors import RefusedError
from bascule.journal.act import AUTHORITY, act

DECLARE_ACT: Final = "key.added"

_LABEL: Final = "clé API"


class SubjectUnusableError(RefusedError):
    """The subject of a certificate is blank or too long."""

    code = "certificate.subject"

    def __init__(self) -> None:
        longest = _longest_subject()
        super().__init__(
            f"Le sujet du certificat est nécessaire, en {longest} caractères au plus : copiez-le tel que le serveur"
            " frontal l’écrit."
        )


class CertificateOverError(RefusedError):
    """The certificate is past its last day.

    Args:
        expires_on (date): its last day.
    """

    code = "certificate.over"

    def __init__(self, expires_on: date) -> None:
        super().__init__(
            f"Ce certificat n’est plus valable depuis le {expires_on:%d/%m/%Y} : remettez une clé OTP à la personne."
        )
        self.expires_on = expires_on


def declare_certificate(
    *,
    person_id: int,
    uai: str,
    subject: str,
    expires_on: date | None,
    actor: str,
    at: datetime,
    today: date,
) -> Key:
    """Let the certificate of an API key open the account of a person.

    Args:
        person_id (int): whose.
        uai (str): the school, or `AUTHORITY`, where she holds a right.
        subject (str): the subject, exactly as the front server writes it.
        expires_on (date | None): last day of the certificate; None if it is not known.
        actor (str): who signs.
        at (datetime): when.
        today (date): the day, where the authority is.

    Returns:
        Key: the key, active.

    Raises:
        SubjectUnusableError: if the subject is blank or too long.
        CertificateOverError: if the certificate is past its last day.
    """
    if not 0 < len(subject.strip()) <= _longest_subject():
        raise SubjectUnusableError
    if expires_on is not None and expires_on < today:
        raise CertificateOverError(expires_on)
    person = usable_holder(person_id, uai, today)
    with act(uai=AUTHORITY, kind=DECLARE_ACT, actor=actor, at=at) as opened:
        key = certificates.grant(
            person_id=person.pk, subject=subject, label=_LABEL, actor=actor, at=at
        )
        key.expires_on = expires_on
        key.save(update_fields=["expires_on"])
        opened.facts |= {"key": key.pk, "person": person.login, "school": uai}
    return key


def _longest_subject() -> int:
    return Key._meta.get_field("subject").max_length or 0  # noqa: SLF001 - Django's name
