"""`bascule backup`: copies of the whole base, the way back to an instant, and the drill that proves it."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.utils import timezone
from rich.markup import escape

from bascule.accounts.restored import Settled
from bascule.cli.asking import AsJson, actor, now
from bascule.cli.telling import console, print_json, tell
from bascule.errors import RefusedError
from bascule.ops import backups
from bascule.store.backups.copies import Copy
from bascule.store.base import open_base, reach_base

app = typer.Typer(add_completion=False)

Name = Annotated[
    str, typer.Argument(metavar="NOM", help="Son nom, que « list » donne ; la dernière, sinon.")
]

#: What a copy does not hold, and what must therefore be kept elsewhere.
_ELSEWHERE = (
    "Une sauvegarde ne contient pas les secrets : gardez ailleurs, et jamais avec elle, BASCULE_SEED_KEYS,"
    " BASCULE_SECRET_KEY et les mots de passe de la base (le dossier « secrets » de BASCULE_HOME pour la base"
    " intégrée), ainsi que ce qui déchiffre les sauvegardes."
)


class UnreadableInstantError(RefusedError):
    """An instant is not written as expected.

    Args:
        text (str): as typed.
    """

    code = "backup.instant"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"« {text} » n’est pas un instant : écrivez par exemple « 2026-11-26 14:05:00 »."
        )


class HomeOnlyError(RefusedError):
    """The base is not the embedded one, and nobody said where to put it."""

    code = "backup.into-missing"

    def __init__(self) -> None:
        super().__init__(
            "La base n’est pas celle du programme : donnez avec --into le dossier de données, neuf, d’où votre"
            " PostgreSQL repartira."
        )


@app.command("make", help="Fait une sauvegarde de toute la base, et la vérifie.")
def make(*, as_json: AsJson = False) -> None:
    """Make a copy.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        copy, gone = backups.make(at=now())
    sentence = f"Sauvegarde [bold]{copy.name}[/bold] faite et vérifiée : {_size(copy)}."
    if gone:
        sentence += f" {len(gone)} ancienne(s) sauvegarde(s) supprimée(s)."
    tell({**_as_json(copy), "forgotten": gone}, f"{sentence}\n{_ELSEWHERE}", as_json=as_json)


@app.command(
    "list", help="Montre les sauvegardes ; finit par 1 si la dernière a plus de 26 heures."
)
def list_(*, as_json: AsJson = False) -> int:
    """List the copies.

    Args:
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 1 when the last verified one is too old.
    """
    state = backups.state(at=now())
    if as_json:
        print_json(
            {
                "copies": [_as_json(copy) for copy in state.copies],
                "too_old": state.is_too_old,
                "last_drill": state.last_drill,
            }
        )
        return int(state.is_too_old)
    screen = console()
    for copy in state.copies:
        verified = (
            f"vérifiée le {_when(copy.verified_at)}"
            if copy.verified_at
            else "[bold]non vérifiée[/bold]"
        )
        secret = ", chiffrée" if copy.is_encrypted else ""
        screen.print(f"[bold]{copy.name}[/bold]  {_size(copy)}{secret}, {verified}")
    if settings.BASCULE_BACKUPS is None:
        screen.print("Aucun dossier de sauvegarde : donnez BASCULE_BACKUPS.")
    elif state.is_too_old:
        screen.print(
            "[bold]Aucune sauvegarde vérifiée depuis 26 heures[/bold] : « bascule backup make »."
        )
    if state.last_drill:
        began = datetime.fromisoformat(state.last_drill["at"])
        result = "réussi" if state.last_drill["is_well"] else "[bold]manqué[/bold]"
        screen.print(
            f"Dernier exercice : {_when(began)}, {result} en {state.last_drill['minutes']:g} min."
        )
    return int(state.is_too_old)


@app.command("verify", help="Relit une sauvegarde jusqu’au bout.")
def verify(name: Name = "", *, as_json: AsJson = False) -> None:
    """Verify a copy.

    Args:
        name (str): its name.
        as_json (bool): print an object instead of a sentence.
    """
    copy = backups.verify(name=name, at=now())
    tell(_as_json(copy), f"La sauvegarde {copy.name} est intacte : {_size(copy)}.", as_json=as_json)


