"""How each step of campaigns is told from facts. Pure: facts in, a finding out."""

from collections.abc import Callable, Mapping
from typing import Final

from bascule.campaign.facts import SchoolFacts, waits_for_a_person
from bascule.campaign.states import Found, State
from bascule.constat.standing import State as Constat
from bascule.exchange.models import ImportRun
from bascule.journal.milestones import Milestone
from bascule.preparation.steps import Sentence, State as Prepared, StepState
from bascule.qualification.standing import State as Software
from bascule.values.steps import NextAct, Step
from bascule.values.words import said as _

Proof = Callable[[SchoolFacts], Found]

#: What the authority has to do: a school can only wait.
_OF_AUTHORITY: Final = (NextAct.WAIT_FOR_YEAR, NextAct.WAIT_FOR_NOMENCLATURES)


def prepared(step: Step) -> Proof:
    """Give the proof of a step of the preparation of a year.

    Args:
        step (Step): the step.

    Returns:
        Proof: what reads it.
    """

    def proof(facts: SchoolFacts) -> Found:
        one = facts.prepared[step]
        return Found(_state_of(one, facts), one.sentence, one.at)

    return proof


def first_import(facts: SchoolFacts) -> Found:
    """Tell whether a file of pupils was taken; a file refused, or held, says so."""
    found = prepared(Step.IMPORT)(facts)
    if found.state.is_over or facts.run_state in ("", ImportRun.State.APPLIED):
        return found
    if facts.run_state == ImportRun.State.REFUSED:
        text = _("Le dernier fichier a été refusé : son compte rendu dit pourquoi.")
        return Found(State.BLOCKED, Sentence(text))
    if waits_for_a_person(facts.run_state):
        is_held = facts.run_state == ImportRun.State.HELD
        text = (
            _("Un fichier est retenu pour vérification.")
            if is_held
            else _("Un fichier attend d’être confirmé.")
        )
        return Found(State.BLOCKED if is_held else State.IN_PROGRESS, Sentence(text))
    if facts.run_state in (ImportRun.State.RECEIVED, ImportRun.State.UNTOLD):
        return Found(State.IN_PROGRESS, Sentence(_("Un fichier est déposé.")))
    return found


def software_known(facts: SchoolFacts) -> Found:
    """Tell which software the school's files name, and whether the register has it in its version."""
    said = facts.qualified
    if not facts.software:
        text = _("Le logiciel n’est pas connu : il se nomme dans le premier fichier déposé.")
        return Found(State.NOT_STARTED, Sentence(text))
    state = (
        State.DONE
        if said.state.fits
        else State.IN_PROGRESS
        if said.state is Software.UNSAID
        else State.BLOCKED
    )
    figures = {
        "software": said.name,
        "versions": ", ".join(said.qualified),
        "day": f"{said.day:%d/%m/%Y}" if said.day else "",
        "why": said.why,
    }
    text = _SOFTWARE[said.state]
    return Found(
        state, Sentence(text, {name: it for name, it in figures.items() if f"%({name})" in text})
    )


_SOFTWARE: Final[Mapping[Software, str]] = {
    Software.NO_REGISTER: _("Logiciel des fichiers : %(software)s."),
    Software.QUALIFIED: _("Logiciel des fichiers, qualifié : %(software)s."),
    Software.UNSAID: _(
        "L’établissement n’a pas dit la version de %(software)s. Versions qualifiées : %(versions)s."
    ),
    Software.OTHER_VERSION: _(
        "La version de %(software)s n’est pas qualifiée. Versions qualifiées : %(versions)s."
    ),
    Software.UNKNOWN: _("Le logiciel %(software)s n’est pas parmi ceux qui sont qualifiés."),
    Software.WITHDRAWN: _(
        "La qualification de %(software)s est retirée depuis le %(day)s : %(why)s"
    ),
    Software.ENDED: _("La qualification de %(software)s a pris fin le %(day)s."),
    Software.TO_COME: _("La qualification de %(software)s ne commence que le %(day)s."),
}


