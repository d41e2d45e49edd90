"""`bascule keys`: takes deliveries of keys into the stock, lists the fleet, changes what encrypts the seeds."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone
from rich.markup import escape

from bascule.accounts.keys import fleet, inventory, register, vault
from bascule.accounts.keys.moves import STATES
from bascule.accounts.keys.seed import SeedsPassphraseNeededError
from bascule.accounts.keys.seeds import SeedFile, read_seeds
from bascule.accounts.models import Key
from bascule.cli.asking import AsJson, actor, now
from bascule.cli.telling import console, print_json, tell
from bascule.schools import directory
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)

_STATES = ", ".join(STATES)
_KINDS = ", ".join(Key.Kind.values)


@app.command("import", help="Entre en stock les clés d’un fichier de fabricant (PSKC ou CSV).")
def import_keys(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FICHIER",
            exists=True,
            dir_okay=False,
            help="PSKC (XML), chiffré ou non, ou CSV.",
        ),
    ],
    *,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            metavar="CHEMIN",
            exists=True,
            dir_okay=False,
            help="Fichier dont la première ligne est la phrase secrète ou la clé de transport ; sinon elle est"
            " demandée au besoin.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Contrôle le fichier et ne prend rien.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a delivery into the stock.

    Args:
        file (Path): what the maker delivered.
        passphrase_file (Path | None): where what decrypts it is written.
        check (bool): only check it.
        as_json (bool): print an object instead of sentences.
    """
    seeds = _read(file.read_bytes(), passphrase_file)
    with open_base():
        found = fleet.check_delivery(seeds=seeds, today=timezone.localdate(now()))
        if not check:
            fleet.receive(seeds=seeds, actor=actor(), at=now())
    tell(
        {
            "keys": found.count,
            "kinds": dict(found.counts),
            "first": found.first,
            "last": found.last,
            "expired": found.expired_count,
            "file": found.digest,
            "form": found.form,
            "received": not check,
        },
        f"Clés {'contrôlées' if check else 'entrées en stock'} : [bold]{found.count}[/bold], de"
        f" {escape(found.first)} à {escape(found.last)}."
        + (f" {found.expired_count} ne sont déjà plus valables." if found.expired_count else ""),
        as_json=as_json,
    )


@app.command("list", help="Liste les clés du parc.")
def list_keys(
    *,
    state: Annotated[
        str, typer.Option(metavar="ÉTAT", help=f"Dans cet état seulement : {_STATES}.")
    ] = "",
    kind: Annotated[
        str, typer.Option(metavar="NATURE", help=f"De cette nature seulement : {_KINDS}.")
    ] = "",
    school: Annotated[
        str,
        typer.Option(metavar="UAI", help="Des personnes de cet établissement, ou dans sa réserve."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List keys.

    Args:
        state (str): in this state only.
        kind (str): of this kind only.
        school (str): of this school only.
        as_json (bool): print objects instead of sentences.
    """
    _known(state, STATES, "--state")
    _known(kind, Key.Kind.values, "--kind")
    with open_base():
        uai = directory.known_school(school).uai if school else ""
        found = _every(state=state, kind=kind, uai=uai)
    if as_json:
        print_json([_key_as_json(key) for key in found])
        return
    screen = console()
    for key in found:
        holder = f", {escape(key.person.login)}" if key.person else ""
        reserve = f", réserve {key.reserve}" if key.reserve else ""
        screen.print(
            f"[bold]{escape(key.serial or key.label or str(key.pk))}[/bold]  {register.name_of(key)},"
            f" {Key.State(key.state).label}{holder}{reserve}"
        )
    screen.print(f"{len(found)} clé(s).")


@app.command(
    "rotate", help="Chiffre à nouveau les graines avec la plus récente des BASCULE_SEED_KEYS."
)
def rotate(*, as_json: AsJson = False) -> None:
    """Encrypt the seeds anew.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        count = vault.rotate(actor=actor(), at=now())
    tell(
        {"seeds": count},
        f"Graines chiffrées à nouveau : [bold]{count}[/bold]. Les anciennes clés de BASCULE_SEED_KEYS peuvent être"
        " retirées sur toutes les machines.",
        as_json=as_json,
    )


def _read(content: bytes, passphrase_file: Path | None) -> SeedFile:
    if passphrase_file is not None:
        first, *_ = passphrase_file.read_text(encoding="utf-8").splitlines() or [""]
        return read_seeds(content=content, passphrase=first)
    try:
        return read_seeds(content=content)
    except SeedsPassphraseNeededError:
        if not sys.stdin.isatty():
            raise
    asked = typer.prompt("Phrase secrète ou clé de transport", hide_input=True, err=True)
    return read_seeds(content=content, passphrase=asked)


def _every(**filters: Any) -> list[Key]:
    first = inventory.find(**filters)
    pages = range(2, first.paginator.num_pages + 1)
    return [
        *first.object_list,
        *(key for page in pages for key in inventory.find(**filters, page=page).object_list),
    ]


def _known(given: str, choices: Any, option: str) -> None:
    if given and given not in choices:
        raise typer.BadParameter(given, param_hint=option)


def _key_as_json(key: Key) -> dict[str, Any]:
    return {
        "key": key.pk,
        "kind": key.kind,
        "state": key.state,
        "serial": key.serial,
        "person": key.person.login if key.person else None,
        "reserve": key.reserve or None,
        "received_at": key.received_at.isoformat(),
        "handed_at": key.handed_at.isoformat() if key.handed_at else None,
        "activated_at": key.activated_at.isoformat() if key.activated_at else None,
        "expires_on": key.expires_on.isoformat() if key.expires_on else None,
    }
