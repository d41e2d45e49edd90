"""The rectorat follows its schools."""

from tests.cast import Cast, browser

from bascule.accounts.profiles import Profile


def test_the_rectorat_sees_each_school_and_its_last_import(cast: Cast) -> None:
    deep = browser(cast.of_authority(Profile.DEEP))

    text = deep.get("/rectorat/etablissements/").content.decode()
    assert f"/etablissements/{cast.school}/" in text
    assert cast.other_school in text
    found = deep.get(f"/rectorat/etablissements/?q={cast.school.lower()}").content.decode()
    assert cast.school in found
    assert cast.other_school not in found
    none = deep.get("/rectorat/etablissements/?q=zzzz").content.decode()
    assert "Tout montrer" in none


def test_a_school_is_told_that_these_pages_are_not_there(cast: Cast) -> None:
    client = browser(cast.head)

    assert client.get("/rectorat/etablissements/").status_code == 404
