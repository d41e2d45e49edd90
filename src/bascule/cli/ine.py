"""`bascule ine`: ask for national numbers, see where they stand, and whose one is."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from rich.markup import escape

from bascule.cli import persons
from bascule.cli.asking import AsJson, actor, now
from bascule.cli.counts import plural
from bascule.cli.schools import Uai, YearGiven
from bascule.cli.telling import console, print_json, tell
from bascule.errors import RefusedError
from bascule.ine import national
from bascule.ine.matching.levels import COMPARISONS
from bascule.ine.matching.model import Model
from bascule.ine.queue import Filters, disputes
from bascule.ine.settle import SchoolSettled, settle_schools
from bascule.ine.standing import overview, resolve, standing
from bascule.ine.weights import learn_weights, model_in_force, put_in_force
from bascule.schools.directory import known_school, school_numbers
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)

_national = typer.Typer(
    help="Demande les INE à un service national, par le réseau ou par fichiers."
)
app.add_typer(_national, name="national")
app.add_typer(persons.app, name="person")

DONE, FAULT = 0, 1

_Uais = Annotated[
    list[str] | None, typer.Argument(metavar="[UAI]…", help="Les établissements, par leur numéro.")
]
_All = Annotated[bool, typer.Option("--all", help="Tous les établissements de l’annuaire.")]


class WhoseNumbersError(RefusedError):
    """Neither schools nor all of them, or both."""

    code = "ine.which-schools"

    def __init__(self) -> None:
        super().__init__("Donnez les numéros des établissements, ou --all pour tous.")


@app.command("settle", help="Demande les INE des élèves nouveaux ou modifiés, et les donne.")
def settle(
    year: YearGiven,
    uais: _Uais = None,
    *,
    every: _All = False,
    again: Annotated[
        bool, typer.Option("--again", help="Redemande aussi ceux en litige ou en erreur.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Ask for the numbers of schools; stopped, it is begun again and does what is left.

    Args:
        year (int): first calendar year.
        uais (list[str] | None): the schools.
        every (bool): all of them.
        again (bool): ask again about those in dispute or in error.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 1 when a school could not be asked for, else 0.
    """
    with open_base():
        wanted = _schools(uais, every=every)
        screen = console()
        settled: list[SchoolSettled] = []
        for one in settle_schools(uais=wanted, year=year, actor=actor(), clock=now, again=again):
            settled.append(one)
            if not as_json:
                screen.print(f"[bold]{one.uai}[/bold]  {escape(_told(one))}")
    if as_json:
        print_json(
            [
                {
                    "school": one.uai,
                    "sentence": one.sentence,
                    **(asdict(one.done) if one.done else {}),
                }
                for one in settled
            ]
        )
    return FAULT if any(one.done is None for one in settled) else DONE


@app.command("status", help="Compte, par établissement, les INE connus, donnés et manquants.")
def status(
    year: YearGiven, uais: _Uais = None, *, every: _All = False, as_json: AsJson = False
) -> None:
    """Count the numbers of schools.

    Args:
        year (int): first calendar year.
        uais (list[str] | None): the schools.
        every (bool): all of them.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        found = overview(year=year, uais=_schools(uais, every=every))
    if as_json:
        print_json([{**asdict(one), "to_ask": one.to_ask} for one in found])
        return
    for one in found:
        console().print(
            f"[bold]{one.uai}[/bold]  {escape(one.name)} : {one.known} INE"
            f" pour {plural(one.pupils, 'élève')} ; {one.given} donnés, {one.to_take} à réexporter,"
            f" {one.disputes} en litige, {one.errors} en erreur, {one.blocked} bloqués, {one.to_ask} à demander."
        )


@app.command(
    "missing", help="Liste les élèves d’un établissement qui n’ont pas d’INE, et pourquoi."
)
def missing(year: YearGiven, uai: Uai, *, as_json: AsJson = False) -> None:
    """List the pupils of a school who have no number, and why.

    Args:
        year (int): first calendar year.
        uai (str): the school.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        known_school(uai)
        found = standing(uai=uai, year=year).without
    if as_json:
        print_json(
            [
                {
                    "pupil": one.student_id,
                    "division": one.division,
                    "state": one.stand.value,
                    "reason": one.reason,
                }
                for one in found
            ]
        )
        return
    for one in found:
        words = one.words
        console().print(
            f"{escape(one.name)} ({escape(one.division)}) : {one.stand.label}."
            + (f" {words.why} {words.remedy}" if words else "")
        )
    console().print(f"{plural(len(found), 'élève')} sans INE.")


