"""Make certificates: one pupil, some, or a division in one document; each numbered, and the same again a duplicate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from bascule.accounts.codes import new_code
from bascule.accounts.letters import site_address
from bascule.certificates.facts import PupilFacts, facts_of, labels_of, present_in
from bascule.certificates.models import Certificate
from bascule.certificates.papers.certificate import Paper, render_certificates
from bascule.errors import RefusedError
from bascule.journal.act import OpenAct, act
from bascule.schools.directory import known_school
from bascule.schools.open_year import year_of
from bascule.store.policies import open_schools
from bascule.students.lookup import UnknownPupilError
from bascule.values import school_year

ISSUE_ACT: Final = "certificate.issue"
WITHDRAW_ACT: Final = "certificate.withdraw"

#: Certificates in one document at most: the largest schools have fewer pupils in a division.
MOST: Final = 200
_GROUPS = 3


class NobodyToCertifyError(RefusedError):
    """No pupil was chosen, or the division has none."""

    code = "certificate.nobody"

    def __init__(self) -> None:
        super().__init__(
            "Aucun certificat n’est à établir : aucun élève n’est choisi, ou la division n’a aucun élève présent."
            " Choisissez au moins un élève, ou une autre division."
        )


class TooManyToCertifyError(RefusedError):
    """More certificates are asked for than one document holds.

    Args:
        count (int): how many.
    """

    code = "certificate.too-many"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Un document contient au plus {MOST} certificats, et {count} sont demandés. Établissez-les division par"
            " division."
        )
        self.count = count


class NotPresentError(RefusedError):
    """Some of the pupils are not in the school now.

    Args:
        left (int): how many have left.
        expected (int): how many are only expected.
        asked (int): how many were asked for.
    """

    code = "certificate.not-present"

    def __init__(self, left: int, expected: int, asked: int) -> None:
        reasons = []
        if left:
            reasons.append(
                "Le certificat de scolarité ne se délivre pas à un élève sorti de l’établissement"
                f"{_among(left, asked)} : établissez plutôt son certificat de radiation."
            )
        if expected:
            reasons.append(
                "Le certificat de scolarité ne se délivre pas à un élève encore attendu"
                f"{_among(expected, asked)} : importez d’abord le fichier qui confirme son inscription."
            )
        super().__init__(" ".join(reasons))
        self.left, self.expected = left, expected


class NoExitError(RefusedError):
    """Some of the pupils have not left, or nothing says why.

    Args:
        count (int): how many.
        asked (int): how many were asked for.
    """

    code = "certificate.no-exit"

    def __init__(self, count: int, asked: int) -> None:
        super().__init__(
            "Le certificat de radiation se délivre à un élève dont la sortie est enregistrée, avec sa date et son"
            f" motif. Ils manquent{_among(count, asked)} : saisissez la sortie dans votre logiciel et"
            " importez son fichier, ou dans le dossier de l’élève, puis recommencez."
        )
        self.count = count


class UnknownCertificateError(RefusedError):
    """The school has no such certificate, or it is withdrawn already."""

    code = "certificate.unknown"

    def __init__(self) -> None:
        super().__init__(
            "Ce certificat n’est pas parmi ceux de l’établissement cette année-là, ou il est déjà annulé. Cherchez-le"
            " dans la liste des certificats établis."
        )


@dataclass(frozen=True, slots=True)
class Issued:
    """Certificates that were made.

    Attributes:
        name: name of the document.
        content: PDF, a page for each.
        certificates: what was kept of each, in the order of the pages.
        duplicates: numbers of those that had been made before, with the same content.
    """

    name: str
    content: bytes = field(repr=False)
    certificates: tuple[Certificate, ...]
    duplicates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What making a certificate would do, for whoever is about to.

    Attributes:
        refusal: why it is not possible; None if it is.
        last: the last one made for the pupil and not withdrawn, if any.
        is_duplicate: whether it would be that one again, because the record says the same.
    """

    refusal: RefusedError | None
    last: Certificate | None
    is_duplicate: bool


