"""Whatever a school does between nights: the base is its records, or the difference is listed with its reason."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from tests.bases import Base
from tests.bea.acting import Evenings, counts
from tests.exchange.ready_school import ready_school
from tests.exchange.schools_for_tests import YEAR, ReadySchool
from tests.exchange.spoiled import spoiled_file

from bascule.bea.rebuild import rebuild
from bascule.errors import RefusedError
from bascule.exchange import runs
from bascule.exchange.amend.edits import Edit
from bascule.exchange.amend.verbs import amend
from bascule.generator.changes import next_day
from bascule.ine import answers, reviewing
from bascule.ine.merges import ask_merge
from bascule.ine.models import Link
from bascule.journal.verify import verify_chain
from bascule.store.policies import open_schools

_ranks = count(1)


class Life:
    """What happens to one school between two nights, by name."""

    def __init__(self, evenings: Evenings) -> None:
        self.evenings = evenings
        self.population = evenings.school.population
        self.runs: list[int] = []
        self.decisions: list[int] = []
        self.seed = 0
        self.ways: dict[str, Callable[[], object]] = {
            "file": self.file, "spoiled": self.spoiled, "edit": self.edit, "undo": self.undo,
            "restore": self.restore, "night": self.evenings.night, "merge": self.merge,
            "split": self.split, "unsplit": self.unsplit,
            "thorough": lambda: self.evenings.night(is_thorough=True),
        }  # fmt: skip

    def file(self) -> None:
        self.seed += 1
        today = self.evenings.later().date()
        self.population = next_day(self.population, 0.2, self.seed, on=today).population
        self.bring(self.evenings.school.file(self.population))

    def spoiled(self) -> None:
        self.bring(spoiled_file(self.population, 2))

    def bring(self, file: object) -> None:
        run = self.evenings.school.send(file, at=self.evenings.later()).run  # type: ignore[arg-type]
        if run.state != "applied":
            run = runs.approve(
                run_id=run.pk,
                uai=self.evenings.uai,
                actor="deep",
                at=self.evenings.at,
                as_authority=True,
            )
        self.runs.append(run.pk)

    def edit(self) -> None:
        for pupil_id in sorted(self.evenings.school.ids().values())[:1]:
            self.seed += 1
            amend(
                uai=self.evenings.uai, year=YEAR, actor="secretary", at=self.evenings.later(),
                edits=[Edit({"regime": str(self.seed % 3)}, pupil_id=pupil_id)],
            )  # fmt: skip

    def undo(self) -> None:
        if self.runs:
            runs.undo(
                run_id=self.runs[-1], uai=self.evenings.uai, actor="head", at=self.evenings.later()
            )

    def restore(self) -> None:
        if self.runs:
            runs.restore(
                run_id=self.runs[-1], uai=self.evenings.uai, actor="head", at=self.evenings.later()
            )

    def merge(self) -> None:
        """Make the persons of two pupils one, by two agents."""
        with transaction.atomic():
            open_schools(self.evenings.uai)
            links = Link.objects.filter(uai=self.evenings.uai).order_by("student_id")
            persons = list(links.values_list("person_id", flat=True)[:2])
        if len(persons) > 1:
            why = {"why": "Même élève.", "at": self.evenings.later()}
            merge_id = ask_merge(one_id=persons[0], other_id=persons[1], actor="deep", **why)
            reviewing.confirm_merge(merge_id=merge_id, actor="operations", at=self.evenings.at)

    def split(self) -> None:
        for pupil_id in sorted(self.evenings.school.ids().values())[:1]:
            answered = answers.split(
                uai=self.evenings.uai, year=YEAR, student_id=pupil_id, why="Un autre élève.", actor="deep",
                at=self.evenings.later(),
            )  # fmt: skip
            self.decisions.append(answered.decision_id)

    def unsplit(self) -> None:
        if self.decisions:
            reviewing.undo(
                decision_id=self.decisions.pop(),
                why="Erreur.",
                actor="deep",
                at=self.evenings.later(),
            )


WAYS = (
    "file",
    "spoiled",
    "edit",
    "undo",
    "restore",
    "merge",
    "split",
    "unsplit",
    "night",
    "night",
    "thorough",
)


@pytest.mark.slow
def test_the_base_is_the_school_or_says_why_and_every_night_is_written_again(
    base: Base, tmp_path: Path
) -> None:
    @settings(
        max_examples=8,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(st.sampled_from(WAYS), min_size=3, max_size=9))
    def law(ways: list[str]) -> None:
        rank = next(_ranks)
        evenings = Evenings(ReadySchool(ready_school(14, number=rank).population))
        life = Life(evenings)
        life.file()
        first = evenings.night().night_id
        for way in ways:
            with suppress(RefusedError):
                life.ways[way]()
            for gap in evenings.reconcile().gaps:
                assert gap.is_explained, (way, gap)
        last = evenings.night()
        found = evenings.reconcile()
        differing = {gap.pupil_id for gap in found.gaps if gap.between == "base"}
        assert found.is_reconciled
        assert last.is_reconciled is True
        assert (found.school_count, found.base_count) == (last.school_count, last.base_count)
        assert len(differing) == last.difference_count <= sum(counts(last)[3:])
        assert verify_chain(uai=evenings.uai).faults == ()
        for night in range(first, last.night_id + 1):
            assert rebuild(number=night, into=tmp_path / f"{rank}-{night}").unlike == ()

    law()
