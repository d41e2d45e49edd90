"""The values of a record, as plain rows: what an import gives and what the tables hold.

Pure: no framework. In a row that comes from a file, `None` means "the file does not say", and the
stored value stays. The order of the attributes is the order of the columns. While an import is planned,
`address_id` may hold the digest of an address that has no id yet.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from operator import attrgetter
from typing import Any, ClassVar, Final, NamedTuple


class Row:
    """What rows have in common: their columns, and their values in that order."""

    __slots__ = ()
    columns: ClassVar[tuple[str, ...]]
    values: ClassVar["attrgetter[tuple[Any, ...]]"]

    def __init_subclass__(cls) -> None:
        cls.columns = tuple(cls.__annotations__)
        cls.values = attrgetter(*cls.columns)


#: The national number by which a pupil `s` is known: that of the registry, else the one its school declared, else
#: that of the académie's base. Everything that gives one number gives this one.
INE_SQL: Final = "coalesce(s.ine_rnie, s.ine, s.ine_bea)"


@dataclass(slots=True)
class StudentRow(Row):
    """A pupil, for as long as the school knows him or her."""

    ine: str | None = None
    ine_bea: str | None = None
    ine_rnie: str | None = None
    family_name: str = ""
    usual_name: str | None = None
    first_name: str = ""
    second_name: str | None = None
    third_name: str | None = None
    birth_date: date = date.min
    sex: str | None = None
    nationality: str | None = None
    birth_country: str | None = None
    birth_commune: str | None = None
    birth_town: str | None = None
    personal_phone: str | None = None
    work_phone: str | None = None
    mobile_phone: str | None = None
    accepts_sms: bool | None = None
    email: str | None = None
    address_id: int | bytes | None = None
    identity_key: str = ""
    sort_key: str = ""

    @property
    def national_number(self) -> str | None:
        """Return the national number by which the pupil is known, as `INE_SQL` does."""
        return self.ine_rnie or self.ine or self.ine_bea


@dataclass(slots=True)
class EnrolmentRow(Row):
    """A pupil's year."""

    private_id: int | None = None
    is_blocked: bool | None = None
    entered_on: date | None = None
    left_on: date | None = None
    exit_reason: str | None = None
    regime: str | None = None
    takes_transport: bool | None = None
    is_repeating: bool | None = None
    lodging_uai: str | None = None
    grants: list[str] | None = None
    previous_uai: str | None = None
    previous_department: str | None = None
    previous_origin: str | None = None
    previous_mef: str | None = None
    previous_mef_type: str | None = None
    previous_division: str | None = None
    previous_status: str | None = None
    previous_starts_on: date | None = None
    previous_ends_on: date | None = None
    previous_regime: str | None = None
    previous_options: list[str] | None = None
    previous_plans: list[str] | None = None


@dataclass(slots=True)
class SchoolingRow(Row):
    """A period of schooling."""

    starts_on: date = date.min
    ends_on: date | None = None
    mef: str = ""
    division: str | None = None
    status: str | None = None
    is_stopped: bool | None = None
    options: list[str] | None = None
    plans: list[str] | None = None


@dataclass(slots=True)
class MembershipRow(Row):
    """A place in a group."""

    group_code: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(slots=True)
class GuardianRow(Row):
    """An adult."""

    private_id: int | None = None
    civility: str | None = None
    family_name: str = ""
    usual_name: str | None = None
    first_name: str = ""
    profession: str | None = None
    shares_address: bool | None = None
    personal_phone: str | None = None
    work_phone: str | None = None
    mobile_phone: str | None = None
    accepts_sms: bool | None = None
    email: str | None = None
    dependent_children: int | None = None
    address_id: int | bytes | None = None
    identity_key: str = ""
    sort_key: str = ""


@dataclass(slots=True)
class LinkRow(Row):
    """What one guardian is to one pupil."""

    level: str = ""
    kinship: str = ""
    pays_fees: bool | None = None
    lodges_pupil: bool | None = None
    receives_aid: bool | None = None
    is_first_to_call: bool | None = None


class Namesake(NamedTuple):
    """A stored pupil by whose names and birth date a record may mean him or her."""

    id: int
    family_name: str
    usual_name: str | None
    first_name: str
    second_name: str | None
    third_name: str | None
    birth_date: date


class AddressRow(NamedTuple):
    """A postal address; two equal ones are one address."""

    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    line4: str | None = None
    postcode: str | None = None
    town: str | None = None
    foreign_town: str | None = None
    country: str | None = None

    def digest(self) -> bytes:
        """Give what makes two addresses one.

        Returns:
            bytes: 16 bytes, equal for equal addresses.
        """
        text = "\x1f".join([part or "" for part in self])
        return blake2b(text.encode(), digest_size=16).digest()