@app.command(
    "restore", help="Remet la base d’une sauvegarde, jusqu’à la fin ou jusqu’à un instant."
)
def restore(
    *,
    name: Annotated[
        str,
        typer.Option(
            "--from", metavar="NOM", help="La sauvegarde ; la dernière qui convient, sinon."
        ),
    ] = "",
    until: Annotated[
        str,
        typer.Option(
            metavar="INSTANT",
            help="« 2026-11-26 14:05:00 », à l’heure de l’autorité ; la fin, sinon.",
        ),
    ] = "",
    into: Annotated[
        Path | None,
        typer.Option(metavar="DOSSIER", help="Dossier de données neuf, pour un PostgreSQL à vous."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a copy back.

    Args:
        name (str): the copy.
        until (str): the instant to come back to.
        into (Path | None): data folder of a server of one's own.
        as_json (bool): print an object instead of sentences.

    Raises:
        HomeOnlyError: if the base is not the embedded one, and no folder is given.
    """
    instant = _instant(until)
    if into is not None:
        copy = backups.prepare(name=name, until=instant, into=into.absolute())
        tell(
            _as_json(copy),
            f"Sauvegarde {copy.name} remise dans {escape(str(into))}. Donnez ce dossier à l’utilisateur de"
            " PostgreSQL, démarrez le serveur, puis lancez « bascule backup settle ».",
            as_json=as_json,
        )
        return
    if not settings.BASCULE_EMBEDDED:
        raise HomeOnlyError
    copy, settled = backups.restore(name=name, until=instant, actor=actor(), at=now())
    tell(
        {**_as_json(copy), "settled": asdict(settled)},
        f"La base est remise de la sauvegarde {copy.name}. {_settled(settled)}",
        as_json=as_json,
    )


@app.command(
    "settle", help="Après toute remise d’une sauvegarde : périme les codes et les sessions d’avant."
)
def settle(
    *,
    nothing_lost: Annotated[
        bool,
        typer.Option(
            "--nothing-lost",
            help="Rien n’a été perdu (changement de serveur, de version) : ne périme rien.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Même si rien ne montre que la base a été remise.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a base that came back safe to open.

    Args:
        nothing_lost (bool): whether nothing was lost.
        force (bool): whether to do it though nothing shows that the base came back.
        as_json (bool): print an object instead of sentences.
    """
    with reach_base():
        settled = backups.settle(
            origin="", nothing_lost=nothing_lost, actor=actor(), at=now(), forced=force
        )
    sentence = (
        "C’est noté : la base est de ce serveur, rien n’est périmé."
        if nothing_lost
        else _settled(settled)
    )
    tell(asdict(settled), sentence, as_json=as_json)


@app.command("drill", help="Exercice : sauvegarde, remet à part, compare tout, vérifie le journal.")
def drill(*, as_json: AsJson = False) -> int:
    """Try to bring the base back, beside it.

    Args:
        as_json (bool): print an object instead of sentences.

    Returns:
        int: 1 when it did not come back whole.
    """
    with open_base():
        done = backups.drill(actor=actor(), at=now())
    if as_json:
        print_json({**asdict(done), "is_well": done.is_well})
        return int(not done.is_well)
    screen = console()
    upto = (
        "jusqu’à l’instant de l’exercice" if done.is_to_the_instant else "telle qu’à la sauvegarde"
    )
    screen.print(
        f"Base remise {upto} en {done.restore_minutes:g} min ; exercice complet : {done.minutes:g} min."
    )
    screen.print(
        f"{done.compared} parts (une table, un établissement) comparées, {len(done.different)} différente(s) ;"
        f" {done.moving} écrite(s) pendant l’exercice."
    )
    for share in done.different:
        screen.print(f"  {escape(share)}")
    screen.print(
        "Journal : "
        + ("ROMPU pour " + ", ".join(done.broken) if done.broken else "intact partout.")
    )
    screen.print(
        "Index : amcheck n’est pas installé, rien n’est vérifié."
        if done.checked_indexes is None
        else f"Index : {done.checked_indexes} vérifiés."
    )
    return int(not done.is_well)


@app.command(
    "settings", help="Écrit ce qu’un PostgreSQL à vous doit savoir pour garder ce qui se passe."
)
def settings_(*, as_json: AsJson = False) -> None:
    """Print the settings of a server that keeps what happens between two copies.

    Args:
        as_json (bool): print an object instead of the lines of a file.
    """
    said = backups.server_settings()
    if as_json:
        print_json(said)
        return
    for name, value in said.items():
        quoted = value.replace("'", "''")
        print(f"{name} = '{quoted}'")


def _instant(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UnreadableInstantError(text) from None
    return said if said.tzinfo else timezone.make_aware(said)


def _settled(settled: Settled) -> str:
    return (
        f"{settled.buttons} clé(s) à bouton avancée(s), {settled.clocks} application(s) dont les codes en cours"
        f" sont périmés, {settled.sessions} session(s) terminée(s).\n"
        f"Codes d’activation périmés, à redonner : {settled.accounts} compte(s), {settled.keys} clé(s).\n"
        "Ce qui a été retiré depuis la sauvegarde est revenu : redéclarez les clés perdues, les jetons et les"
        " droits retirés."
    )


def _as_json(copy: Copy) -> dict[str, Any]:
    return {**asdict(copy), "name": copy.name, "pieces": [piece._asdict() for piece in copy.pieces]}


def _size(copy: Copy) -> str:
    return f"{copy.size / 1e6:.1f} Mo".replace(".", ",")


def _when(instant: datetime) -> str:
    return f"{timezone.localtime(instant):%d/%m/%Y %H:%M}"
