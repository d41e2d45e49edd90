"""`bascule profile`: the profiling of a school's year, and the pupils of closed MEF."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer
from rich.markup import escape

from bascule.cli.asking import AsJson, School, Year, actor, now
from bascule.cli.counts import plural
from bascule.cli.telling import console, print_json, tell
from bascule.errors import RefusedError
from bascule.preparation import offers, profiling, successors
from bascule.preparation.profiling import Done
from bascule.schools.directory import known_school
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

_Add = Annotated[
    list[str] | None, typer.Option("--add", metavar="CODE", help="À retenir ; répétable.")
]
_Remove = Annotated[
    list[str] | None, typer.Option("--remove", metavar="CODE", help="À retirer ; répétable.")
]
_Mef = Annotated[str, typer.Argument(metavar="MEF", help="Onze caractères.")]


class NoMoveError(RefusedError):
    """No move of the year can be taken back.

    Args:
        year (int): first calendar year.
    """

    code = "move.none"

    def __init__(self, year: int) -> None:
        super().__init__(f"Aucun déplacement de {school_year.label(year)} n’est à annuler.")
        self.year = year


@app.command("show", help="Montre les MEF retenus, leurs programmes et ce qui manque pour valider.")
def show(*, school: School, year: Year, as_json: AsJson = False) -> None:
    """Show where the profiling stands.

    Args:
        school (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = known_school(school).uai
        state = offers.state_of(uai=uai, year=year)
        programmes = offers.programmes(uai=uai, year=year)
        moves = successors.moves(uai=uai, year=year)
    if as_json:
        print_json(
            {
                "school": uai,
                "year": year,
                "release": state.release.number if state.release else None,
                "mefs": [asdict(one) for one in programmes],
                "closed": list(state.closed),
                "without_programme": state.without_programme,
                "to_compute": state.is_to_compute,
                "subjects": state.subject_count,
                "origins": state.origin_count,
                "refusal": state.refusal,
                "moves": [asdict(one) for one in moves],
            }
        )
        return
    screen = console()
    received = f"diffusion n° {state.release.number}" if state.release else "aucune diffusion reçue"
    screen.print(f"[bold]{uai}[/bold], {school_year.label(year)}, {received}")
    for one in programmes:
        closed = "  fermé" if one.code in state.closed else ""
        screen.print(
            f"  {one.code}  {escape(one.label)} : {one.core_count} matières communes,"
            f" {one.optional_count} optionnelles{closed}"
        )
    screen.print(
        f"  {plural(state.subject_count, 'matière')}, {plural(state.origin_count, 'formation')} d’origine"
    )
    for move in moves:
        screen.print(
            f"  Déplacement {move.act_id} du {move.at:%d/%m/%Y} : {move.old} vers {move.new},"
            f" {plural(move.pupil_count, 'élève')}"
        )
    screen.print(state.refusal or "Le profilage peut être validé.")


@app.command("mefs", help="Retient des MEF, ou en retire.")
def mefs(
    *,
    school: School,
    year: Year,
    add: _Add = None,
    remove: _Remove = None,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Retire même ceux qui ont des élèves ou des divisions."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Retain MEF, and take others out.

    Args:
        school (str): the school.
        year (int): first calendar year.
        add (list[str] | None): codes to retain.
        remove (list[str] | None): codes to take out.
        confirm (bool): even those that have pupils or divisions.
        as_json (bool): print an object instead of a sentence.
    """
    choose = partial(profiling.choose_mefs, confirmed=confirm)
    _choose(choose, school, year, add, remove, as_json=as_json)


@app.command("subjects", help="Garde des matières optionnelles, ou en laisse.")
def subjects(
    *, school: School, year: Year, add: _Add = None, remove: _Remove = None, as_json: AsJson = False
) -> None:
    """Keep subjects that may be options, and leave others.

    Args:
        school (str): the school.
        year (int): first calendar year.
        add (list[str] | None): codes to keep.
        remove (list[str] | None): codes to leave.
        as_json (bool): print an object instead of a sentence.
    """
    _choose(profiling.choose_subjects, school, year, add, remove, as_json=as_json)


@app.command("origins", help="Dit les MEF dont les élèves peuvent venir.")
def origins(
    *, school: School, year: Year, add: _Add = None, remove: _Remove = None, as_json: AsJson = False
) -> None:
    """Say which MEF pupils may come from.

    Args:
        school (str): the school.
        year (int): first calendar year.
        add (list[str] | None): codes that they may come from.
        remove (list[str] | None): codes that they may not.
        as_json (bool): print an object instead of a sentence.
    """
    _choose(profiling.choose_origins, school, year, add, remove, as_json=as_json)


@app.command("etp", help="Dit la matière qui porte les heures d’un MEF professionnel.")
def etp(
    mef: _Mef,
    subject: Annotated[
        str, typer.Argument(metavar="[MATIERE]", help="Six chiffres ; rien : aucune.")
    ] = "",
    *,
    school: School,
    year: Year,
    as_json: AsJson = False,
) -> None:
    """Say which subject holds the hours of a vocational MEF.

    Args:
        mef (str): the MEF.
        subject (str): the subject; blank for none.
        school (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        done = profiling.choose_etp(
            uai=known_school(school).uai,
            year=year,
            subjects={mef: subject},
            actor=actor(),
            at=now(),
        )
    _tell(done, as_json=as_json)


@app.command("compute", help="Lance le profilage : calcule les programmes des MEF retenus.")
def compute(*, school: School, year: Year, as_json: AsJson = False) -> None:
    """Compute programmes.

    Args:
        school (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        done = profiling.compute(uai=known_school(school).uai, year=year, actor=actor(), at=now())
    _tell(done, as_json=as_json)


@app.command("validate", help="Valide le profilage, même sans changement.")
def validate(*, school: School, year: Year, as_json: AsJson = False) -> None:
    """Validate the profile.

    Args:
        school (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        done = profiling.validate(uai=known_school(school).uai, year=year, actor=actor(), at=now())
    sentence = f"Profilage validé ; {plural(len(done.confirmed), 'structure')} confirmées."
    if done.to_see:
        sentence += f" À revoir : {', '.join(map(escape, done.to_see))}."
    tell(asdict(done), sentence, as_json=as_json)


@app.command("move", help="Déplace élèves et divisions d’un MEF vers un autre, en un seul acte.")
def move(
    old: Annotated[str, typer.Argument(metavar="ANCIEN", help="MEF d’avant.")],
    new: Annotated[str, typer.Argument(metavar="NOUVEAU", help="MEF d’après.")],
    *,
    school: School,
    year: Year,
    as_json: AsJson = False,
) -> None:
    """Move all that has a MEF to another.

    Args:
        old (str): the MEF before.
        new (str): the MEF after.
        school (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        done = successors.move_to_successor(
            uai=known_school(school).uai, year=year, old=old, new=new, actor=actor(), at=now()
        )
    tell(
        asdict(done),
        f"{plural(done.pupil_count, 'élève')} de {done.old} vers {done.new}"
        f" ({plural(len(done.divisions), 'structure')}) ; « bascule profile undo-move"
        f" {done.act_id} » l’annule.",
        as_json=as_json,
    )


@app.command("undo-move", help="Annule un déplacement : le dernier, ou celui qu’on nomme.")
def undo_move(
    act_id: Annotated[
        int | None, typer.Argument(metavar="[ACTE]", help="Son numéro, dans « show ».")
    ] = None,
    *,
    school: School,
    year: Year,
    as_json: AsJson = False,
) -> None:
    """Take a move back.

    Args:
        act_id (int | None): its act; None for the last one.
        school (str): the school.
        year (int): first calendar year.
        as_json (bool): print an object instead of a sentence.

    Raises:
        NoMoveError: if there is none.
    """
    with open_base():
        uai = known_school(school).uai
        if act_id is None:
            made = successors.moves(uai=uai, year=year)
            if not made:
                raise NoMoveError(year)
            act_id = made[0].act_id
        done = successors.undo_move(uai=uai, year=year, act_id=act_id, actor=actor(), at=now())
    kept = [*done.kept_pupils, *done.kept_structures]
    sentence = f"Déplacement {act_id} annulé."
    if kept:
        sentence += f" Modifiés depuis, laissés tels quels : {', '.join(map(escape, kept))}."
    tell(asdict(done), sentence, as_json=as_json)


def _choose(
    choose: Callable[..., Done],
    school: str,
    year: int,
    add: list[str] | None,
    remove: list[str] | None,
    *,
    as_json: bool,
) -> None:
    with open_base():
        done = choose(
            uai=known_school(school).uai,
            year=year,
            added=add or (),
            removed=remove or (),
            actor=actor(),
            at=now(),
        )
    _tell(done, as_json=as_json)


def _tell(done: Done, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done))
        return
    screen = console()
    if not done.is_changed:
        screen.print("Rien n’a changé.")
    for word, codes in (("Ajoutés", done.added), ("Retirés", done.removed)):
        if codes:
            screen.print(f"{word} : {', '.join(map(escape, codes))}.")
    if done.is_changed and not (done.added or done.removed):
        screen.print("Fait.")
