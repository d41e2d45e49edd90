"""The steps of schools' years, each detected from facts: never ticked, and green with its fact alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bascule.journal.milestones import Milestone, Reached
from bascule.preparation.facts import YearFacts, facts_of
from bascule.values import school_year
from bascule.values.steps import NextAct, Step
from bascule.values.words import said as _

#: Codes named at most in a sentence.
_NAMED = 5

#: Steps that open the doors of a school, and hold up no other.
OF_ACCESS = (Step.KEYS, Step.DELEGATIONS)


class State(StrEnum):
    """Where a step stands."""

    DONE = "done"
    TO_DO = "to-do"
    #: It was done, and what it was about has changed since.
    TO_REDO = "to-redo"
    #: An earlier step is missing.
    NOT_YET = "not-yet"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Sentence:
    """French words with figures: pages say the words in their own language.

    Attributes:
        text: the words, with `%(name)s` where a figure stands.
        figures: the figures.
    """

    text: str
    figures: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.said(str)

    def said(self, say: Callable[[str], str]) -> str:
        """Say it.

        Args:
            say (Callable[[str], str]): puts French words into the language wanted.

        Returns:
            str: the sentence.
        """
        return say(self.text) % {
            name: say(value) if isinstance(value, str) else value
            for name, value in self.figures.items()
        }


@dataclass(frozen=True, slots=True)
class StepState:
    """Where a school's year stands in one step.

    Attributes:
        step: the step.
        state: where it stands.
        sentence: what proves it done, or what is missing.
        at: when it was done last; None when it is not known, or was not.
        by: who did; blank when it is not known.
        act: what to do next; None for nothing.
    """

    step: Step
    state: State
    sentence: Sentence
    at: datetime | None = None
    by: str = ""
    act: NextAct | None = None

    @property
    def is_done(self) -> bool:
        """Tell whether it holds nothing up."""
        return self.state in {State.DONE, State.NOT_APPLICABLE}


def steps_of(*uais: str, year: int, today: date) -> dict[str, list[StepState]]:
    """Tell how far schools have come in a year.

    Args:
        *uais (str): the schools; they are opened for reading, for the time of the call.
        year (int): first calendar year.
        today (date): the day, where the authority is.

    Returns:
        dict[str, list[StepState]]: for each school, all steps in order.
    """
    return {uai: steps(facts) for uai, facts in facts_of(*uais, year=year, today=today).items()}


def next_step(states: Sequence[StepState]) -> StepState | None:
    """Give what a school has to do now, apart from its accounts.

    Args:
        states (Sequence[StepState]): from `steps`.

    Returns:
        StepState | None: the first step to do, or to do again; None when there is none, or the year is closed.
    """
    waiting = {State.TO_DO, State.TO_REDO}
    return next(
        (
            one
            for one in states
            if one.state in waiting and one.act is not None and one.step not in OF_ACCESS
        ),
        None,
    )


def steps(facts: YearFacts) -> list[StepState]:
    """Read all steps of a year from its facts. Pure.

    Args:
        facts (YearFacts): the year.

    Returns:
        list[StepState]: in order; those of GEP only where it was taken over.
    """
    found: dict[Step, StepState] = {}
    for step in Step:
        if step is not Step.GEP or Milestone.GEP_TAKEN in facts.reached:
            found[step] = _DETECTED[step](facts, found)
    return list(found.values())


# Each step


_Before = Mapping[Step, StepState]


def _year(facts: YearFacts, _before: _Before) -> StepState:
    if not facts.is_open:
        text = _("L’année n’est pas ouverte : le rectorat l’ouvre.")
        return StepState(Step.YEAR, State.TO_DO, Sentence(text), act=NextAct.WAIT_FOR_YEAR)
    state = _("close") if facts.is_closed else _("ouverte")
    label = school_year.label(facts.year)
    sentence = Sentence(_("L’année %(year)s est %(state)s."), {"year": label, "state": state})
    return _done(Step.YEAR, sentence, facts.last(Milestone.YEAR_OPENED))


def _keys(facts: YearFacts, _before: _Before) -> StepState:
    people, with_key = facts.key_holders
    figures = {"with_key": with_key, "people": people}
    if not people:
        text = _("Ni chef d’établissement ni secrétaire n’a encore de compte ici.")
        return _to_do(Step.KEYS, facts, Sentence(text), NextAct.ACTIVATE_KEYS)
    text = _("Chef et secrétaires qui ont une clé active : %(with_key)s sur %(people)s.")
    if with_key < people:
        return _to_do(Step.KEYS, facts, Sentence(text, figures), NextAct.ACTIVATE_KEYS)
    return StepState(Step.KEYS, State.DONE, Sentence(text, figures))


def _delegations(facts: YearFacts, _before: _Before) -> StepState:
    if facts.helped:
        text = _("Collègues qui ont des droits ici : %(people)s.")
        return StepState(Step.DELEGATIONS, State.DONE, Sentence(text, {"people": facts.helped}))
    text = _("Le chef d’établissement travaille seul : personne d’autre n’a de droit ici.")
    act = None if facts.is_closed else NextAct.GIVE_RIGHTS
    return StepState(Step.DELEGATIONS, State.NOT_APPLICABLE, Sentence(text), act=act)


def _carried(facts: YearFacts, before: _Before) -> StepState:
    carried = facts.last(Milestone.STRUCTURES_CARRIED)
    if carried:
        text = _("Divisions : %(divisions)s ; groupes : %(groups)s ; à confirmer : %(to_confirm)s.")
        figures = {
            "divisions": facts.divisions,
            "groups": facts.groups,
            "to_confirm": facts.to_confirm,
        }
        return _done(Step.CARRIED, Sentence(text, figures), carried)
    text = _("Reprenez les divisions et les groupes de l’année précédente.")
    return _after(
        before, Step.YEAR, _to_do(Step.CARRIED, facts, Sentence(text), NextAct.CARRY_STRUCTURES)
    )


def _sconet(facts: YearFacts, before: _Before) -> StepState:
    if facts.uses_sconet:
        return _done(Step.SCONET, Sentence(_("Vous avez répondu oui.")), None)
    text = (
        _("Dites si vous utilisez Sconet.")
        if facts.uses_sconet is None
        else _("Vous avez répondu non : les échanges demandent de répondre oui.")
    )
    # The page of the bascule asks the question; afterwards it is asked by itself.
    if not before[Step.CARRIED].is_done:
        return _after(before, Step.CARRIED, StepState(Step.SCONET, State.TO_DO, Sentence(text)))
    return _to_do(Step.SCONET, facts, Sentence(text), NextAct.SAY_SCONET)


def _common(facts: YearFacts, before: _Before) -> StepState:
    return _after(
        before,
        Step.YEAR,
        _validated(
            Step.COMMON,
            facts,
            validated=Milestone.COMMON_VERIFIED,
            changes=(Milestone.COMMON_CHANGED,),
            proof=Sentence(_("Adresse, chef d’établissement et calendrier sont vérifiés.")),
            missing=Sentence(_("Vérifiez l’adresse, le chef d’établissement et le calendrier.")),
            changed=Sentence(_("Elles ont changé depuis votre vérification : relisez-les.")),
            act=NextAct.VERIFY_COMMON,
        ),
    )


def _nomenclatures(facts: YearFacts, before: _Before) -> StepState:
    received = facts.last(Milestone.RELEASE_RECEIVED)
    if received:
        text = _("Les nomenclatures de l’année sont arrivées.")
        return _done(Step.NOMENCLATURES, Sentence(text), received)
    text = _("Les nomenclatures de l’année ne sont pas arrivées : le rectorat les envoie.")
    state = _to_do(Step.NOMENCLATURES, facts, Sentence(text), NextAct.WAIT_FOR_NOMENCLATURES)
    return _after(before, Step.YEAR, state)


def _profile(facts: YearFacts, before: _Before) -> StepState:
    figures = {"mefs": len(facts.retained)}
    found = _validated(
        Step.PROFILE,
        facts,
        validated=Milestone.PROFILE_VALIDATED,
        changes=(Milestone.PROFILE_CHANGED, Milestone.RELEASE_RECEIVED),
        proof=Sentence(_("MEF retenus : %(mefs)s."), figures),
        missing=Sentence(_("Choisissez les MEF et les matières de l’établissement, puis validez.")),
        changed=Sentence(
            _(
                "Le profilage ou les nomenclatures ont changé depuis votre validation : validez de nouveau."
            )
        ),
        act=NextAct.VALIDATE_PROFILE,
    )
    if found.state is State.DONE and not facts.retained:
        text = _("Aucun MEF n’est retenu : choisissez ceux de l’établissement, puis validez.")
        found = _to_do(Step.PROFILE, facts, Sentence(text), NextAct.VALIDATE_PROFILE)
    return _after(before, Step.NOMENCLATURES, found)


def _structures(facts: YearFacts, before: _Before) -> StepState:
    figures = {"divisions": facts.divisions, "groups": facts.groups}
    found = _validated(
        Step.STRUCTURES,
        facts,
        validated=Milestone.STRUCTURES_VALIDATED,
        changes=(Milestone.STRUCTURES_CHANGED,),
        proof=Sentence(_("Divisions : %(divisions)s ; groupes : %(groups)s."), figures),
        missing=Sentence(_("Relisez divisions et groupes, puis validez.")),
        changed=Sentence(_("Elles ont changé depuis votre validation : validez de nouveau.")),
        act=NextAct.VALIDATE_STRUCTURES,
    )
    lacking = what_structures_lack(facts)
    if found.state is State.DONE and lacking:
        found = StepState(
            Step.STRUCTURES,
            State.TO_REDO,
            lacking,
            act=None if facts.is_closed else NextAct.VALIDATE_STRUCTURES,
        )
    # Validated and unchanged they stay so, whatever happens to the profile: it may well keep their MEF.
    return found if found.is_done else _after(before, Step.PROFILE, found)


def what_structures_lack(facts: YearFacts) -> Sentence | None:
    """Tell why structures cannot be validated as they are.

    Args:
        facts (YearFacts): the year.

    Returns:
        Sentence | None: the first reason, naming codes; None when there is none.
    """
    if not facts.divisions:
        return Sentence(_("L’établissement n’a aucune division : créez-les."))
    if facts.without_mef:
        return Sentence(
            _("Divisions sans MEF : %(codes)s. Donnez un MEF à chacune."),
            {"codes": _some(facts.without_mef)},
        )
    if facts.strays:
        return Sentence(
            _(
                "Des divisions ont un MEF qui n’est pas retenu au profilage : %(codes)s. Retenez-le, ou changez-les."
            ),
            {"codes": _some(facts.strays)},
        )
    if facts.without_division:
        return Sentence(
            _(
                "MEF retenus sans division : %(codes)s. Créez une division pour chacun, ou retirez-les du profilage."
            ),
            {"codes": _some(facts.without_division)},
        )
    return None


def _exports(facts: YearFacts, before: _Before) -> StepState:
    nomenclature = facts.last(Milestone.NOMENCLATURE_SENT)
    structures = facts.last(Milestone.STRUCTURES_SENT)
    profile = facts.last(
        Milestone.PROFILE_CHANGED, Milestone.PROFILE_VALIDATED, Milestone.RELEASE_RECEIVED
    )
    own = facts.last(Milestone.STRUCTURES_CHANGED, Milestone.STRUCTURES_VALIDATED)
    if not nomenclature or not structures:
        text = _("Produisez Nomenclature et Structures, et donnez-les à votre logiciel.")
        found = _to_do(Step.EXPORTS, facts, Sentence(text), NextAct.EXPORT)
    elif _is_later(profile, nomenclature) or _is_later(own, structures):
        text = _(
            "Profilage ou structures ont été validés depuis : produisez de nouveau les exports."
        )
        found = _to_do(Step.EXPORTS, facts, Sentence(text), NextAct.EXPORT, State.TO_REDO)
    else:
        text = _(
            "Nomenclature et Structures ont été produits après le profilage et les structures."
        )
        found = _done(
            Step.EXPORTS,
            Sentence(text),
            facts.last(Milestone.NOMENCLATURE_SENT, Milestone.STRUCTURES_SENT),
        )
    return _after(before, Step.PROFILE, _after(before, Step.STRUCTURES, found))


def _import(facts: YearFacts, before: _Before) -> StepState:
    done = facts.last(Milestone.PUPILS_IMPORTED)
    if done:
        text = _("Élèves présents : %(pupils)s.")
        return _done(Step.IMPORT, Sentence(text, {"pupils": facts.pupils}), done)
    text = _("Produisez le fichier des élèves dans votre logiciel, puis importez-le.")
    return _after(before, Step.EXPORTS, _to_do(Step.IMPORT, facts, Sentence(text), NextAct.IMPORT))


def _blocked(facts: YearFacts, before: _Before) -> StepState:
    figures = {"blocked": facts.blocked, "pupils": facts.pupils}
    if facts.blocked:
        text = _(
            "Dossiers bloqués : %(blocked)s, pour %(pupils)s élèves. Corrigez-les dans votre logiciel."
        )
        found = _to_do(Step.BLOCKED, facts, Sentence(text, figures), NextAct.CORRECT)
    else:
        text = _("Dossiers bloqués : %(blocked)s, pour %(pupils)s élèves.")
        found = StepState(Step.BLOCKED, State.DONE, Sentence(text, figures))
    return _after(before, Step.IMPORT, found)


def _gep(facts: YearFacts, before: _Before) -> StepState:
    stopped = facts.last(Milestone.GEP_STOPPED)
    if stopped:
        text = _("Le chef d’établissement a signé l’arrêt de GEP.")
        return _done(Step.GEP, Sentence(text), stopped)
    text = _(
        "Comparez GEP, votre logiciel et la base ; le chef d’établissement signe ensuite l’arrêt."
    )
    return _after(before, Step.IMPORT, _to_do(Step.GEP, facts, Sentence(text), NextAct.STOP_GEP))


_DETECTED: Mapping[Step, Callable[[YearFacts, _Before], StepState]] = {
    Step.YEAR: _year,
    Step.KEYS: _keys,
    Step.DELEGATIONS: _delegations,
    Step.CARRIED: _carried,
    Step.SCONET: _sconet,
    Step.COMMON: _common,
    Step.NOMENCLATURES: _nomenclatures,
    Step.PROFILE: _profile,
    Step.STRUCTURES: _structures,
    Step.EXPORTS: _exports,
    Step.IMPORT: _import,
    Step.BLOCKED: _blocked,
    Step.GEP: _gep,
}


def _done(step: Step, sentence: Sentence, reached_by: Reached | None) -> StepState:
    if reached_by is None:
        return StepState(step, State.DONE, sentence)
    return StepState(step, State.DONE, sentence, reached_by.at, reached_by.actor)


def _to_do(
    step: Step, facts: YearFacts, sentence: Sentence, act: NextAct, state: State = State.TO_DO
) -> StepState:
    return StepState(step, state, sentence, act=None if facts.is_closed else act)


def _after(before: _Before, needed: Step, found: StepState) -> StepState:
    """Hold a step up while one that it needs is missing."""
    if before[needed].is_done:
        return found
    if found.state is State.NOT_YET:
        return found
    text = _("Attend l’étape « %(step)s ».")
    return StepState(found.step, State.NOT_YET, Sentence(text, {"step": needed.label}))


def _validated(
    step: Step,
    facts: YearFacts,
    *,
    validated: Milestone,
    changes: Sequence[Milestone],
    proof: Sentence,
    missing: Sentence,
    changed: Sentence,
    act: NextAct,
) -> StepState:
    """Read a step that a person validates, and that any later change opens again."""
    done = facts.reached.get(validated)
    if done is None:
        return _to_do(step, facts, missing, act)
    if _is_later(facts.last(*changes), done):
        return _to_do(step, facts, changed, act, State.TO_REDO)
    return _done(step, proof, done)


def _is_later(one: Reached | None, other: Reached) -> bool:
    return one is not None and one.act_id > other.act_id


def _some(codes: Sequence[str]) -> str:
    named = ", ".join(codes[:_NAMED])
    return named if len(codes) <= _NAMED else f"{named}…"
