"""The authority's directory of schools: who may hold records and exchange files."""

from datetime import datetime

from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import AUTHORITY, act
from bascule.schools.models import School
from bascule.values.uai import is_uai, normalise_uai, uai_key


class WrongUaiError(RefusedError):
    """The number given cannot be a school's: its form or its key is wrong.

    Args:
        uai (str): as given.
    """

    code = "school.wrong-uai"

    def __init__(self, uai: str) -> None:
        tight = normalise_uai(uai)
        advice = (
            "sept chiffres et une lettre sont attendus"
            if tight is None
            else f"la lettre attendue après {tight[:7]} est {uai_key(tight[:7])}"
        )
        super().__init__(
            f"« {uai} » n’est pas un numéro d’établissement (UAI) : {advice}. Vérifiez-le."
        )
        self.uai = uai


class SchoolAlreadyKnownError(RefusedError):
    """The directory already has the school.

    Args:
        uai (str): the school.
        name (str): its name in the directory.
    """

    code = "school.already-known"

    def __init__(self, uai: str, name: str) -> None:
        super().__init__(
            f"L’établissement {uai} est déjà dans l’annuaire ({name or 'sans nom'}) : il n’y a rien à inscrire."
        )
        self.uai, self.name = uai, name


class UnknownSchoolError(NotThereError):
    """The directory does not have the school.

    Args:
        uai (str): the school.
    """

    code = "school.unknown"

    def __init__(self, uai: str) -> None:
        super().__init__(
            f"L’établissement {uai} n’est pas dans l’annuaire : vérifiez son numéro, ou"
            " demandez son inscription à l’autorité."
        )
        self.uai = uai


class UnusableNameError(RefusedError):
    """The name is blank or too long.

    Args:
        longest (int): how many characters a name may have.
    """

    code = "school.name-unusable"

    def __init__(self, longest: int) -> None:
        super().__init__(
            f"Le nom de l’établissement doit avoir de 1 à {longest} caractères : corrigez-le."
        )
        self.longest = longest


def register_school(
    *, uai: str, name: str, actor: str, at: datetime, is_private: bool = True
) -> School:
    """Enter a school into the directory.

    Args:
        uai (str): its number, key included; blanks and case do not matter.
        name (str): its name, 1 to 100 characters.
        actor (str): who enters it.
        at (datetime): when, with its time zone.
        is_private (bool): whether its software is the master of its pupils.

    Returns:
        School: the school.

    Raises:
        WrongUaiError: if the number or its key is wrong.
        UnusableNameError: if the name is blank or too long.
        SchoolAlreadyKnownError: if the directory already has it.
    """
    tight, name = normalise_uai(uai), " ".join(name.split())
    if tight is None or not is_uai(tight):
        raise WrongUaiError(uai)
    longest = School._meta.get_field("name").max_length or 0  # noqa: SLF001 - Django's name
    if not 0 < len(name) <= longest:
        raise UnusableNameError(longest)
    with act(uai=AUTHORITY, kind="school.register", actor=actor, at=at) as opened:
        known = School.objects.filter(pk=tight).first()
        if known:
            raise SchoolAlreadyKnownError(tight, known.name)
        opened.facts |= {"school": tight, "private": is_private}
        return School.objects.create(uai=tight, name=name, is_private=is_private)


def known_school(uai: str) -> School:
    """Find a school of the directory.

    Args:
        uai (str): its number; blanks and case do not matter.

    Returns:
        School: the school.

    Raises:
        UnknownSchoolError: if the directory does not have it.
    """
    found = School.objects.filter(pk=normalise_uai(uai) or uai).first()
    if found is None:
        raise UnknownSchoolError(uai)
    return found


def list_schools() -> list[School]:
    """List the directory.

    Returns:
        list[School]: by number.
    """
    return list(School.objects.order_by("uai"))


def school_names() -> dict[str, str]:
    """Name the schools of the directory, when there are thousands of them.

    Returns:
        dict[str, str]: names, by number.
    """
    return dict(School.objects.values_list("uai", "name"))


def school_numbers() -> tuple[str, ...]:
    """List the numbers of the directory: what a right may reach.

    Returns:
        tuple[str, ...]: in order.
    """
    return tuple(School.objects.order_by("uai").values_list("uai", flat=True))