def foresee(*, uai: str, year: int, kind: Certificate.Kind, pupil_id: int) -> Foreseen:
    """Tell what making a certificate would do.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        kind (Certificate.Kind): which one.
        pupil_id (int): the pupil.

    Returns:
        Foreseen: refused, a duplicate, or a new one.
    """
    with transaction.atomic():
        open_schools(uai)
        pupils = _of_year(uai, year, [pupil_id])
        last = _last(uai, year, kind, pupils).get(pupil_id)
    refusal: RefusedError | None = None
    try:
        _refuse(kind, pupils)
    except RefusedError as found:
        refusal = found
    return Foreseen(refusal, last, last is not None and _is_same(last, pupils[0]))


def issue(
    *,
    uai: str,
    year: int,
    kind: Certificate.Kind,
    actor: str,
    at: datetime,
    pupil_ids: Sequence[int] = (),
    division: str = "",
) -> Issued:
    """Make certificates, and keep what proves them.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        kind (Certificate.Kind): which ones.
        actor (str): who makes them.
        at (datetime): when, with its time zone.
        pupil_ids (Sequence[int]): for these pupils.
        division (str): else for those present in this division.

    Returns:
        Issued: one document.

    Raises:
        NobodyToCertifyError: if there is nobody.
        TooManyToCertifyError: if there are too many for one document.
    """
    if len(pupil_ids) > MOST:
        raise TooManyToCertifyError(len(pupil_ids))
    with act(uai=uai, kind=ISSUE_ACT, actor=actor, at=at) as opened:
        if pupil_ids:
            pupils = _of_year(uai, year, pupil_ids)
        else:
            pupils = present_in(uai=uai, year=year, division=division) if division else []
        if not pupils:
            raise NobodyToCertifyError
        if len(pupils) > MOST:
            raise TooManyToCertifyError(len(pupils))
        _refuse(kind, pupils)
        last = _last(uai, year, kind, pupils)
        same = {
            one.student_id
            for pupil in pupils
            if (one := last.get(pupil.id)) and _is_same(one, pupil)
        }
        made = _made(opened, year, kind, [pupil for pupil in pupils if pupil.id not in same])
        rows = [last[pupil.id] if pupil.id in same else made[pupil.id] for pupil in pupils]
        duplicates = tuple(row.shown_number for row in rows if row.student_id in same)
        opened.facts |= {
            "year": year,
            "kind": str(kind),
            "numbers": [row.shown_number for row in rows if row.student_id not in same],
            "duplicates": list(duplicates),
        }
        ends_on = year_of(uai=uai, year=year).ends_on
        labels = labels_of(uai=uai, year=year, pupils=pupils)
        content = render_certificates(
            [
                _paper(row, pupil, last.get(pupil.id), labels, at, ends_on)
                for row, pupil in zip(rows, pupils, strict=True)
            ],
            school=_school(uai, year),
            authority=settings.BASCULE_AUTHORITY_NAME,
            at=timezone.localtime(at),
        )
    return Issued(_name(uai, rows, division), content, tuple(rows), duplicates)


def withdraw(*, uai: str, year: int, certificate_id: int, actor: str, at: datetime) -> Certificate:
    """Withdraw a certificate made by mistake: whoever checks it is told that it holds no longer.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        certificate_id (int): which.
        actor (str): who withdraws it.
        at (datetime): when, with its time zone.

    Returns:
        Certificate: the certificate.

    Raises:
        UnknownCertificateError: if there is none of this number that holds.
    """
    with act(uai=uai, kind=WITHDRAW_ACT, actor=actor, at=at) as opened:
        row = Certificate.objects.filter(
            uai=uai, year=year, pk=certificate_id, withdrawn_at=None
        ).first()
        if row is None:
            raise UnknownCertificateError
        row.withdrawn_at, row.act_id = at, opened.id
        row.save(update_fields=["withdrawn_at", "act_id"])
        opened.facts |= {"year": year, "number": row.shown_number}
    return row


def issued_in(*, uai: str, year: int, most: int = 50) -> list[Certificate]:
    """List the certificates of a year, latest first.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        most (int): how many at most.

    Returns:
        list[Certificate]: the certificates.
    """
    with transaction.atomic():
        open_schools(uai)
        return list(Certificate.objects.filter(uai=uai, year=year).order_by("-number")[:most])


