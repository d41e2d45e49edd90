"""`bascule ine person`: see a person of the directory, separate a record, merge two persons, keep them apart, undo."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape

from bascule.cli.asking import AsJson, actor, now
from bascule.cli.counts import plural
from bascule.cli.schools import Uai, YearGiven
from bascule.cli.telling import console, print_json, tell
from bascule.ine import answers, finding, merges, persons, reviewing
from bascule.journal.access import Visitor
from bascule.schools.directory import known_school
from bascule.store.base import open_base

app = typer.Typer(
    help="Les identités du répertoire : qui est qui, et ce que les agents en décident.",
    add_completion=False,
)

_Person = Annotated[int, typer.Argument(metavar="IDENTITÉ", help="Le numéro de l’identité.")]
_Other = Annotated[int, typer.Argument(metavar="AUTRE", help="Celui de l’autre identité.")]
_Merge = Annotated[int, typer.Argument(metavar="FUSION", help="Le numéro de la fusion.")]
_Why = Annotated[str, typer.Option("--why", metavar="TEXTE", help="Ce qui le montre.")]


@app.command("find", help="Cherche des identités par INE, ou par nom, prénom et date de naissance.")
def find(
    text: Annotated[str, typer.Argument(metavar="TEXTE", help="Un INE, ou un nom et un prénom.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Find persons.

    Args:
        text (str): an INE, or names.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        found = finding.find(text=text, visitor=Visitor(actor()), at=now())
    if as_json:
        print_json([one._asdict() for one in found])
        return
    for one in found:
        number = one.number or "sans INE"
        console().print(f"n° {one.person_id}  {escape(one.name)}, {escape(one.birth)} : {number}")
    console().print(f"{plural(len(found), 'identité')}.")


@app.command("show", help="Montre une identité : ses INE, ses fiches, ce qui a été décidé.")
def show(person: _Person, *, as_json: AsJson = False) -> None:
    """Show a person.

    Args:
        person (int): the person.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        found = persons.person(person_id=person, visitor=Visitor(actor()), at=now())
    if as_json:
        print_json(_told(found))
        return
    screen = console()
    screen.print(f"[bold]n° {found.person_id}[/bold]  {escape(found.name)}")
    for number in found.numbers:
        screen.print(f"  {number.number} {'en vigueur' if number.is_in_force else 'retiré'}")
    for link in found.links:
        asked = f"{link.year} " if link.year else ""
        screen.print(f"  {link.uai} {asked}fiche {link.student_id} : {escape(link.how)}")
    for edge in found.merges:
        state = edge.merge.get_state_display()
        screen.print(f"  fusion n° {edge.merge.pk} ({state}) : {escape(' / '.join(edge.names))}")
    for apart in found.aparts:
        screen.print(f"  n’est pas n° {apart.person_id} {escape(apart.name)}")
    for one in found.decisions:
        line = one.decision
        screen.print(f"  décision n° {line.pk}, {line.actor} : {line.get_kind_display()}")


@app.command(
    "split", help="Sépare une fiche de son identité : elle devient celle d’un autre élève."
)
def split(
    uai: Uai,
    year: YearGiven,
    pupil: Annotated[int, typer.Argument(metavar="FICHE", help="Le numéro de la fiche.")],
    *,
    why: _Why,
    as_json: AsJson = False,
) -> None:
    """Separate a record from its person.

    Args:
        uai (str): its school.
        year (int): first calendar year.
        pupil (int): the record.
        why (str): what shows it.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        known_school(uai)
        done = answers.split(uai=uai, year=year, student_id=pupil, why=why, actor=actor(), at=now())
    tell(asdict(done), f"Séparée : son INE est {done.number}.", as_json=as_json)


@app.command(
    "merge", help="Demande que deux identités n’en fassent qu’une ; un autre agent confirme."
)
def merge(person: _Person, other: _Other, *, why: _Why, as_json: AsJson = False) -> None:
    """Ask that two persons be one.

    Args:
        person (int): a person.
        other (int): another one.
        why (str): what shows it.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        asked = merges.ask_merge(one_id=person, other_id=other, why=why, actor=actor(), at=now())
    tell(
        {"merge": asked}, f"Fusion n° {asked} demandée : un autre agent y répond.", as_json=as_json
    )


