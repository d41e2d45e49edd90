"""Scenarios of a software that confirms by itself: what was seen is what is written, and nothing is forced."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from bascule.accounts.scopes import Scope
from bascule.exchange.models import ImportRun
from bascule.formats.conformity.report import Ability, Family
from bascule.kit.exchanges import MOST_TRIES, few_pupils, file_of
from bascule.kit.sandbox import SandboxSchool
from bascule.kit.site import Spoil
from bascule.kit.stage import Heard, Scenario, Stage, expect


def confirming_scenarios() -> Iterator[Scenario]:
    """Give the scenarios of a software that confirms imports.

    Yields:
        Scenario: the plain confirmation first, then what goes wrong.
    """
    for code, title, expected, play, is_quick in _ALL:
        yield Scenario(
            f"exchange.{code}",
            Family.EXCHANGE,
            title,
            expected,
            play,
            is_quick,
            Ability.CONFIRMS,
        )


def _plain(stage: Stage) -> None:
    school, file = few_pupils(stage)
    heard = stage.ask("confirm", school, files=[file], applies=False)
    run = stage.arrived(school)
    _seen_state(heard)
    expect(run.state == ImportRun.State.APPLIED, f"L’import est « {run.state} ».")
    _says(heard, "applied")


def _cut(stage: Stage) -> None:
    school, file = few_pupils(stage)
    cuts = [Spoil.CUT]
    with _confirming(stage, lambda _: cuts.pop() if cuts else None):
        heard = stage.ask("confirm", school, files=[file], applies=False)
    run = stage.arrived(school)
    keys = {call.key for call in heard.confirmations}
    expect(heard.confirmations, "Rien n’a été confirmé.")
    expect(len(keys) == 1, f"La même confirmation est partie sous {len(keys)} clés d’idempotence.")
    expect(run.state == ImportRun.State.APPLIED, f"L’import est « {run.state} ».")
    _says(heard, "applied")


def _moved(stage: Stage) -> None:
    """Have another file come from the school while the software is confirming."""
    school, file = few_pupils(stage)
    others = [file_of(stage, school, school.population.pupils[:-1], send_number=2)]

    def comes(_: dict[str, Any]) -> None:
        if others:
            stage.sandbox.bring(school, others.pop())

    with _confirming(stage, comes):
        heard = stage.ask("confirm", school, files=[file], applies=False)
    _seen_state(heard)
    states = [call.state for call in heard.confirmations]
    expect(len(set(states)) == len(states), "L’état refusé a été confirmé de nouveau, tel quel.")
    shown = heard.answer.refusal or heard.answer.state
    expect(
        shown in {"request.moved-on", ImportRun.State.DECLINED},
        f"Est montré « {shown} » : ni le refus, ni ce que l’import est devenu.",
    )


def _stateless(stage: Stage) -> None:
    """Lose the state on the way: the site asks for it."""
    school, file = few_pupils(stage)

    def lose(environ: dict[str, Any]) -> None:
        environ.pop("HTTP_IF_MATCH", None)

    with _confirming(stage, lose):
        heard = stage.ask("confirm", school, files=[file], applies=False)
    _seen_state(heard)
    _refused(stage, school, heard, "request.state-needed")


def _held(stage: Stage) -> None:
    school, _ = few_pupils(stage)
    stage.sandbox.bring(school, file_of(stage, school, school.population.pupils))
    half = file_of(stage, school, school.population.pupils[::2], send_number=2)
    heard = stage.ask("confirm", school, files=[half], applies=False)
    run = stage.arrived(school)
    expect(
        not heard.confirmations,
        "Le logiciel a tenté de confirmer ce qu’une personne doit regarder.",
    )
    _says(heard, "held")
    page = heard.answer.page.rstrip("/")
    expect(page.endswith(f"/imports/{run.pk}"), "L’adresse où regarder n’est pas montrée.")


def _out_of_scope(stage: Stage) -> None:
    school, file = few_pupils(stage)
    others = [scope for scope in Scope if scope is not Scope.IMPORTS_CONFIRM]
    school = replace(school, token=stage.sandbox.token(school.uai, others))
    heard = stage.ask("confirm", school, files=[file], applies=False)
    _refused(stage, school, heard, "token.out-of-scope")


@contextmanager
def _confirming(stage: Stage, does: Callable[[dict[str, Any]], Spoil | None]) -> Iterator[None]:
    stage.site.confirming = does
    try:
        yield
    finally:
        stage.site.confirming = None


def _seen_state(heard: Heard) -> None:
    expect(heard.confirmations, "Rien n’a été confirmé.")
    blind = [call for call in heard.confirmations if not call.state]
    expect(not blind, "La confirmation ne dit pas quel état a été vu : « If-Match » manque.")


def _says(heard: Heard, state: str) -> None:
    said = heard.answer
    expect(not said.refusal, f"Un refus est montré : {said.refusal}.")
    expect(said.state == state, f"L’état montré est « {said.state} ».")


def _refused(stage: Stage, school: SandboxSchool, heard: Heard, code: str) -> None:
    run = stage.arrived(school)
    expect(heard.confirmations, "Rien n’a été confirmé.")
    tries = len(heard.confirmations)
    expect(tries <= MOST_TRIES, f"Le logiciel a insisté : {tries} confirmations refusées.")
    expect(run.state == ImportRun.State.PLANNED, f"L’import est « {run.state} ».")
    said = heard.answer
    expect(said.refusal == code, f"Le refus montré est « {said.refusal} ».")
    expect(said.state != "applied", "L’import est annoncé « applied ».")


_NO: Final = "Le logiciel montre le refus, et n’insiste pas."
#: Code, title, what is expected, how it is played, whether it is of the short round.
_ALL: Final[tuple[tuple[str, str, str, Callable[[Stage], None], bool], ...]] = (
    ("confirm", "confirmation", "Le logiciel confirme l’état lu (If-Match), et montre l’import intégré.", _plain, True),
    ("confirm-cut", "confirmation coupée", "Elle compte une fois, et l’import est montré intégré.", _cut, False),
    ("confirm-moved", "import changé entre-temps (412)", "Ce qui n’a pas été vu n’est pas confirmé.", _moved, True),
    ("confirm-stateless", "état perdu en route (428)", _NO, _stateless, False),
    ("confirm-held", "import retenu", "Une personne est envoyée où regarder, et rien n’est confirmé.", _held, False),
    ("confirm-out-of-scope", "jeton qui ne confirme pas", _NO, _out_of_scope, False),
)  # fmt: skip