def candidates(*, uai: str, year: int, division: str = "") -> list[PupilFacts]:
    """List the pupils of a division to whom a certificate may be given.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        division (str): its code; blank for all.

    Returns:
        list[PupilFacts]: those present, by name.
    """
    with transaction.atomic():
        open_schools(uai)
        return present_in(uai=uai, year=year, division=division)


def _among(count: int, asked: int) -> str:
    """Say how many are meant, where more than one was asked for."""
    return f" ({count} des {asked} élèves choisis)" if asked > 1 else ""


def _of_year(uai: str, year: int, pupil_ids: Sequence[int]) -> list[PupilFacts]:
    pupils = facts_of(uai=uai, year=year, pupil_ids=pupil_ids)
    if len(pupils) != len(set(pupil_ids)):
        raise UnknownPupilError
    return pupils


def _refuse(kind: Certificate.Kind, pupils: Sequence[PupilFacts]) -> None:
    if kind is Certificate.Kind.LEAVING:
        without = sum(pupil.left_on is None or not pupil.exit_reason for pupil in pupils)
        if without:
            raise NoExitError(without, len(pupils))
        return
    left = sum(pupil.left_on is not None for pupil in pupils)
    expected = sum(pupil.is_expected for pupil in pupils)
    if left or expected:
        raise NotPresentError(left, expected, len(pupils))


def _last(
    uai: str, year: int, kind: Certificate.Kind, pupils: Sequence[PupilFacts]
) -> dict[int, Certificate]:
    """Give the last certificate that holds of each pupil."""
    ids = [pupil.id for pupil in pupils]
    rows = Certificate.objects.filter(
        uai=uai, year=year, kind=kind, student_id__in=ids, withdrawn_at=None
    )
    return {row.student_id: row for row in rows.order_by("number")}


def _is_same(row: Certificate, pupil: PupilFacts) -> bool:
    return bytes(row.digest) == pupil.digest(row.kind)


def _made(
    opened: OpenAct, year: int, kind: Certificate.Kind, pupils: Sequence[PupilFacts]
) -> dict[int, Certificate]:
    taken = Certificate.objects.filter(uai=opened.uai, year=year).aggregate(last=Max("number"))
    rows = [
        Certificate(
            uai=opened.uai,
            created_act_id=opened.id,
            act_id=opened.id,
            year=year,
            kind=kind,
            number=number,
            code=new_code(groups=_GROUPS),
            student_id=pupil.id,
            initials=pupil.initials,
            birth_year=pupil.birth_date.year,
            digest=pupil.digest(kind),
            issued_at=opened.at,
            issued_by=opened.actor,
        )
        for number, pupil in enumerate(pupils, start=(taken["last"] or 0) + 1)
    ]
    return {row.student_id: row for row in Certificate.objects.bulk_create(rows)}


def _paper(
    row: Certificate,
    pupil: PupilFacts,
    before: Certificate | None,
    labels: dict[str, str],
    at: datetime,
    ends_on: date,
) -> Paper:
    is_duplicate = before is not None and before.pk == row.pk
    return Paper(
        kind=row.kind,
        number=row.shown_number,
        code=row.code,
        digest=bytes(row.digest).hex(),
        pupil=pupil,
        division=labels.get(pupil.division or "") or pupil.division or "",
        mef=labels.get(pupil.mef or "", pupil.mef or ""),
        year=school_year.label(row.year),
        issued_on=timezone.localtime(row.issued_at).date(),
        made_on=timezone.localtime(at).date(),
        is_duplicate=is_duplicate,
        is_past=timezone.localtime(at).date() > ends_on,
        replaces=before.shown_number if before and not is_duplicate else "",
        address=f"{site_address()}/verifier/{row.code}",
    )


def _school(uai: str, year: int) -> dict[str, str]:
    """Give the school in the words of its papers."""
    return {
        "UAI": uai,
        "NOM": known_school(uai).name,
        **(year_of(uai=uai, year=year).common.get("UAJ") or {}),
    }


def _name(uai: str, rows: Sequence[Certificate], division: str) -> str:
    if len(rows) == 1:
        return f"certificat_{uai}_{rows[0].shown_number}.pdf"
    which = "".join(filter(str.isalnum, division))
    return f"certificats_{uai}_{which or len(rows)}_{rows[0].year}-{rows[0].year + 1}.pdf"
