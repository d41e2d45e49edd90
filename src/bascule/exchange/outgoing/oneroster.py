"""A year as a OneRoster package: divisions as homerooms, groups as scheduled classes. Pure.

Race and ethnicity stand empty, as the law of this country wants, and so do passwords. What the standard has
no place for and the way back needs (our ids, the MEF, what each guardian is) stands in `userIds` and in
columns of our own.

Source: OneRoster 1.2 CSV Binding (1.2.1, August 2023).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bascule.exchange.outgoing.roll import Roll, RollPupil
from bascule.exchange.outgoing.structures import Group
from bascule.exchange.outgoing.words import Sending, iso_day
from bascule.students.rows import GuardianRow, MembershipRow

#: Columns of our own in `users.csv`.
MEF, LINKS = "metadata.mef", "metadata.liens"
#: First names that hold a blank cannot be told apart in one column.
SECOND, THIRD = "metadata.prenom2", "metadata.prenom3"
_FRANCE = "100"
_SEXES = {"1": "male", "2": "female"}
_LEGAL, _CONTACT = "1", "3"
_PARENTS = ("10", "20")

Rows = list[dict[str, str]]


def oneroster(
    sending: Sending,
    roll: Roll,
    *,
    name: str,
    starts_on: date,
    ends_on: date,
    divisions: Sequence[Group],
    groups: Sequence[Group],
    held: Mapping[int, Sequence[MembershipRow]],
) -> dict[str, Rows]:
    """Write the pupils in school, their guardians, divisions and groups.

    Args:
        sending (Sending): the export.
        roll (Roll): the year.
        name (str): the school's.
        starts_on (date): first day of the year.
        ends_on (date): last day.
        divisions (Sequence[Group]): in their order.
        groups (Sequence[Group]): in their order.
        held (Mapping[int, Sequence[MembershipRow]]): the places of each pupil who is in a group.

    Returns:
        dict[str, Rows]: the rows of each file.
    """
    org, year = f"org-{sending.uai}", f"as-{sending.year}"
    pupils = [pupil for pupil in roll.pupils if pupil.enrolment.left_on is None]
    linked = {guardian_id for pupil in pupils for guardian_id, _ in pupil.links}
    guardians = {i: row for i, row in roll.guardians.items() if i in linked}
    classes = [("D", one, "homeroom") for one in divisions] + [
        ("G", one, "scheduled") for one in groups
    ]
    session = {
        "sourcedId": year, "title": f"{sending.year}-{sending.year + 1}", "type": "schoolYear",
        "startDate": starts_on.isoformat(), "endDate": ends_on.isoformat(), "schoolYear": str(sending.year + 1),
    }  # fmt: skip
    return {
        "academicSessions": [session],
        "orgs": [{"sourcedId": org, "name": name, "type": "school", "identifier": sending.uai}],
        "courses": [
            {
                "sourcedId": f"crs-{_class(kind, one.code)}", "title": one.label or one.code, "orgSourcedId": org,
                "schoolYearSourcedId": year,
            }
            for kind, one, _ in classes
        ],
        "classes": [
            {
                "sourcedId": _class(kind, one.code), "title": one.label or one.code, "classCode": one.code,
                "courseSourcedId": f"crs-{_class(kind, one.code)}", "classType": nature, "schoolSourcedId": org,
                "termSourcedIds": year,
            }
            for kind, one, nature in classes
        ],
        "users": [*_pupils(pupils, org), *_guardians(guardians, pupils, org)],
        "roles": list(_roles(pupils, guardians, org)),
        "enrollments": list(_enrolments(pupils, held, org)),
        "demographics": list(map(_demographics, pupils)),
    }  # fmt: skip


def _class(kind: str, code: str) -> str:
    """Name a class by an id that the standard allows: other characters are their number."""
    safe = "".join(
        c if c.isascii() and (c.isalnum() or c in "-_") else f".{ord(c):x}" for c in code
    )
    return f"cls-{kind}-{safe}"


def _ids(**ids: object) -> str:
    return ",".join(f"{{{name}:{value}}}" for name, value in ids.items() if value is not None)


def _pupils(pupils: Sequence[RollPupil], org: str) -> Iterator[dict[str, str]]:
    for pupil in pupils:
        row = pupil.student
        ids = {"ELEVE_ID": pupil.id, "ID_PRV_ELE": pupil.enrolment.private_id, "INE": row.ine}
        yield _known(
            {
                "sourcedId": f"u-e-{pupil.id}", "enabledUser": "true", "username": f"e{pupil.id}",
                "userIds": _ids(**ids), "givenName": row.first_name, "familyName": row.family_name,
                "middleName": " ".join(filter(None, (row.second_name, row.third_name))), "email": row.email,
                "sms": row.mobile_phone, "phone": row.personal_phone, "primaryOrgSourcedId": org,
                "agentSourcedIds": ",".join(f"u-p-{guardian_id}" for guardian_id, _ in pupil.links),
                SECOND: row.second_name, THIRD: row.third_name,
                MEF: pupil.latest.mef if pupil.latest else None,
                LINKS: ",".join(f"{{u-p-{i}:{link.level}:{link.kinship}}}" for i, link in pupil.links),
            }
        )  # fmt: skip


def _guardians(
    guardians: Mapping[int, GuardianRow], pupils: Sequence[RollPupil], org: str
) -> Iterator[dict[str, str]]:
    children: dict[int, list[str]] = {}
    for pupil in pupils:
        for guardian_id, _ in pupil.links:
            children.setdefault(guardian_id, []).append(f"u-e-{pupil.id}")
    for guardian_id, row in guardians.items():
        yield _known(
            {
                "sourcedId": f"u-p-{guardian_id}", "enabledUser": "true", "username": f"p{guardian_id}",
                "userIds": _ids(PERSONNE_ID=guardian_id, ID_PRV_PER=row.private_id), "givenName": row.first_name,
                "familyName": row.family_name, "email": row.email, "sms": row.mobile_phone,
                "phone": row.personal_phone, "primaryOrgSourcedId": org,
                "agentSourcedIds": ",".join(children[guardian_id]),
            }
        )  # fmt: skip


def _roles(
    pupils: Sequence[RollPupil], guardians: Mapping[int, GuardianRow], org: str
) -> Iterator[dict[str, str]]:
    best: dict[int, str] = {}
    for pupil in pupils:
        yield _role(f"u-e-{pupil.id}", "student", org)
        for guardian_id, link in pupil.links:
            parent = link.level == _LEGAL and link.kinship in _PARENTS
            word = "parent" if parent else "relative" if link.level == _CONTACT else "guardian"
            if word == "parent" or guardian_id not in best:
                best[guardian_id] = word
    for guardian_id in guardians:
        yield _role(f"u-p-{guardian_id}", best[guardian_id], org)


def _role(user: str, role: str, org: str) -> dict[str, str]:
    return {
        "sourcedId": f"r-{user}", "userSourcedId": user, "roleType": "primary", "role": role, "orgSourcedId": org,
    }  # fmt: skip


def _enrolments(
    pupils: Sequence[RollPupil], held: Mapping[int, Sequence[MembershipRow]], org: str
) -> Iterator[dict[str, str]]:
    for pupil in pupils:
        period = pupil.latest
        places: list[tuple[str, str | None, str | None]] = []
        if period and period.division:
            places.append((_class("D", period.division), None, None))
        places += [
            (_class("G", place.group_code), iso_day(place.starts_on), iso_day(place.ends_on))
            for place in held.get(pupil.id, ())
        ]
        for where, starts_on, ends_on in places:
            yield _known(
                {
                    "sourcedId": f"e-{pupil.id}-{where}", "classSourcedId": where, "schoolSourcedId": org,
                    "userSourcedId": f"u-e-{pupil.id}", "role": "student", "beginDate": starts_on, "endDate": ends_on,
                }
            )  # fmt: skip


def _demographics(pupil: RollPupil) -> dict[str, str]:
    row = pupil.student
    return _known(
        {
            "sourcedId": f"u-e-{pupil.id}", "birthDate": iso_day(row.birth_date), "sex": _SEXES.get(row.sex or ""),
            "countryOfBirthCode": "FR" if row.birth_country == _FRANCE else None, "cityOfBirth": row.birth_town,
        }
    )  # fmt: skip


def _known(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
