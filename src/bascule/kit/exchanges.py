"""Scenarios of an exchange: what is sent arrives once, what comes back is held, and nothing is forced."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from bascule.accounts.scopes import Scope
from bascule.exchange.models import ImportRun
from bascule.formats.conformity.report import Family
from bascule.generator.files import MadeFile, private_file
from bascule.generator.population import Pupil
from bascule.kit.elements import played, sent_by
from bascule.kit.sandbox import YEAR, SandboxSchool
from bascule.kit.site import RETRY_AFTER, Spoil
from bascule.kit.situation import situation_of
from bascule.kit.stage import Heard, Scenario, Stage, expect

_PUPILS: Final = 8
#: A software that was told no asks again twice at most, and waits for a person.
MOST_TRIES: Final = 3
_NEW_EXPORTS: Final = ("eleves", "responsables", "structures", "nomenclature")
_OLD_EXPORTS: Final = ("eleves-anciens", "responsables-anciens", "structures", "nomenclature")


def exchange_scenarios() -> Iterator[Scenario]:
    """Give the scenarios of an exchange.

    Yields:
        Scenario: from the first file to what goes wrong on the way.
    """
    for code, title, expected, play, is_quick in _ALL:
        yield Scenario(f"exchange.{code}", Family.EXCHANGE, title, expected, play, is_quick)


# What is sent


def _first(stage: Stage) -> None:
    it = played(stage)
    expect(it.run.state == ImportRun.State.APPLIED, f"L’import est « {it.run.state} ».")
    expect(it.answer.state == "applied", f"L’état montré est « {it.answer.state} ».")
    expect(it.answer.run == it.run.pk, "Le numéro d’import montré n’est pas celui de l’import.")
    held = {str(one["private_id"]) for one in stage.sandbox.pupils(it.school)}
    expect(held == set(it.held["ELEVE"]), f"La base tient : {', '.join(sorted(held))}.")


def _next_year(stage: Stage) -> None:
    school, year = stage.sandbox.school(years=2), YEAR + 1
    situation = situation_of(school, stage.software.writes, year=year)
    # Who left this year is not of the next one.
    situation["pupils"] = situation["pupils"][:3]
    heard = stage.ask("hold", school, situation=situation, year=year)
    run = stage.arrived(school, year=year)
    said = sent_by(stage, run)["PARAMETRES"][""].get("PARAMETRES/ANNEE_SCOLAIRE")
    expect(said == [str(year)], f"ANNEE_SCOLAIRE est {said}.")
    expect(heard.answer.run == run.pk, "Le numéro d’import montré n’est pas celui de l’import.")
    expect(
        not stage.sandbox.pupils(school, year=YEAR), "Des élèves sont entrés dans l’année en cours."
    )


def _resent(stage: Stage) -> None:
    school, file = few_pupils(stage)
    first = stage.ask("send", school, files=[file])
    run = stage.arrived(school)
    again = stage.ask("send", school, files=[file])
    expect(first.answer.run == run.pk, "Le numéro d’import montré n’est pas celui de l’import.")
    expect(again.deposits, "Le fichier n’est pas parti une seconde fois.")
    expect(not again.answer.refusal, f"Un refus est montré : {again.answer.refusal}.")
    expect(again.answer.run == run.pk, "Le second envoi ne montre pas l’import du premier.")


def _held(stage: Stage) -> None:
    school, _ = few_pupils(stage)
    stage.sandbox.bring(school, file_of(stage, school, school.population.pupils))
    half = school.population.pupils[::2]
    heard = stage.ask("send", school, files=[file_of(stage, school, half, send_number=2)])
    run = stage.arrived(school)
    expect(run.state == ImportRun.State.HELD, f"L’import est « {run.state} ».")
    expect(heard.answer.state == "held", f"L’état montré est « {heard.answer.state} ».")
    page = f"/imports/{run.pk}"
    expect(heard.answer.page.rstrip("/").endswith(page), "L’adresse où regarder n’est pas montrée.")
    expect(
        not heard.confirmations,
        "Le logiciel a tenté de confirmer ce qu’une personne doit regarder.",
    )


# What comes back


def _numbers(stage: Stage) -> None:
    school, _ = few_pupils(stage)
    unknown = [replace(one, ine="", ine_bea="", ine_rnie="") for one in school.population.pupils]
    stage.sandbox.bring(school, file_of(stage, school, unknown))
    stage.sandbox.pass_night(school)
    expect(all(one["ine"] for one in stage.sandbox.pupils(school)), "Le kit n’a pas donné d’INE.")
    _agrees(stage, school, stage.ask("take", school))


def _changes(stage: Stage) -> None:
    school, _ = few_pupils(stage)
    everybody = list(school.population.pupils)
    stage.sandbox.bring(school, file_of(stage, school, everybody[:-1]))
    with_one_more = stage.sandbox.bring(school, file_of(stage, school, everybody, send_number=2))
    _agrees(stage, school, stage.ask("take", school))
    # One is no longer of the year; another has a new key in the software of the school.
    stage.sandbox.undo(school, with_one_more)
    moved = [replace(everybody[0], id=everybody[0].id + 500), *everybody[1:-1]]
    stage.sandbox.bring(school, file_of(stage, school, moved, send_number=3))
    _agrees(stage, school, stage.ask("take", school))


def _read(stage: Stage) -> None:
    school, _ = few_pupils(stage)
    stage.sandbox.bring(school, file_of(stage, school, school.population.pupils))
    kinds = _OLD_EXPORTS if stage.software.reads_old else _NEW_EXPORTS
    files = [MadeFile(one.name, one.content) for one in stage.sandbox.exports(school, kinds)]
    _agrees(stage, school, stage.ask("read", school, files=files))


# What goes wrong on the way


def _cut(stage: Stage) -> None:
    heard, school = _spoiled(stage, Spoil.CUT)
    _once(stage, heard, school)


def _unavailable(stage: Stage) -> None:
    _waited(stage, Spoil.UNAVAILABLE)


def _too_many(stage: Stage) -> None:
    _waited(stage, Spoil.TOO_MANY)


def _wrong_token(stage: Stage) -> None:
    school, file = few_pupils(stage)
    stage.sandbox.withdraw(school)
    _told_no(stage.ask("send", school, files=[file]), "token.wrong")
    expect(not stage.sandbox.runs_of(school), "Un fichier est arrivé.")


def _out_of_scope(stage: Stage) -> None:
    school, file = few_pupils(stage)
    reads = [scope for scope in Scope if scope is not Scope.IMPORTS_WRITE]
    school = replace(school, token=stage.sandbox.token(school.uai, reads))
    _told_no(stage.ask("send", school, files=[file]), "token.out-of-scope")


def _stranger(stage: Stage) -> None:
    school, file = few_pupils(stage)
    heard = stage.ask("send", school, files=[file], at=stage.stranger)
    expect(not heard.calls, "Le logiciel a parlé à un site dont le certificat n’est pas le bon.")
    expect(not heard.answer.state, f"L’import est annoncé « {heard.answer.state} ».")


def _spoiled(stage: Stage, spoil: Spoil) -> tuple[Heard, SandboxSchool]:
    school, file = few_pupils(stage)
    stage.site.spoils.append(spoil)
    try:
        return stage.ask("send", school, files=[file]), school
    finally:
        stage.site.spoils.clear()


def _waited(stage: Stage, spoil: Spoil) -> None:
    heard, school = _spoiled(stage, spoil)
    _once(stage, heard, school)
    first, second = heard.deposits[:2]
    expect(second.at - first.at >= RETRY_AFTER, "Le logiciel n’a pas attendu le temps demandé.")


def _once(stage: Stage, heard: Heard, school: SandboxSchool) -> None:
    """See that a deposit that went wrong was asked again under its key, and done once."""
    expect(len(heard.deposits) > 1, "Le logiciel n’a pas envoyé de nouveau.")
    keys = {call.key for call in heard.deposits}
    expect(len(keys) == 1, f"Le même envoi est parti sous {len(keys)} clés d’idempotence.")
    found = stage.sandbox.runs_of(school)
    expect(len(found) == 1, f"{len(found)} imports pour un envoi.")
    expect(heard.answer.state == "applied", f"L’état montré est « {heard.answer.state} ».")
    expect(
        heard.answer.run == found[0].pk, "Le numéro d’import montré n’est pas celui de l’import."
    )


def _told_no(heard: Heard, code: str) -> None:
    said = heard.answer.refusal
    expect(
        said == code, f"Le refus montré est « {said} »." if said else "Aucun refus n’est montré."
    )
    expect(not heard.answer.state, f"L’import est annoncé « {heard.answer.state} ».")
    tries = sum(call.status in {401, 403} for call in heard.calls)
    expect(tries <= MOST_TRIES, f"Le logiciel a insisté : {tries} appels refusés.")


def _agrees(stage: Stage, school: SandboxSchool, heard: Heard) -> None:
    """See that the software holds the pupils of the base, and no other."""
    told = heard.answer.pupils
    expect(told is not None, "Le logiciel ne dit pas quels élèves il tient.")
    held = {_key(one): one for one in stage.sandbox.pupils(school)}
    said = {_key(one): one for one in told or ()}
    missing, more = sorted(set(held) - set(said)), sorted(set(said) - set(held))
    expect(not missing, f"Le logiciel ne tient pas : {_listed(missing)}.")
    expect(not more, f"Le logiciel tient encore : {_listed(more)}.")
    for key, one in held.items():
        for name in ("ine", "division"):
            here, there = one[name] or "", said[key].get(name) or ""
            expect(here == there, f"{_listed([key])}, {name} : « {there} » au lieu de « {here} ».")


def _key(pupil: Any) -> tuple[str, str]:
    return str(pupil.get("id") or ""), str(pupil.get("private_id") or "")


def _listed(keys: Iterable[tuple[str, str]]) -> str:
    return " ; ".join(f"élève {ours} (clé {theirs})" for ours, theirs in keys)


def few_pupils(stage: Stage) -> tuple[SandboxSchool, MadeFile]:
    """Make a school, and a clean file that it may send: a few pupils in school.

    Args:
        stage (Stage): where it is played.

    Returns:
        tuple[SandboxSchool, MadeFile]: the school, whose population is those pupils, and the file.
    """
    school = stage.sandbox.school()
    few = replace(school.population, pupils=school.population.present[:_PUPILS])
    school = replace(school, population=few)
    return school, file_of(stage, school, few.pupils)


def file_of(
    stage: Stage, school: SandboxSchool, pupils: list[Pupil], *, send_number: int = 1
) -> MadeFile:
    """Make a file of some pupils of a school, as the software would write it.

    Args:
        stage (Stage): where it is played.
        school (SandboxSchool): the school.
        pupils (list[Pupil]): the pupils.
        send_number (int): 1 for the first file.

    Returns:
        MadeFile: the file.
    """
    return private_file(
        replace(school.population, pupils=pupils),
        version=stage.software.writes,
        at=stage.sandbox.now,
        send_number=send_number,
        software=stage.software.name,
    )


_AGAIN: Final = "Le logiciel attend le temps demandé, puis reprend sous la même clé."
_NO: Final = "Le logiciel le montre à la personne, et n’insiste pas."
#: Code, title, what is expected, how it is played, whether it is of the short round.
_ALL: Final[tuple[tuple[str, str, str, Callable[[Stage], None], bool], ...]] = (
    ("first", "premier import", "L’import s’intègre, et la base tient les élèves de la situation.", _first, True),
    ("next-year", "année suivante", "Le fichier est de l’année demandée, et n’entre que là.", _next_year, False),
    ("resent", "mêmes octets, deux fois", "Le second envoi montre l’import du premier, sans erreur.", _resent, False),
    ("held", "import retenu", "Le logiciel montre où une personne regarde, et ne confirme rien.", _held, False),
    ("ine", "retour des INE", "Le logiciel tient l’INE de chaque élève.", _numbers, False),
    ("changes", "retrait, clé changée", "Le logiciel tient les élèves de l’année, et eux seuls.", _changes, False),
    ("read", "lecture des exports", "Le logiciel lit les fichiers d’export sans perdre un élève.", _read, False),
    ("cut", "ligne coupée", "L’envoi repart sous la même clé d’idempotence, et compte une fois.", _cut, True),
    ("unavailable", "service indisponible", _AGAIN, _unavailable, False),
    ("too-many", "trop d’appels", _AGAIN, _too_many, False),
    ("wrong-token", "jeton retiré", _NO, _wrong_token, True),
    ("out-of-scope", "jeton sans la portée", _NO, _out_of_scope, False),
    ("stranger", "certificat inconnu", "Le logiciel ne dit rien à un site qu’il ne connaît pas.", _stranger, False),
)  # fmt: skip
