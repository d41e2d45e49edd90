"""The way in of OneRoster packages, ours and those of other software. Pure.

A homeroom is a division. What the standard does not say stays unsaid. Each way in which a package is not
what the standard says is named in the report, and read all the same where its meaning is plain.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from bascule.exchange.flows.completing import complete
from bascule.exchange.flows.flow import NOTHING_SAID, Brings, Flow, Said, nothing_recalled
from bascule.exchange.flows.from_software import SeveralFilesError
from bascule.exchange.records import Heading
from bascule.formats.envelope import Envelope
from bascule.formats.kinds import ONEROSTER
from bascule.formats.oneroster.package import Package, Row, items, read_package
from bascule.formats.record import Fields, Record
from bascule.formats.xml_reader import Recall
from bascule.values.uai import normalise_uai

CODE = "oneroster"

_LONGEST_SOFTWARE = 10
_NUMBERS: Final = 99_999
_GUARDIANS: Final = frozenset(("parent", "guardian", "relative"))
_LEVELS: Final = {"1": "LEGAL", "2": "PERSONNE_EN_CHARGE", "3": "CONTACT"}
_SEXES: Final = {"male": "1", "female": "2"}
_COUNTRIES: Final = {"FR": "100", "FRA": "100"}
_OTHER_NAMES: Final = ("metadata.prenom2", "metadata.prenom3")
_ID: Final = re.compile(r"\{(\w+):([^}]*)\}")
_LINK: Final = re.compile(r"\{([^:}]+):(\d):(\w*)\}")


class OpenedPackage:
    """A package being read.

    Args:
        package (Package): the package.

    Attributes:
        heading: what it says of itself, and how it is not what the standard says.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._users = {row.fields.get("sourcedId", ""): row for row in package.files["users"]}
        self._roles = _roles(package)
        self._people = {
            row.fields["sourcedId"]: row
            for row in package.files.get("demographics", ())
            if "sourcedId" in row.fields
        }
        self._homes = _homes(package)
        is_ours = all("{ELEVE_ID:" in row.fields.get("userIds", "") for row in self._pupils())
        source = "" if package.source == "absent" else package.source
        self.heading = Heading(
            kind=FLOW.title,
            flow=CODE,
            uai=_uai(package),
            year=_year(package),
            version=package.version,
            # Ours are no software's: nothing of it is said.
            software="" if is_ours else (source or FLOW.title)[:_LONGEST_SOFTWARE],
            deviations=tuple(
                (d.line, ".".join(filter(None, (d.file, d.column))), d.value, d.sentence)
                for d in package.deviations
            ),
        )

    def _pupils(self) -> list[Row]:
        return [row for user, row in self._users.items() if "student" in self._roles.get(user, ())]

    def records(self, recall: Recall = nothing_recalled) -> Iterator[Record]:  # noqa: ARG002 (the protocol's)
        """Read the records.

        Args:
            recall (Recall): not asked: a record is made of several rows.

        Yields:
            Record: `PERSONNE` then `ELEVE`, in the words of `IMPORT_ELEVES`; the line is that of
                `users.csv`.
        """
        pupils = self._pupils()
        linked = {row.fields.get("sourcedId", ""): self._links(row) for row in pupils}
        named = {one for links in linked.values() for one, _, _ in links}
        rank = 0
        for user, row in self._users.items():
            if user in named:
                rank += 1
                yield Record("PERSONNE", row.line, rank, _person(row))
        for rank, row in enumerate(pupils, 1):
            yield Record(
                "ELEVE", row.line, rank, self._pupil(row, linked[row.fields.get("sourcedId", "")])
            )

    def unknown(self) -> dict[str, int]:
        """Name what was not read; call at the end.

        Returns:
            dict[str, int]: nothing: deviations name it.
        """
        return {}

    def _links(self, row: Row) -> list[tuple[str, str, str]]:
        """Give the guardians of a pupil: id, level, kinship; ours are said in a column of their own."""
        said = _LINK.findall(row.fields.get("metadata.liens", ""))
        if said:
            return [(user, level, kinship) for user, level, kinship in said if user in self._users]
        found: list[tuple[str, str, str]] = []
        for user in items(row.fields.get("agentSourcedIds", "")):
            roles = self._roles.get(user, frozenset())
            if roles & _GUARDIANS:
                found.append((user, "3" if roles == {"relative"} else "1", ""))
        return found

    def _pupil(self, row: Row, links: Sequence[tuple[str, str, str]]) -> Fields:
        fields, user = row.fields, row.fields.get("sourcedId", "")
        ids = dict(_ID.findall(fields.get("userIds", "")))
        pupil = _named(fields)
        if "ELEVE_ID" in ids:
            pupil["ID_SIECLE_ELE"] = ids["ELEVE_ID"]
        if "ID_PRV_ELE" in ids or "ELEVE_ID" not in ids:
            pupil["ID_PRV_ELE"] = ids.get("ID_PRV_ELE") or _number(user)
        if "INE" in ids:
            pupil["ID_NATIONAL"] = ids["INE"]
        names = [fields[column] for column in _OTHER_NAMES if column in fields]
        names = names or fields.get("middleName", "").split()
        pupil |= dict(zip(("PRENOM2", "PRENOM3"), names, strict=False))
        pupil |= _demographics(self._people.get(user))
        schooling: Fields = {}
        if user in self._homes:
            schooling["CODE_DIVISION"] = self._homes[user]
        if "metadata.mef" in fields:
            schooling["CODE_MEF"] = fields["metadata.mef"]
        if schooling:
            pupil["SCOLARITE_ACTIVE"] = schooling
        if links:
            pupil["RESPONSABLES_ELEVE"] = self._block(links)
        return pupil

    def _block(self, links: Sequence[tuple[str, str, str]]) -> Fields:
        by_level: dict[str, list[Fields]] = {}
        for user, level, kinship in links:
            link: Fields = dict(_person_ids(self._users[user]))
            if "ID_PRV_PER" in link:
                link.pop("ID_SIECLE_PER", None)
            if kinship:
                link["CODE_PARENTE"] = kinship
            by_level.setdefault(_LEVELS.get(level, "CONTACT"), []).append(link)
        return {**by_level}


