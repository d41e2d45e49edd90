"""`Geographique.xml`: countries, the départements of the académie, communes. Pure.

Source: Spécifications détaillées des exports BEE 17.4, §5.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bascule.exchange.outgoing.words import Sending, given, header, numbered
from bascule.formats.record import Fields, Record

_SHORT, _LONG, _TOWN = 10, 40, 32
#: Overseas départements have one more digit.
_OVERSEAS = ("97", "98")


@dataclass(frozen=True, slots=True)
class Places:
    """The places that the file holds.

    Attributes:
        academy: code of the académie; empty when it is not known.
        countries: labels by code.
        departments: labels by the ministry's code (`075`), those of the académie.
        communes: labels by code.
    """

    academy: str
    countries: Mapping[str, str]
    departments: Mapping[str, str]
    communes: Mapping[str, str]


def geographique(sending: Sending, places: Places) -> Iterator[Record]:
    """Write places.

    Args:
        sending (Sending): the export.
        places (Places): what it holds.

    Yields:
        Record: the file.
    """
    yield header(sending)
    yield from numbered("PAYS", _countries(places.countries))
    yield from numbered("DEPARTEMENT", _departments(places))
    yield from numbered("COMMUNE", _communes(places.communes))


def _countries(labels: Mapping[str, str]) -> Iterable[Fields]:
    for code, label in sorted(labels.items()):
        yield {
            "@CODE_PAYS": code,
            "LIBELLE_COURT": label[:_SHORT].strip(),
            "LIBELLE_LONG": label[:_LONG].strip(),
        }


def _departments(places: Places) -> Iterable[Fields]:
    for code, label in sorted(places.departments.items()):
        yield given(
            {
                "@CODE_DEPARTEMENT_INSEE": code.removeprefix("0"),
                "CODE_ACADEMIE": places.academy,
                "CODE_DEPARTEMENT_MEN": code,
                "LIBELLE_LONG": label[:_LONG].strip(),
            }
        )


def _communes(labels: Mapping[str, str]) -> Iterable[Fields]:
    for code, label in sorted(labels.items()):
        yield {
            "@CODE_COMMUNE_INSEE": code,
            "CODE_DEPARTEMENT_INSEE": code[: 3 if code.startswith(_OVERSEAS) else 2],
            "LIBELLE_LONG": label[:_TOWN].strip(),
        }
