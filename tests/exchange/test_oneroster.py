"""OneRoster: what goes out comes back without a change, and a package of elsewhere is read as far as it says."""

import io
import zipfile

import pytest
from tests.exchange.schools_for_tests import AT, BY, LATER, ready_school, with_pupil

from bascule.exchange.check import check_files
from bascule.exchange.export import export
from bascule.exchange.receive import NothingLeftError, deposit_rest
from bascule.formats.oneroster.package import items, read_package
from bascule.generator.files import MadeFile, groups_file

pytestmark = pytest.mark.usefixtures("base")


def test_a_year_goes_out_and_comes_back_without_a_change() -> None:
    school = ready_school(30)
    # A second name may hold a blank.
    named = with_pupil(
        school.population, school.population.present[0].id, second="Pa Kou", third=""
    )
    school.bring(school.file(named))
    export(uai=school.uai, year=school.year, kinds=("eleves",), **BY)
    school.bring(groups_file(school.population, at=AT))
    (sent,) = export(uai=school.uai, year=school.year, kinds=("oneroster",), **BY)

    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        package = read_package([(one, archive.read(one)) for one in archive.namelist()])
    assert package.deviations == []
    present = school.population.present
    assert sent.counts["demographics"] == len(present)
    homes = [
        row.fields for row in package.files["classes"] if row.fields["classType"] == "homeroom"
    ]
    assert {row["classCode"] for row in homes} >= {pupil.division for pupil in present}
    users = {row.fields["sourcedId"]: row.fields for row in package.files["users"]}
    for user, fields in users.items():
        assert "password" not in fields
        # Links stand on both sides.
        assert all(
            user in items(users[o]["agentSourcedIds"]) for o in items(fields["agentSourcedIds"])
        )
    before = school.held()

    run = school.bring(MadeFile(sent.name, sent.content), at=LATER)

    assert run.counts["pupils_unchanged"] == len(present)
    assert run.counts["persons_changed"] == run.counts["links_removed"] == 0
    assert school.codes(run) == []
    assert school.held() == before
    # Its groups come back too, when they are asked for; those of another package are read the same way.
    rest = school.plan(MadeFile(sent.name, sent.content), said={"part": "groups"}, at=LATER)
    assert rest.counts["pupils_read"] == rest.counts["pupils_unchanged"] > 5
    assert rest.counts["places_removed"] == rest.counts["places_added"] == 0
    assert school.codes(rest) == []
    kept = deposit_rest(run=run, actor="secrétaire", at=LATER).run
    assert (kept.flow, kept.options["said"]) == ("roster-group", {"part": "groups"})
    with pytest.raises(NothingLeftError):
        deposit_rest(run=kept, actor="secrétaire", at=LATER)


def test_a_package_of_elsewhere_names_its_own_school_or_none() -> None:
    users = (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
        "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\r\n"
        "u1,,,TRUE,o1,student,mary,,Mary,Jones,,,,,,u2,,secret\r\nu2,,,TRUE,o1,parent,tom,,Tom,Jones,,,,,,u1,,\r\n"
    )
    texts = {
        "manifest.csv": "propertyName,value\r\noneroster.version,1.1\r\nfile.orgs,bulk\r\nfile.users,bulk\r\n"
        "file.classes,bulk\r\nfile.enrollments,bulk\r\n",
        "users.csv": users,
        "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier\r\no1,,,Here,school,12\r\n",
        "classes.csv": "sourcedId,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds\r\n",
        "enrollments.csv": "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role\r\n",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"export/{name}", text)

    (checked,) = check_files([("roster.zip", out.getvalue())])

    assert (checked.kind, checked.version, checked.uai) == ("un dossier OneRoster", "1.1", "")
    assert checked.counts == {"PERSONNE": 1, "ELEVE": 1}
    assert {finding.rule.code for finding in checked.findings} == {"INF_FICHI_D_01"}
    assert not any("secret" in finding.value for finding in checked.findings)
