"""The files of a OneRoster package that rosters are made of, their columns in the official order.

Grades, resources and profiles are other services: their files are named in the manifest, and not read.
A column that ends with `!` must be filled in each row.
"""

from typing import Final

LATEST, OLDER = "1.2", "1.1"
MANIFEST: Final = "manifest.csv"

_ALWAYS: Final = ("sourcedId!", "status", "dateLastModified")
_BOTH: Final = {
    "academicSessions": "title! type! startDate! endDate! parentSourcedId schoolYear!",
    "orgs": "name! type! identifier parentSourcedId",
    "courses": "schoolYearSourcedId title! courseCode grades orgSourcedId! subjects subjectCodes",
    "classes": (
        "title! grades courseSourcedId! classCode classType! location schoolSourcedId! termSourcedIds! subjects "
        "subjectCodes periods"
    ),
    "enrollments": "classSourcedId! schoolSourcedId! userSourcedId! role! primary beginDate endDate",
    "demographics": (
        "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander "
        "white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation "
        "cityOfBirth publicSchoolResidenceStatus"
    ),
}
_USERS: Final = {
    OLDER: (
        "enabledUser! orgSourcedIds! role! username! userIds givenName! familyName! middleName identifier email sms "
        "phone agentSourcedIds grades password"
    ),
    LATEST: (
        "enabledUser! username! userIds givenName! familyName! middleName identifier email sms phone agentSourcedIds "
        "grades password userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName "
        "primaryOrgSourcedId pronouns"
    ),
}
_ROLES: Final = (
    "userSourcedId! roleType! role! beginDate endDate orgSourcedId! userProfileSourcedId"
)


def _columns(version: str) -> dict[str, tuple[str, ...]]:
    files = {**_BOTH, "users": _USERS[version]}
    if version == LATEST:
        files["roles"] = _ROLES
    return {name: (*_ALWAYS, *text.split()) for name, text in files.items()}


#: Columns of each file, by version.
FILES: Final = {version: _columns(version) for version in (OLDER, LATEST)}

#: Files that a manifest names, in its order, by version.
IN_MANIFEST: Final = {
    OLDER: (
        "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
        "enrollments", "lineItems", "orgs", "resources", "results", "users",
    ),
    LATEST: (
        "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
        "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources",
        "resultLearningObjectiveIds", "results", "resultScoreScales", "roles", "scoreScales", "userProfiles",
        "userResources", "users",
    ),
}  # fmt: skip

#: The file that each column of references points at.
POINTED: Final = {
    "parentSourcedId": "", "schoolYearSourcedId": "academicSessions", "orgSourcedId": "orgs", "orgSourcedIds": "orgs",
    "courseSourcedId": "courses", "schoolSourcedId": "orgs", "termSourcedIds": "academicSessions",
    "classSourcedId": "classes", "userSourcedId": "users", "agentSourcedIds": "users", "primaryOrgSourcedId": "orgs",
}  # fmt: skip
#: Columns of dates, of true or false, and of words of a list, with the words.
DATES: Final = frozenset(("startDate", "endDate", "beginDate", "birthDate"))
BOOLEANS: Final = frozenset(("enabledUser", "primary"))
WORDS: Final = {
    ("academicSessions", "type"): ("gradingPeriod", "semester", "schoolYear", "term"),
    ("orgs", "type"): ("department", "school", "district", "local", "state", "national"),
    ("classes", "classType"): ("homeroom", "scheduled"),
    ("demographics", "sex"): ("male", "female", "unspecified", "other"),
    ("roles", "roleType"): ("primary", "secondary"),
    ("roles", "role"): (
        "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
        "siteAdministrator", "student", "systemAdministrator", "teacher",
    ),
    ("users", "role"): ("teacher", "student", "parent", "guardian", "relative", "aide", "administrator"),
    ("enrollments", "role"): (
        "administrator", "proctor", "student", "teacher", "parent", "guardian", "relative", "aide",
    ),
}  # fmt: skip
