"""What a school's year holds, read from the base once, for whatever goes out of it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cached_property

from bascule.exchange.models import SentFile
from bascule.exchange.outgoing.communs import CommonData
from bascule.exchange.outgoing.etablissements import OtherSchool
from bascule.exchange.outgoing.geographique import Places
from bascule.exchange.outgoing.roll import Roll, RollPupil, address_id
from bascule.exchange.outgoing.structures import Group
from bascule.exchange.outgoing.words import Sending
from bascule.formats.record import Record
from bascule.nomenclatures import lookup
from bascule.nomenclatures.profile import profile_records
from bascule.preparation.order import Tried, refuse_too_early
from bascule.schools.models import School, Structure
from bascule.schools.open_year import year_of
from bascule.students import holdings
from bascule.students.rows import LinkRow, MembershipRow, SchoolingRow

#: What of a school's number says its département.
_DEPARTMENT = 3


class Source:
    """What a year holds, for what goes out of it; each part is read once, when it is first asked for.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        made_at (datetime): when, where the authority is.
        sent_id (int | None): the file that is made again, if one is.
    """

    def __init__(self, uai: str, year: int, made_at: datetime, sent_id: int | None = None) -> None:
        self.uai = uai
        self.sending = Sending(uai, year, made_at)
        self.row = year_of(uai=uai, year=year)
        #: The file that is made again, if one is.
        self.sent_id = sent_id

    def check_order(self, tried: Tried) -> None:
        """Refuse what the school has not validated yet; what was sent was in order.

        Args:
            tried (Tried): what is tried.
        """
        if self.sent_id is not None:
            return
        refuse_too_early(uai=self.uai, year=self.row.year, tried=tried, at=self.sending.made_at)

    @cached_property
    def profile(self) -> list[Record]:
        """Return what the school took of the nomenclatures."""
        return list(profile_records(uai=self.uai, year=self.row.year))

    @cached_property
    def structures(self) -> dict[str, list[Group]]:
        """Return divisions and groups, in their order, by kind."""
        found: dict[str, list[Group]] = {kind: [] for kind in Structure.Kind.values}
        rows = Structure.objects.filter(uai=self.uai, year=self.row.year)
        for row in rows.order_by("rank", "code"):
            found[row.kind].append(
                Group(row.code, row.label, row.contract, row.mefs, row.divisions)
            )
        return found

    @cached_property
    def common(self) -> CommonData:
        """Return what the school says of itself."""
        row = self.row
        name = School.objects.values_list("name", flat=True).get(pk=self.uai)
        return CommonData(name, row.starts_on, row.ends_on, row.common)

    @cached_property
    def _academies(self) -> dict[str, str]:
        """Give the académie of each département, by the ministry's code."""
        return {row["code"]: row["academie"] for row in lookup.rows("departement")}

    def places(self) -> Places:
        """Give the places of the académie.

        Returns:
            Places: its départements, and the communes and countries of all.
        """
        academy = self._academies.get(self.uai[:_DEPARTMENT], "")
        labels = lookup.labels("departement")
        own = [code for code, its in self._academies.items() if academy and its == academy]
        return Places(
            academy,
            lookup.labels("pays"),
            {code: labels[code] for code in own},
            lookup.labels("commune"),
        )

    def schools(self, only: Iterable[str] | None = None) -> list[OtherSchool]:
        """Give the schools of the directory, or those of these numbers, known or not.

        Args:
            only (Iterable[str] | None): the numbers.

        Returns:
            list[OtherSchool]: in the order of their numbers.
        """
        known = {school.uai: school for school in School.objects.order_by("uai")}
        return [
            self._school(uai, known.get(uai)) for uai in (known if only is None else sorted(only))
        ]

    def _school(self, uai: str, known: School | None) -> OtherSchool:
        own = (self.row.common.get("UAJ") or {}).get("CODE_TYPE_ETAB", "")
        return OtherSchool(
            uai,
            self._academies.get(uai[:_DEPARTMENT], ""),
            known.name if known else "",
            known.is_private if known else None,
            own if uai == self.uai else "",
        )

    @cached_property
    def roll(self) -> Roll:
        """Return the pupils of the year and their families."""
        uai, year = self.uai, self.row.year
        found = holdings.pupils_of_year(uai=uai, year=year)
        ids = [pupil.id for pupil in found]
        periods: dict[int, list[SchoolingRow]] = {}
        for pupil_id, _, period in holdings.schoolings(uai=uai, year=year, student_ids=ids):
            periods.setdefault(pupil_id, []).append(period)
        links: dict[int, list[tuple[int, LinkRow]]] = {}
        for pupil_id, guardian_id, _, link in holdings.links(uai=uai, student_ids=ids):
            links.setdefault(pupil_id, []).append((guardian_id, link))
        linked = {guardian_id for held in links.values() for guardian_id, _ in held}
        guardians = holdings.guardians(uai=uai, ids=sorted(linked))
        pupils = tuple(
            self._pupil(pupil, periods.get(pupil.id, ()), links.get(pupil.id, ()))
            for pupil in found
        )
        places = {address_id(pupil.student) for pupil in pupils}
        places |= {address_id(guardian) for guardian in guardians.values()}
        return Roll(
            pupils,
            dict(sorted(guardians.items(), key=lambda pair: (pair[1].sort_key, pair[0]))),
            holdings.addresses(uai=uai, ids=sorted(filter(None, places))),
        )

    def _pupil(
        self,
        pupil: holdings.YearPupil,
        periods: Sequence[SchoolingRow],
        links: Sequence[tuple[int, LinkRow]],
    ) -> RollPupil:
        today = self.sending.made_at.date()
        begun = [period for period in periods if period.starts_on <= today]
        return RollPupil(
            pupil.id,
            pupil.number,
            pupil.student,
            pupil.enrolment,
            # Before the first one begins, the first one.
            schooling=begun[-1] if begun else next(iter(periods), None),
            latest=periods[-1] if periods else None,
            came_late=bool(periods) and periods[0].starts_on > self.row.starts_on,
            links=tuple(links),
            groups=tuple(self._groups(pupil, today)),
        )

    def _groups(self, pupil: holdings.YearPupil, today: date) -> Iterator[str]:
        """Give the groups of a pupil: those that go on; of one who left, those that lasted until then."""
        left_on = pupil.enrolment.left_on
        for place in self.memberships.get(pupil.id, ()):
            ends_on = place.ends_on
            if ends_on == left_on if left_on else ends_on is None or ends_on >= today:
                yield place.group_code

    @cached_property
    def memberships(self) -> dict[int, list[MembershipRow]]:
        """Return the places in groups, by pupil."""
        found: dict[int, list[MembershipRow]] = {}
        for pupil_id, _, place in holdings.memberships(uai=self.uai, year=self.row.year):
            found.setdefault(pupil_id, []).append(place)
        return found

    @cached_property
    def send_number(self) -> int:
        """Return the number of the next private file."""
        sent = SentFile.objects.filter(uai=self.uai, year=self.row.year, kind__startswith="prive-")
        if self.sent_id is not None:
            sent = sent.filter(pk__lt=self.sent_id)
        return sent.count() + 1
