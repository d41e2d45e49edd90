"""My rights: what I may do, where and until when; what I had stays to be seen, folded."""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from tests.cast import Cast, browser

from bascule.accounts import rights
from bascule.accounts.profiles import Permission, Profile


def said(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_i_see_my_rights_in_every_school_and_who_gave_them(cast: Cast) -> None:
    soon = timezone.localdate() + timedelta(days=5)
    cast.give("paul.petit", Profile.SECRETARY, cast.other_school)
    rights.give(
        person=cast.person("paul.petit"), profile=Profile.DELEGATE, uai=cast.school,
        starts_on=timezone.localdate(), ends_on=soon, actor="claire.morel", at=timezone.now(),
        permission=Permission.EXPORT, granted_by_id=cast.head.pk,
    )  # fmt: skip

    text = said(browser(cast.person("paul.petit")).get("/moi/droits/"))

    assert "Secrétaire" in text
    assert cast.other_school in text
    assert "Confirmer ou annuler un import" in text
    assert "Produire les exports délégué" in text
    assert f"{soon:%d/%m/%Y} bientôt MOREL Claire" in text
    assert "sans fin rectorat" in text
    assert "droit passé" not in text


def test_what_ended_or_was_withdrawn_is_folded(cast: Cast) -> None:
    today = timezone.localdate()
    cast.give("paul.petit", Profile.SECRETARY, ends_on=today - timedelta(days=1))
    gone = cast.give("paul.petit", Profile.TEACHER)
    rights.withdraw(right_id=gone.pk, uai=cast.school, actor="claire.morel", at=timezone.now())

    text = said(browser(cast.person("paul.petit")).get("/moi/droits/"))

    assert "Vous n’avez aucun droit en ce moment" in text
    assert "2 droits passés" in text
    assert "retiré le" in text


def test_an_agent_sees_her_department(cast: Cast) -> None:
    cast.give("agent.nord", Profile.DEEP, department="077")

    text = said(browser(cast.person("agent.nord")).get("/moi/droits/"))

    assert "Gestionnaire DEEP, département 77 Ce que ce profil permet" in text
    assert "Rectorat" in text


def test_nobody_sees_the_rights_of_somebody_else(cast: Cast) -> None:
    assert cast.secretary

    assert "Secrétaire" not in said(browser(cast.head).get("/moi/droits/"))
    assert browser().get("/moi/droits/").status_code == 302
