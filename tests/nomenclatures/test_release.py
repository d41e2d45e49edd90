from typing import Any

import pytest
from tests.preparation.releasing import (
    AT,
    BY,
    FIRST,
    THIRD,
    YEAR,
    close_mef,
    load_programmes,
    publish,
)

from bascule.journal.act import AUTHORITY
from bascule.journal.verify import verify_chain
from bascule.nomenclatures import release

BILINGUAL, SIXTH = "10010027110", "10010012110"


def test_a_release_holds_what_is_open_on_the_first_of_september(base: Any) -> None:
    close_mef(THIRD, since="2026-08-31")
    close_mef_of_next_summer = "10210001110"

    content = release.entries_of(release=publish())

    takes = release.taking_pupils(content)
    assert THIRD not in takes
    assert content["MEF"][THIRD]["DATE_FERMETURE"] == "31/08/2026"
    assert close_mef_of_next_summer in takes


def test_programmes_and_subjects_follow_from_the_mef_diffused(base: Any) -> None:
    load_programmes()

    content = release.entries_of(release=publish(excluded=["201"]))

    with_programme = {line["CODE_MEF"] for line in content["PROGRAMME"].values()}
    assert SIXTH in with_programme
    assert FIRST not in with_programme
    named = {line["CODE_MATIERE"] for line in content["PROGRAMME"].values()}
    assert named <= set(content["MATIERE"])


def test_what_is_decided_of_a_mef_wins_over_what_is_decided_of_its_level(base: Any) -> None:
    content = release.entries_of(release=publish(excluded=["100"], included=[SIXTH]))

    takes = release.taking_pupils(content)
    assert SIXTH in takes
    assert BILINGUAL not in takes


def test_releases_are_numbered_within_their_year_and_never_said_twice(base: Any) -> None:
    first = publish()

    with pytest.raises(release.NothingNewError):
        publish()
    second = publish(excluded=[BILINGUAL])
    next_year = publish(YEAR + 1)

    assert [first.number, second.number, next_year.number] == [1, 2, 1]
    assert release.releases(year=YEAR) == [second, first]
    assert verify_chain(uai=AUTHORITY).count > 0


def test_a_release_of_nothing_is_refused(base: Any) -> None:
    every_level = sorted({one.level for one in release.diffusion(year=YEAR)})

    with pytest.raises(release.NothingDiffusedError):
        publish(excluded=every_level)


def test_a_draft_tells_what_would_change(base: Any) -> None:
    publish()
    release.decide(year=YEAR, excluded=[BILINGUAL], **BY)

    draft = release.draft(year=YEAR)

    assert draft.is_new
    assert draft.counts["MEF"].changed == 1
    assert dict(draft.added) == {}
    assert set(draft.closed) == {BILINGUAL}
    assert draft.is_illustrative


def test_a_closed_mef_has_a_successor_of_its_level_the_most_alike(base: Any) -> None:
    content = release.entries_of(release=publish(excluded=[BILINGUAL, "101"]))

    heir = release.successor_in(content, BILINGUAL)
    assert heir[:3] == BILINGUAL[:3]
    assert heir in release.taking_pupils(content)
    assert release.successor_in(content, "10110001110") == ""


def test_the_successor_that_the_authority_gives_wins(base: Any) -> None:
    content = release.entries_of(
        release=publish(excluded=[BILINGUAL], successors={BILINGUAL: SIXTH})
    )

    assert release.successor_in(content, BILINGUAL) == SIXTH


def test_a_successor_that_takes_no_pupils_is_refused_and_nothing_is_decided(base: Any) -> None:
    with pytest.raises(release.WrongSuccessorError):
        release.decide(year=YEAR, excluded=[BILINGUAL, SIXTH], successors={BILINGUAL: SIXTH}, **BY)

    takes = {one.code for one in release.diffusion(year=YEAR) if one.is_diffused}
    assert BILINGUAL in takes


def test_a_code_of_no_table_is_refused(base: Any) -> None:
    with pytest.raises(release.UnknownCodeError):
        release.decide(year=YEAR, included=["999X"], **BY)


def test_a_decision_taken_back_leaves_a_mef_to_its_dates(base: Any) -> None:
    release.decide(year=YEAR, excluded=[BILINGUAL], **BY)
    release.decide(year=YEAR, undecided=[BILINGUAL], actor="deep", at=AT)

    found = {one.code: one for one in release.diffusion(year=YEAR)}
    assert found[BILINGUAL].is_diffused
    assert not found[BILINGUAL].is_decided