def open_oneroster(envelopes: Sequence[Envelope], said: Said = NOTHING_SAID, /) -> OpenedPackage:  # noqa: ARG001 (the protocol's)
    """Open a package.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.
        said (Said): not asked: a package says all that is needed.

    Returns:
        OpenedPackage: the package; several at once are refused.
    """
    return OpenedPackage(_the_package(envelopes))


class OpenedGroups(OpenedPackage):
    """The enrolments of pupils in the classes of a package that are groups, being read.

    Args:
        package (Package): the package.
    """

    def __init__(self, package: Package) -> None:
        super().__init__(package)
        self.heading = replace(self.heading, kind=GROUPS.title, flow=GROUPS.code, software="")
        self._groups = _codes(package, "scheduled")

    def records(self, recall: Recall = nothing_recalled) -> Iterator[Record]:  # noqa: ARG002 (the protocol's)
        """Read the records.

        Args:
            recall (Recall): not asked: a record is made of several rows.

        Yields:
            Record: `ELEVE`, of each pupil who is in a group, in the words of the links of groups; the
                line is that of `users.csv`.
        """
        places: dict[str, list[Fields]] = {}
        for row in self._package.files["enrollments"]:
            code = self._groups.get(row.fields.get("classSourcedId", ""))
            if code and row.fields.get("role") == "student":
                places.setdefault(row.fields.get("userSourcedId", ""), []).append(
                    {"CODE_GROUPE": code, **_span(row.fields)}
                )
        held = [row for row in self._pupils() if row.fields.get("sourcedId", "") in places]
        for rank, row in enumerate(held, 1):
            pupil = self._pupil(row, ())
            fields: Fields = {tag: pupil[tag] for tag in _OF_A_PLACE if tag in pupil}
            if "ID_SIECLE_ELE" in pupil:
                fields["ELEVE_ID"] = pupil["ID_SIECLE_ELE"]
            fields["GROUPES"] = {"GROUPE": places[row.fields["sourcedId"]]}
            yield Record("ELEVE", row.line, rank, fields)


def open_groups(envelopes: Sequence[Envelope], said: Said = NOTHING_SAID, /) -> OpenedGroups:  # noqa: ARG001 (the protocol's)
    """Open a package for its groups.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.
        said (Said): not asked: a package says all that is needed.

    Returns:
        OpenedGroups: the package; several at once are refused.
    """
    return OpenedGroups(_the_package(envelopes))


def _the_package(envelopes: Sequence[Envelope]) -> Package:
    if len(envelopes) != 1:
        raise SeveralFilesError(len(envelopes))
    return read_package(envelopes[0].files())


#: What a record of places says of a pupil.
_OF_A_PLACE: Final = (
    "ID_NATIONAL", "ID_PRV_ELE", "NOM_DE_FAMILLE", "PRENOM", "PRENOM2", "PRENOM3", "DATE_NAISS",
)  # fmt: skip
GROUPS = Flow(
    code="roster-group",
    title="Groupes OneRoster",
    kinds=(ONEROSTER.code,),
    open=open_groups,
    brings=Brings.MEMBERSHIPS,
    part="groups",
)

