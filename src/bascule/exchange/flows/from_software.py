"""What the files of a school's own software have in common: one at a time, and their header. Pure."""

from datetime import date, datetime

from bascule.errors import RefusedError
from bascule.exchange.records import Heading
from bascule.formats.official_names import PrivateImportName
from bascule.formats.record import Fields, Record
from bascule.nomenclatures.heading import heading_of

_LONGEST_NUMBER = 5
_LONGEST_SOFTWARE = 10


class SeveralFilesError(RefusedError):
    """Several files were given where one holds everything.

    Args:
        count (int): how many were given.
    """

    code = "import.several-files"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Vous déposez {count} fichiers. L’import tient en un seul, qui contient tout : déposez uniquement le "
            "dernier produit par votre logiciel."
        )
        self.count = count


def heading(header: Record, name: str, *, kind: str, flow: str) -> Heading:
    """Read what a file of the school's own software says of itself.

    Args:
        header (Record): `PARAMETRES`.
        name (str): name of the deposit.
        kind (str): French name of the kind of file.
        flow (str): the way in.

    Returns:
        Heading: all but the version that the content decides.
    """
    given = heading_of(header)
    return Heading(
        kind=kind,
        flow=flow,
        uai=given.uai,
        year=given.year,
        declared_version=_text(header.fields, "@VERSION"),
        software=_text(header.fields, "LOGICIEL")[:_LONGEST_SOFTWARE],
        send_number=_number(_text(header.fields, "NUM_ENVOI")),
        made_on=_day(_text(header.fields, "DATE_IMPORT")),
        odd_name="" if PrivateImportName.parse(name) else name,
    )


def _text(fields: Fields, tag: str) -> str:
    found = fields.get(tag, "")
    return found if isinstance(found, str) else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 (a day has no time zone)
    except ValueError:
        return None
