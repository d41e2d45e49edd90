"""The rectorat follows its schools; who sees figures only sees no name."""

from tests.cast import Cast, browser
from tests.pupils_of import pupils_of

from bascule.accounts.profiles import Profile


def test_the_rectorat_sees_each_school_and_its_last_import(cast: Cast) -> None:
    page = browser(cast.of_authority(Profile.DEEP)).get("/rectorat/etablissements/")

    text = page.content.decode()
    assert cast.school in text
    assert cast.other_school in text


def test_figures_are_seen_without_a_name(cast: Cast) -> None:
    page = browser(cast.of_authority(Profile.PAPEP)).get("/rectorat/effectifs/")

    names = {line.family_name for line in pupils_of(cast.school, 2026)}
    text = page.content.decode()
    assert cast.school in text
    assert not [name for name in names if name in text]


def test_a_departement_sees_its_own_schools_only(cast: Cast) -> None:
    cast.give("inspecteur.seul", Profile.DSDEN, department=cast.school[:3])
    cast.give("inspecteur.ailleurs", Profile.DSDEN, department="000")

    own = browser(cast.person("inspecteur.seul")).get("/rectorat/effectifs/").content.decode()
    none = browser(cast.person("inspecteur.ailleurs")).get("/rectorat/effectifs/").content.decode()

    assert cast.school in own
    assert cast.school not in none


def test_a_school_is_told_that_these_pages_are_not_there(cast: Cast) -> None:
    client = browser(cast.head)

    assert client.get("/rectorat/etablissements/").status_code == 404
    assert client.get("/rectorat/effectifs/").status_code == 404