FLOW = Flow(
    code=CODE,
    title="OneRoster",
    kinds=(ONEROSTER.code,),
    open=open_oneroster,
    complete=complete,
    keeps_blocks=True,
    is_incomplete=True,
    then=GROUPS.part,
    # What the standard has no place for.
    silent_rules=frozenset(
        (
            "CIVIL_A_01", "INF_COMAD_A_01", "PEPCS_A_01", "PAREN_C_01", "LNAIS_A_01", "LNAIS_C_01", "ELNAT_A_01",
            "TRANS_A_01", "SCOPR_A_01", "INF_REGIM_A_01", "STATU_A_01", "SCOAC_A_01", "HETAB_B_01", "PROVE_A_01",
        )
    ),
)  # fmt: skip


def _roles(package: Package) -> dict[str, frozenset[str]]:
    """Give the roles of each user: a file of their own since 1.2, a column before."""
    found: dict[str, set[str]] = {}
    for row in package.files.get("roles", ()):
        found.setdefault(row.fields.get("userSourcedId", ""), set()).add(row.fields.get("role", ""))
    for row in package.files["users"]:
        if "role" in row.fields:
            found.setdefault(row.fields.get("sourcedId", ""), set()).add(row.fields["role"])
    return {user: frozenset(roles) for user, roles in found.items()}


def _homes(package: Package) -> dict[str, str]:
    """Give the division of each pupil: the homeroom that he or she is in."""
    homes = _codes(package, "homeroom")
    return {
        row.fields.get("userSourcedId", ""): homes[row.fields["classSourcedId"]]
        for row in package.files["enrollments"]
        if row.fields.get("role") == "student" and row.fields.get("classSourcedId") in homes
    }


def _codes(package: Package, nature: str) -> dict[str, str]:
    """Give the code of each class of a nature."""
    return {
        row.fields.get("sourcedId", ""): row.fields.get("classCode") or row.fields.get("title", "")
        for row in package.files["classes"]
        if row.fields.get("classType") == nature
    }


def _span(fields: Mapping[str, str]) -> Fields:
    """Give the days of a place in a group, of those that are said."""
    return {
        tag: fields[column]
        for column, tag in (("beginDate", "DATE_DEBUT_GROUPE"), ("endDate", "DATE_FIN_GROUPE"))
        if column in fields
    }


def _uai(package: Package) -> str:
    for row in package.files["orgs"]:
        found = normalise_uai(row.fields.get("identifier", ""))
        if found and row.fields.get("type") == "school":
            return found
    return ""


def _year(package: Package) -> int:
    """Give the first calendar year: the standard says the one in which the school year ends."""
    for row in package.files.get("academicSessions", ()):
        ends = row.fields.get("schoolYear", "")
        if row.fields.get("type") == "schoolYear" and ends.isascii() and ends.isdigit():
            return int(ends) - 1
    return 0


def _named(fields: Mapping[str, str]) -> Fields:
    return {
        tag: fields[column]
        for column, tag in (
            ("familyName", "NOM_DE_FAMILLE"), ("givenName", "PRENOM"), ("email", "EMAIL"), ("sms", "TEL_PORTABLE"),
            ("phone", "TEL_PERSONNEL"),
        )
        if column in fields
    }  # fmt: skip


def _person_ids(row: Row) -> dict[str, str]:
    ids = dict(_ID.findall(row.fields.get("userIds", "")))
    found = {"ID_SIECLE_PER": ids["PERSONNE_ID"]} if "PERSONNE_ID" in ids else {}
    if "ID_PRV_PER" in ids or not found:
        found["ID_PRV_PER"] = ids.get("ID_PRV_PER") or _number(row.fields.get("sourcedId", ""))
    return found


def _person(row: Row) -> Fields:
    return {**_person_ids(row), **_named(row.fields)}


def _demographics(row: Row | None) -> Fields:
    if row is None:
        return {}
    found: Fields = {}
    for column, tag, words in (
        ("birthDate", "DATE_NAISS", {}), ("sex", "CODE_SEXE", _SEXES), ("countryOfBirthCode", "CODE_PAYS", _COUNTRIES),
        ("cityOfBirth", "VILLE_NAISS", {}),
    ):  # fmt: skip
        if column in row.fields:
            found[tag] = words.get(row.fields[column], row.fields[column])
    return found


def _number(user: str) -> str:
    """Give a user of another system a number: the same each time."""
    return str(int.from_bytes(blake2b(user.encode(), digest_size=8).digest()) % _NUMBERS + 1)
