"""OneRoster packages: what is not as the standard says is named; what cannot be read is refused."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from bascule.formats.envelope import open_deposit
from bascule.formats.kinds import ONEROSTER
from bascule.formats.oneroster.description import FILES, IN_MANIFEST
from bascule.formats.oneroster.package import (
    DeltaError,
    MissingColumnError,
    MissingFileError,
    NoManifestError,
    OneRosterError,
    OtherVersionError,
    read_package,
    write_package,
)

AT = datetime(2026, 10, 5, 18, 30)  # noqa: DTZ001 (local time)
ORG = {"sourcedId": "o1", "name": "Collège", "type": "school", "identifier": "9990001X"}
CLASS = {
    "sourcedId": "c1", "title": "6 A", "courseSourcedId": "k1", "classCode": "6 A", "classType": "homeroom",
    "schoolSourcedId": "o1", "termSourcedIds": "a1",
}  # fmt: skip
USER = {
    "sourcedId": "u1", "enabledUser": "true", "username": "zoe", "givenName": "Zoé", "familyName": 'D"É,',
    "metadata.mef": "10010012110",
}  # fmt: skip
ROWS: dict[str, list[dict[str, str]]] = {
    "academicSessions": [
        {
            "sourcedId": "a1", "title": "2026-2027", "type": "schoolYear", "startDate": "2026-09-01",
            "endDate": "2027-07-03", "schoolYear": "2027",
        }
    ],
    "orgs": [ORG],
    "courses": [{"sourcedId": "k1", "title": "6 A", "orgSourcedId": "o1"}],
    "classes": [CLASS],
    "users": [USER],
    "roles": [
        {"sourcedId": "r1", "userSourcedId": "u1", "roleType": "primary", "role": "student", "orgSourcedId": "o1"}
    ],
    "enrollments": [
        {"sourcedId": "e1", "classSourcedId": "c1", "schoolSourcedId": "o1", "userSourcedId": "u1", "role": "student"}
    ],
}  # fmt: skip
OURS = write_package(ROWS, source="BASCULE", source_code="9990001X", at=AT)


def files(data: bytes = OURS, edits: Mapping[str, Any] | None = None) -> list[tuple[str, bytes]]:
    """Give the files of a package, some of them edited, or left out."""
    kept: list[tuple[str, bytes]] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            edit = (edits or {}).get(entry.filename, lambda text: text)
            text = edit(archive.read(entry).decode())
            if text is not None:
                kept.append((entry.filename, text.encode()))
    return kept


def replaced(before: str, after: str) -> Any:
    return lambda text: text.replace(before, after)


def test_what_we_write_is_what_the_standard_says_and_is_read_as_it_was() -> None:
    package = read_package(files())

    assert package.deviations == []
    assert (package.version, package.source) == ("1.2", "BASCULE")
    assert {name: [row.fields for row in rows] for name, rows in package.files.items()} == ROWS
    envelope = open_deposit("x.zip", OURS)
    assert envelope.kind is ONEROSTER
    written = dict(files())
    assert [
        line.split(",")[0] for line in written["manifest.csv"].decode().split("\r\n")[3:-3]
    ] == [f"file.{name}" for name in IN_MANIFEST["1.2"]]
    for name in ROWS:
        header = written[f"{name}.csv"].decode().split("\r\n")[0].split(",")
        wanted = [column.removesuffix("!") for column in FILES["1.2"][name]]
        assert header == wanted + (["metadata.mef"] if name == "users" else [])


@pytest.mark.parametrize(
    ("file", "edit", "said", "count"),
    [
        ("users.csv", replaced("preferredGivenName", "prefferedGivenName"), "ne connaît pas", 2),
        ("users.csv", replaced("givenName,", "GIVENNAME,"), "Intitulé de colonne mal écrit", 1),
        (
            "users.csv",
            replaced("\r\nu1,,,true", "\r\nu1,active,2026-09-01,TRUE"),
            "export complet",
            3,
        ),
        ("users.csv", replaced("\r\nu1,,,true,zoe", "\r\nu1,,,true,"), "obligatoire absente", 1),
        ("users.csv", replaced("\r\nu1,", "\r\nu1 é,"), "Identifiant mal formé", 3),
        ("classes.csv", replaced("homeroom", "Homeroom"), "pas écrite comme", 1),
        ("enrollments.csv", replaced(",u1,", ",u2,"), "n’est pas dans l’export", 1),
        ("orgs.csv", replaced("\r\no1,,", "\r\no1,tobedeleted,"), "supprimée", 5),
        ("orgs.csv", replaced("name,type,", "type,name,"), "l’ordre de la norme", 2),
        ("manifest.csv", replaced("file.results,absent\r\n", ""), "ne dit rien", 1),
    ],
)
def test_each_deviation_is_named(file: str, edit: Any, said: str, count: int) -> None:
    deviations = read_package(files(edits={file: edit})).deviations

    assert said in " ".join(one.sentence for one in deviations)
    assert len(deviations) == count


@pytest.mark.parametrize(
    ("edits", "refusal"),
    [
        ({"manifest.csv": lambda _: None}, NoManifestError),
        ({"manifest.csv": lambda _: "a,b\r\n"}, NoManifestError),
        ({"manifest.csv": replaced("version,1.2", "version,2.0")}, OtherVersionError),
        ({"manifest.csv": replaced("users,bulk", "users,delta")}, DeltaError),
        ({"manifest.csv": replaced("users,bulk", "users,absent")}, MissingFileError),
        ({"users.csv": lambda _: None}, MissingFileError),
        ({"users.csv": replaced("familyName", "name")}, MissingColumnError),
    ],
)
def test_what_cannot_be_read_is_refused(edits: Any, refusal: type[OneRosterError]) -> None:
    with pytest.raises(refusal, match="Refaites l’export complet"):
        read_package(files(edits=edits))


def test_the_older_version_says_roles_among_users() -> None:
    header = ",".join(column.removesuffix("!") for column in FILES["1.1"]["users"])
    older = files(
        edits={
            "manifest.csv": replaced("oneroster.version,1.2", "oneroster.version,1.1"),
            "users.csv": lambda _: f"{header}\r\nu1,,,true,o1,student,zoe,,Zoé,DUPRÉ,,,,,,,,\r\n",
        }
    )

    package = read_package(older)

    assert package.version == "1.1"
    assert package.files["users"][0].fields["role"] == "student"
    assert "roles" not in package.files