@app.command("merges", help="Liste les fusions qui attendent un second agent.")
def list_merges(*, as_json: AsJson = False) -> None:
    """List the merges to be confirmed.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        found = persons.waiting_merges(actor=actor())
    if as_json:
        print_json([_edge(one) for one in found])
        return
    for one in found:
        pair = f"n° {one.merge.one_id} et n° {one.merge.other_id}"
        console().print(f"fusion n° {one.merge.pk} : {pair}, demandée par {one.merge.asked_by}")
    console().print(f"{plural(len(found), 'fusion')} à confirmer.")


@app.command("confirm", help="Confirme une fusion qu’un autre agent a demandée.")
def confirm(number: _Merge, *, as_json: AsJson = False) -> None:
    """Confirm a merge.

    Args:
        number (int): the merge.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        reviewing.confirm_merge(merge_id=number, actor=actor(), at=now())
    tell({"merge": number}, f"Fusion n° {number} confirmée.", as_json=as_json)


@app.command("refuse", help="Refuse une fusion qu’un autre agent a demandée.")
def refuse(number: _Merge, *, why: _Why, as_json: AsJson = False) -> None:
    """Refuse a merge.

    Args:
        number (int): the merge.
        why (str): what shows it.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        reviewing.refuse_merge(merge_id=number, why=why, actor=actor(), at=now())
    tell({"merge": number}, f"Fusion n° {number} refusée.", as_json=as_json)


@app.command("apart", help="Déclare que deux identités sont deux élèves différents.")
def apart(person: _Person, other: _Other, *, why: _Why, as_json: AsJson = False) -> None:
    """Say that two persons are different.

    Args:
        person (int): a person.
        other (int): another one.
        why (str): what shows it.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        merges.keep_apart(one_id=person, other_id=other, why=why, actor=actor(), at=now())
    tell({"persons": [person, other]}, "C’est noté : deux élèves différents.", as_json=as_json)


@app.command("together", help="Retire la déclaration que deux identités sont différentes.")
def together(person: _Person, other: _Other, *, why: _Why, as_json: AsJson = False) -> None:
    """Take back that two persons are different.

    Args:
        person (int): a person.
        other (int): another one.
        why (str): what shows it.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        merges.withdraw_apart(one_id=person, other_id=other, why=why, actor=actor(), at=now())
    tell({"persons": [person, other]}, "La déclaration est retirée.", as_json=as_json)


@app.command("undo", help="Annule une décision : tout est comme avant elle.")
def undo(
    decision: Annotated[int, typer.Argument(metavar="DÉCISION", help="Son numéro.")],
    *,
    why: _Why,
    as_json: AsJson = False,
) -> None:
    """Take a decision back.

    Args:
        decision (int): the decision.
        why (str): what shows it.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        reviewing.undo(decision_id=decision, why=why, actor=actor(), at=now())
    tell({"decision": decision}, f"Décision n° {decision} annulée.", as_json=as_json)


@app.command("again", help="Redemande au service national l’INE d’un élève qu’il a refusé.")
def again(
    uai: Uai,
    request: Annotated[int, typer.Argument(metavar="DEMANDE", help="Le numéro de la demande.")],
    *,
    why: _Why,
    as_json: AsJson = False,
) -> None:
    """Ask the outside service again about a pupil.

    Args:
        uai (str): the school.
        request (int): the request.
        why (str): what changed.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        known_school(uai)
        answers.ask_national_again(uai=uai, request_id=request, why=why, actor=actor(), at=now())
    tell({"request": request}, "La demande repart avec les prochaines.", as_json=as_json)


def _told(found: persons.PersonFile) -> dict[str, Any]:
    return {
        "person": found.person_id,
        "is_retired": found.is_retired,
        "merged": [one.person_id for one in found.civils],
        "numbers": [one._asdict() for one in found.numbers],
        "records": [
            {
                "school": one.uai,
                "year": one.year,
                "pupil": one.student_id,
                "since": one.since,
                "request": one.request_id,
                "state": one.state,
            }
            for one in found.links
        ],
        "merges": [_edge(one) for one in found.merges],
        "apart": [one.person_id for one in found.aparts],
        "decisions": [
            {
                "decision": one.decision.pk,
                "at": one.decision.at,
                "by": one.decision.actor,
                "kind": one.decision.kind,
                "why": one.decision.why,
                "may_undo": one.may_undo,
            }
            for one in found.decisions
        ],
    }


def _edge(one: persons.OneMerge) -> dict[str, Any]:
    edge = one.merge
    return {
        "merge": edge.pk,
        "persons": [edge.one_id, edge.other_id],
        "state": edge.state,
        "asked_by": edge.asked_by,
        "asked_at": edge.asked_at,
    }