@app.command("disputes", help="Liste les demandes d’INE en litige, la plus ancienne d’abord.")
def list_disputes(
    *,
    year: Annotated[
        int | None, typer.Option("--year", metavar="AAAA", help="D’une année scolaire.")
    ] = None,
    uai: Annotated[str, typer.Option("--school", metavar="UAI", help="D’un établissement.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the requests in dispute.

    Args:
        year (int | None): of a school year.
        uai (str): of a school.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        queue = disputes(at=now(), filters=Filters(year=year, uai=uai))
    if as_json:
        rows = [
            {key: value for key, value in asdict(row).items() if key != "name"}
            for row in queue.rows
        ]
        print_json({"count": queue.count, "by_reason": queue.by_reason, "disputes": rows})
        return
    for row in queue.rows:
        console().print(
            f"n° {row.request_id}  [bold]{row.uai}[/bold] {row.year}, depuis {plural(row.days, 'jour')} :"
            f" {escape(row.words.why)}"
        )
    console().print(f"{plural(queue.count, 'demande')} en litige.")


@app.command("who", help="Dit à qui est un INE, retiré ou non, et celui qui est en vigueur.")
def who(
    number: Annotated[str, typer.Argument(metavar="INE", help="Onze caractères.")],
    *,
    as_json: AsJson = False,
) -> int:
    """Tell whose a number is.

    Args:
        number (str): an INE.
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 1 when it is nobody's.
    """
    with open_base():
        found = resolve(number)
    if found.person_id is None:
        sentence = f"L’INE {escape(found.number)} n’est celui de personne dans le répertoire."
    elif found.is_retired:
        sentence = f"L’INE {found.number} est retiré : celui de cet élève est {found.in_force}."
    else:
        sentence = f"L’INE {found.number} est en vigueur (identité n° {found.person_id})."
    content = {**asdict(found), "kind": found.kind.value if found.kind else None}
    tell({**content, "is_retired": found.is_retired}, sentence, as_json=as_json)
    return FAULT if found.person_id is None else DONE


@app.command("learn", help="Apprend, sur la base, ce que valent les ressemblances, et l’écrit.")
def learn(
    to: Annotated[Path, typer.Option("--to", help="Le fichier à écrire.", dir_okay=False)],
    *,
    seed: Annotated[int, typer.Option(help="La graine des tirages.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Learn the weights of matching on this base; they are in force once `weights` says so.

    Args:
        to (Path): the file to write.
        seed (int): of what is drawn at random.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        model = learn_weights(seed=seed, at=now())
    to.write_text(model.to_json(), "utf-8")
    counts = f"{model.training['persons']} identités, {model.training['records']} fiches"
    tell(
        model.training,
        f"Poids appris sur {counts}, écrits dans {to}.{_unmet(model)}\n"
        f"Pour les appliquer : bascule ine weights {to}",
        as_json=as_json,
    )


def _unmet(model: Model) -> str:
    """Say which ways of being alike the base holds no example of."""
    unmet = set(model.training.get("unmet", ()))
    told = [
        f"{comparison.label.lower()} : {level.words}"
        for comparison in COMPARISONS
        for level in comparison.levels
        if f"{comparison.field}.{level.code}" in unmet
    ]
    if not told:
        return ""
    return f"\nLa base n’en donne aucun exemple, ils ne compteront pas : {' ; '.join(told)}."


@app.command("weights", help="Met en vigueur des poids appris, ou ceux livrés avec le programme.")
def weights(
    file: Annotated[Path | None, typer.Argument(help="Le fichier de `learn`.", exists=True)] = None,
    *,
    shipped: Annotated[bool, typer.Option("--shipped", help="Ceux du programme.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put weights in force, or tell which ones are.

    Args:
        file (Path | None): what `learn` wrote.
        shipped (bool): those of the program.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        if file or shipped:
            text = file.read_text("utf-8") if file and not shipped else None
            model = put_in_force(text=text, actor=actor(), at=now())
        else:
            model = model_in_force()
    about = model.training
    tell(
        about,
        f"Poids en vigueur : appris le {about['at'][:10]} sur {about['persons']} identités et"
        f" {about['records']} fiches ({about['source']}).",
        as_json=as_json,
    )


@_national.command("exchange", help="Envoie les demandes par le réseau, et prend les réponses.")
def exchange(*, as_json: AsJson = False) -> None:
    """Ask the outside service by HTTP.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        done = national.exchange(
            transport=national.over_http(settings.BASCULE_INE_SERVICE), actor=actor(), at=now()
        )
    tell(asdict(done), _exchanged(done), as_json=as_json)


@_national.command("write", help="Écrit le fichier des demandes, à porter au service national.")
def write(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Où l’écrire.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Write the requests as a file.

    Args:
        file (Path): where.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        lines = national.lines_to_send()
        file.write_bytes(national.written(lines))
        national.note_sent(lines, actor=actor(), at=now())
    sentence = f"{plural(len(lines), 'demande')} dans {escape(str(file))}."
    tell({"sent": len(lines), "file": str(file)}, sentence, as_json=as_json)


@_national.command("read", help="Prend le fichier des réponses du service national.")
def read(
    file: Annotated[
        Path, typer.Argument(metavar="FICHIER", exists=True, dir_okay=False, help="Les réponses.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Take the answers of a file.

    Args:
        file (Path): the answers.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        answers = national.read(file.read_bytes())
        done = national.take(answers=answers, actor=actor(), at=now())
    tell(asdict(done), _exchanged(done), as_json=as_json)


def _exchanged(done: national.Exchanged) -> str:
    answers = ", ".join(f"{count} {outcome}" for outcome, count in done.outcomes.items())
    told = answers or "aucune réponse"
    return f"{done.given} INE reçus ({told}) ; la prochaine demande des établissements les donne."


def _schools(uais: list[str] | None, *, every: bool) -> list[str]:
    if every == bool(uais):
        raise WhoseNumbersError
    for uai in uais or ():
        known_school(uai)
    return list(school_numbers()) if every else list(uais or ())


def _told(one: SchoolSettled) -> str:
    if one.done is None:
        return one.sentence
    done = one.done
    return (
        f"{plural(done.asked, 'élève')} : {done.linked} reconnus, {done.created} nouveaux,"
        f" {done.given} INE donnés ; {done.disputes} en litige, {done.errors} en erreur."
    )
