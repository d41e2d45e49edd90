"""`bascule software`: the register of qualified software, the keys it believes, what schools send with."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone
from rich.markup import escape

from bascule.cli.asking import AsJson, Year, actor, now
from bascule.cli.counts import plural
from bascule.cli.telling import console, print_json, tell
from bascule.errors import RefusedError
from bascule.qualification import keys, register, reports, usage
from bascule.qualification.models import Qualification, TrustedKey
from bascule.qualification.standing import day_of, read_register, state_of
from bascule.schools.directory import school_numbers
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)
keys_app = typer.Typer(add_completion=False)
app.add_typer(keys_app, name="keys", help="Les clés dont la signature d’un rapport est reconnue.")

Name = Annotated[
    str, typer.Argument(metavar="LOGICIEL", help="Nom du logiciel, tel que ses fichiers le disent.")
]
Version = Annotated[
    str, typer.Option("--version", metavar="VERSION", help="Sa version ; rien pour toutes.")
]


class NothingToQualifyError(RefusedError):
    """Neither a report nor a name was given, or both."""

    code = "software.nothing-to-qualify"

    def __init__(self) -> None:
        super().__init__(
            "Donnez le rapport signé par le kit ; ou, sans rapport, --name, --editor et --reason."
        )


@app.command("list", help="Montre le registre : logiciels, versions, dates, retraits.")
def list_(*, as_json: AsJson = False) -> None:
    """Show the register.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    today = timezone.localtime(now()).date()
    with open_base():
        rows = read_register().rows
    if as_json:
        print_json({"software": [_row(one, today) for one in rows]})
        return
    screen = console()
    for one in rows:
        screen.print(_sentence(one, today))
    if not rows:
        screen.print(
            "Le registre est vide : tout logiciel convient. « bascule software qualify » y inscrit."
        )


@app.command("used", help="Dit avec quels logiciels les établissements envoient vraiment.")
def used(year: Year, *, as_json: AsJson = False) -> None:
    """Show what schools send with.

    Args:
        year (int): first calendar year.
        as_json (bool): print an object instead of sentences.
    """
    today = timezone.localtime(now()).date()
    with open_base():
        found = usage.in_use(uais=school_numbers(), year=year)
        known = read_register()
    told = [
        (one, known.standing(software=one.software, version=one.version, today=today))
        for one in found
    ]
    if as_json:
        print_json(
            {
                "software": [
                    {
                        "software": one.software,
                        "version": one.version,
                        "schools": one.schools,
                        "last_at": one.last_at,
                        "formats": list(one.formats),
                        "state": standing.state.value,
                    }
                    for one, standing in told
                ]
            }
        )
        return
    screen = console()
    for one, standing in told:
        screen.print(
            f"[bold]{escape(one.software)}[/bold] {escape(one.version) or '(version non dite)'} :"
            f" {plural(one.schools, 'établissement')} ; {standing.state.label}."
        )
    if not told:
        screen.print("Aucun établissement n’a encore envoyé de fichier pour cette année.")