def numbers_settled(facts: SchoolFacts) -> Found:
    """Tell whether each pupil has a number, and no request is in dispute or in error."""
    numbers = facts.numbers
    if not numbers.pupils:
        return _after(Step.IMPORT)
    if numbers.disputes or numbers.errors:
        text = _("INE en litige : %(disputes)s ; demandes en erreur : %(errors)s.")
        figures = {"disputes": numbers.disputes, "errors": numbers.errors}
        return Found(State.BLOCKED, Sentence(text, figures))
    if numbers.lacking:
        text = _("Élèves sans INE : %(lacking)s, sur %(pupils)s. Il est demandé la nuit.")
        figures = {"lacking": numbers.lacking, "pupils": numbers.pupils}
        state = State.IN_PROGRESS if numbers.lacking < numbers.pupils else State.NOT_STARTED
        return Found(state, Sentence(text, figures))
    text = _("Chaque élève a son INE : %(pupils)s.")
    return Found(State.DONE, Sentence(text, {"pupils": numbers.pupils}), numbers.last_given_at)


def numbers_taken(facts: SchoolFacts) -> Found:
    """Tell whether the pupils were exported since the last number came."""
    numbers = facts.numbers
    if not numbers.pupils:
        return _after(Step.IMPORT)
    sent = facts.year.last(Milestone.PUPILS_SENT)
    if numbers.to_take:
        text = _("INE reçus et pas encore réexportés : %(count)s. Produisez l’export des élèves.")
        state = State.IN_PROGRESS if sent else State.NOT_STARTED
        return Found(state, Sentence(text, {"count": numbers.to_take}))
    if numbers.given:
        text = _("INE reçus, tous repris : %(count)s.")
        return Found(
            State.DONE, Sentence(text, {"count": numbers.given}), sent.at if sent else None
        )
    if numbers.lacking:
        return Found(State.NOT_STARTED, Sentence(_("Aucun INE n’est encore revenu.")))
    text = _("Aucun INE n’avait à revenir : ceux des fichiers étaient connus.")
    return Found(State.NOT_APPLICABLE, Sentence(text))


def gep_taken(facts: SchoolFacts) -> Found:
    """Tell whether GEP was taken over, or stopped before."""
    stop, taken_at = facts.gep.stop, facts.gep.taken_at
    if taken_at is None and stop is not None:
        text = _("GEP a été arrêté auparavant.")
        return Found(State.DONE, Sentence(text), stop.signed_at)
    if taken_at is not None:
        return Found(State.DONE, Sentence(_("Les fichiers de GEP sont repris.")), taken_at)
    return Found(State.NOT_STARTED, Sentence(_("Les fichiers de GEP ne sont pas repris.")))


def gep_stopped(facts: SchoolFacts) -> Found:
    """Tell whether the head signed the end of GEP."""
    stop = facts.gep.stop
    if stop is not None:
        text = _("L’arrêt de GEP est signé : %(number)s.")
        return Found(State.DONE, Sentence(text, {"number": stop.shown_number}), stop.signed_at)
    if facts.gep.imported_at is not None:
        text = _("Le logiciel a été importé après GEP : le chef d’établissement peut signer.")
        return Found(State.IN_PROGRESS, Sentence(text))
    text = _("La reprise de GEP, puis un import du logiciel sont attendus.")
    return Found(State.NOT_STARTED, Sentence(text))


def on_otp(facts: SchoolFacts) -> Found:
    """Tell whether everybody who has a key has one that gives codes."""
    figures = {"otp": facts.with_otp, "people": facts.with_otp + facts.only_api}
    text = _("Personnes qui ont une clé OTP : %(otp)s sur %(people)s.")
    if not figures["people"]:
        return Found(State.NOT_STARTED, Sentence(_("Personne n’a encore de clé.")))
    if not facts.only_api:
        return Found(State.DONE, Sentence(text, figures))
    return Found(
        State.IN_PROGRESS if facts.with_otp else State.NOT_STARTED, Sentence(text, figures)
    )


