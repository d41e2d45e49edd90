"""The version of a school's software, which its files do not say: the school does, or the software as it sends."""

from datetime import datetime
from typing import Final

from bascule.errors import RefusedError
from bascule.formats.conformity.report import VERSION
from bascule.journal.act import act
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import writable_year

SAY_ACT: Final = "school-year.software-version"
LONGEST_VERSION: Final = 40


class UnusableVersionError(RefusedError):
    """What was typed is no version."""

    code = "school-year.software-version"

    def __init__(self) -> None:
        super().__init__(
            f"Cette version ne convient pas : recopiez-la telle que le logiciel l’affiche, par exemple 4.2, en"
            f" {LONGEST_VERSION} caractères au plus."
        )


def say_version(*, uai: str, year: int, version: str, actor: str, at: datetime) -> SchoolYear:
    """Say which version of its software a school has.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        version (str): as the software shows it; blank to say no more.
        actor (str): who says so.
        at (datetime): when.

    Returns:
        SchoolYear: the year.

    Raises:
        UnusableVersionError: if it is no version.
    """
    tight = " ".join(version.split())
    if not VERSION.fullmatch(tight):
        raise UnusableVersionError
    with act(uai=uai, kind=SAY_ACT, actor=actor, at=at) as opened:
        row = writable_year(uai=uai, year=year)
        opened.facts |= {"year": year, "before": row.software_version, "after": tight}
        row.software_version, row.act_id = tight, opened.id
        row.save(update_fields=["software_version", "act_id"])
    return row


def version_of(software: str, *, said: str) -> str:
    """Give the version that a software says of itself.

    Args:
        software (str): its name, as files say it.
        said (str): a name, a blank, a version.

    Returns:
        str: the version; blank when another is named, or what follows is no version.
    """
    name, tight = f"{software} ", " ".join(said.split())
    version = tight[len(name) :]
    is_its_own = tight.casefold().startswith(name.casefold())
    return version if is_its_own and VERSION.fullmatch(version) else ""