@app.command("qualify", help="Qualifie un logiciel, sur un rapport signé ou à la main.")
def qualify(
    report: Annotated[
        Path | None,
        typer.Argument(metavar="RAPPORT", help="Rapport signé par le kit.", exists=True, dir_okay=False),
    ] = None,
    *,
    name: Annotated[str, typer.Option("--name", metavar="LOGICIEL", help="À la main : son nom.")] = "",
    version: Version = "",
    editor: Annotated[str, typer.Option("--editor", metavar="NOM", help="À la main : son éditeur.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option("--from", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Premier jour ; sinon aujourd’hui."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Dernier jour ; sinon sans fin."),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXTE", help="Raison : à la main, ou d’une dérogation.")
    ] = "",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Qualify a software.

    Args:
        report (Path | None): the signed report; None to qualify by hand.
        name (str): by hand, the software.
        version (str): by hand, its version; blank for any.
        editor (str): by hand, who makes it.
        since (datetime | None): first day; None for today.
        until (datetime | None): last day; None for no end.
        reason (str): why by hand, or in spite of what did not pass.
        as_json (bool): print an object instead of a sentence.
    """
    if (report is None) == (not name) or (report is not None and version):
        raise NothingToQualifyError
    at = now()
    today = timezone.localtime(at).date()
    shared: dict[str, Any] = {
        "starts_on": since.date() if since else today,
        "ends_on": until.date() if until else None,
        "reason": reason,
        "actor": actor(),
        "at": at,
    }
    with open_base():
        if report is not None:
            row = reports.qualify_from_report(content=report.read_bytes(), **shared)
        else:
            row = register.qualify(editor=editor, software=name, version=version, **shared)
    tell(_row(row, today), _sentence(row, today), as_json=as_json)


@app.command("withdraw", help="Retire une qualification ; les établissements lisent la raison.")
def withdraw(
    name: Name,
    *,
    version: Version = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXTE", help="Raison.")],
    as_json: AsJson = False,
) -> None:
    """Withdraw a qualification.

    Args:
        name (str): the software.
        version (str): its version, as the register writes it.
        why (str): why.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        found = register.find(software=name, version=version)
        row = register.withdraw(qualification_id=found.pk, why=why, actor=actor(), at=now())
    today = timezone.localtime(now()).date()
    tell(_row(row, today), _sentence(row, today), as_json=as_json)


@app.command("restore", help="Annule le retrait d’une qualification.")
def restore(name: Name, *, version: Version = "", as_json: AsJson = False) -> None:
    """Take a withdrawal back.

    Args:
        name (str): the software.
        version (str): its version, as the register writes it.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        found = register.find(software=name, version=version)
        row = register.restore(qualification_id=found.pk, actor=actor(), at=now())
    today = timezone.localtime(now()).date()
    tell(_row(row, today), _sentence(row, today), as_json=as_json)


@keys_app.command("list", help="Liste les clés, les retirées aussi.")
def list_keys(*, as_json: AsJson = False) -> None:
    """List the keys.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        found = keys.trusted_keys()
    if as_json:
        print_json({"keys": [_key(one) for one in found]})
        return
    screen = console()
    for one in found:
        removed = (
            f", retirée le {timezone.localtime(one.removed_at):%d/%m/%Y}" if one.removed_at else ""
        )
        screen.print(f"{one.fingerprint}  {escape(one.holder)}{removed}")
    if not found:
        screen.print("Aucune clé n’est reconnue : « bascule software keys add » en ajoute une.")


@keys_app.command("add", help="Reconnaît une clé.")
def add_key(
    fingerprint: Annotated[str, typer.Argument(metavar="EMPREINTE", help="Celle que le kit donne.")],
    *,
    holder: Annotated[str, typer.Option("--holder", metavar="NOM", help="Qui la détient.")],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Believe a key.

    Args:
        fingerprint (str): of the key.
        holder (str): whose it is.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        row = keys.trust_key(fingerprint=fingerprint, holder=holder, actor=actor(), at=now())
    tell(_key(row), f"La clé de {escape(row.holder)} est reconnue.", as_json=as_json)


@keys_app.command("remove", help="Ne reconnaît plus une clé ; ce qu’elle a qualifié reste.")
def remove_key(
    fingerprint: Annotated[str, typer.Argument(metavar="EMPREINTE", help="Celle de la liste.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Believe a key no more.

    Args:
        fingerprint (str): of the key.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        row = keys.distrust_key(fingerprint=fingerprint, actor=actor(), at=now())
    tell(_key(row), f"La clé de {escape(row.holder)} n’est plus reconnue.", as_json=as_json)


def _sentence(row: Qualification, today: date) -> str:
    version = row.version or "(toutes versions)"
    until = f" jusqu’au {row.ends_on:%d/%m/%Y}" if row.ends_on else ""
    ground = "rapport signé" if row.report_digest else f"à la main : {row.reason}"
    withdrawn = (
        f", le {day_of(row, today=today):%d/%m/%Y} : {escape(row.withdrawn_why)}"
        if row.withdrawn_at
        else ""
    )
    return (
        f"[bold]{escape(row.software)}[/bold] {escape(version)}, {escape(row.editor)} :"
        f" {state_of(row, today=today).label}{withdrawn} ; du {row.starts_on:%d/%m/%Y}{until} ; {escape(ground)}"
    )


def _row(row: Qualification, today: date) -> dict[str, Any]:
    return {
        "editor": row.editor,
        "software": row.software,
        "version": row.version,
        "state": state_of(row, today=today).value,
        "from": row.starts_on,
        "until": row.ends_on,
        "report": row.report_digest,
        "key": row.key_fingerprint,
        "kit": row.kit_version,
        "totals": row.totals,
        "exceptions": row.exceptions,
        "reason": row.reason,
        "by": row.qualified_by,
        "withdrawn_at": row.withdrawn_at,
        "withdrawn_why": row.withdrawn_why,
    }


def _key(row: TrustedKey) -> dict[str, Any]:
    return {
        "fingerprint": row.fingerprint,
        "holder": row.holder,
        "added_at": row.added_at,
        "added_by": row.added_by,
        "removed_at": row.removed_at,
    }