def constat_signed(facts: SchoolFacts) -> Found:
    """Tell whether the head signed the constat; what keeps pupils back keeps the signature back."""
    one = facts.constat
    if one is None:
        return Found(State.NOT_STARTED, Sentence(_("Le constat n’est pas encore ouvert.")))
    state, text = _CONSTATS[one.state]
    return Found(
        state, Sentence(text, {"pupils": one.pupil_count, "count": one.blocking}), one.signed_at
    )


_CONSTATS: Final[Mapping[Constat, tuple[State, str]]] = {
    Constat.NOT_OPEN: (State.NOT_STARTED, _("Le constat n’est pas encore ouvert.")),
    Constat.TO_CHECK: (
        State.NOT_STARTED,
        _("Le constat est ouvert ; la base académique ne compte encore personne ici."),
    ),
    Constat.BLOCKING: (
        State.BLOCKED,
        _("Dossiers bloqués, à corriger ou à expliquer avant de signer : %(count)s."),
    ),
    Constat.READY: (State.IN_PROGRESS, _("Le constat est prêt : le chef d’établissement signe.")),
    Constat.SIGNED: (State.DONE, _("Élèves du constat signé : %(pupils)s.")),
    Constat.CLOSED: (State.BLOCKED, _("Le constat est clos sans signature.")),
}


def _state_of(one: StepState, facts: SchoolFacts) -> State:
    """Tell begun from not begun, and what cannot go on from what only waits for its turn."""
    if one.state is Prepared.DONE:
        return State.DONE
    if one.state is Prepared.NOT_APPLICABLE:
        return State.NOT_APPLICABLE
    if one.state is Prepared.NOT_YET:
        return State.NOT_STARTED
    if one.act in _OF_AUTHORITY or _HINDERED.get(one.step, _never)(facts, one):
        return State.BLOCKED
    is_begun = one.state is Prepared.TO_REDO or _BEGUN.get(one.step, _never)(facts, one)
    return State.IN_PROGRESS if is_begun else State.NOT_STARTED


_Asked = Callable[[SchoolFacts, StepState], bool]


def _never(_facts: SchoolFacts, _one: StepState) -> bool:
    return False


#: What stands in the way of a step, once its turn has come.
_HINDERED: Final[Mapping[Step, _Asked]] = {
    Step.SCONET: lambda facts, _one: facts.year.uses_sconet is False,
    Step.STRUCTURES: lambda facts, one: (
        one.state is Prepared.TO_REDO
        and bool(facts.year.without_division or facts.year.without_mef or facts.year.strays)
    ),
    Step.BLOCKED: lambda facts, one: one.state is Prepared.TO_DO and facts.year.blocked > 0,
}
#: What shows that a step is begun.
_BEGUN: Final[Mapping[Step, _Asked]] = {
    Step.KEYS: lambda facts, _one: facts.year.key_holders[1] > 0,
    Step.COMMON: lambda facts, one: _reached(facts, one, Milestone.COMMON_CHANGED),
    Step.PROFILE: lambda facts, one: _reached(facts, one, Milestone.PROFILE_CHANGED),
    Step.STRUCTURES: lambda facts, one: one.state is Prepared.TO_DO and facts.year.divisions > 0,
    Step.EXPORTS: lambda facts, one: _reached(
        facts, one, Milestone.NOMENCLATURE_SENT, Milestone.STRUCTURES_SENT
    ),
}


def _reached(facts: SchoolFacts, one: StepState, *milestones: Milestone) -> bool:
    return one.state is Prepared.TO_DO and facts.year.last(*milestones) is not None


def _after(step: Step) -> Found:
    text = _("Attend l’étape « %(step)s ».")
    return Found(State.NOT_STARTED, Sentence(text, {"step": step.label}))
