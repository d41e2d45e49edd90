"""`bascule accounts`: makes the first accounts of an authority, gives and withdraws rights, imports heads."""

import json
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bascule.accounts import activation, heads, heads_table, members, people, rights
from bascule.accounts.models import Right
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.cli.asking import AsJson, actor, now
from bascule.errors import RefusedError
from bascule.schools.directory import known_school, school_numbers
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)

#: Trades that a command gives; the others are a delegation and a support session.
Trade = StrEnum(  # type: ignore[misc]
    "Trade",
    {one.name: one.code for one in Profile if one not in {Profile.DELEGATE, Profile.SUPPORT}},
)

Login = Annotated[str, typer.Argument(metavar="IDENTIFIANT", help="Identifiant du compte.")]
TradeGiven = Annotated[Trade, typer.Option("--profile", help="Le métier.", show_default=False)]
Where = Annotated[
    str,
    typer.Option(
        "--school",
        metavar="UAI",
        help="Numéro UAI, pour un métier d’établissement.",
        show_default=False,
    ),
]
Department = Annotated[
    str,
    typer.Option(
        "--department", metavar="DDD", help="Pour le rectorat, un seul département (077).",
        show_default=False,
    ),
]  # fmt: skip
Until = Annotated[
    datetime | None,
    typer.Option("--until", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Dernier jour."),
]


class WrongPlaceError(RefusedError):
    """The trade is not exercised there.

    Args:
        profile (Profile): the trade.
    """

    code = "right.wrong-place"

    def __init__(self, profile: Profile) -> None:
        where = (
            "au rectorat : retirez --school" if profile.is_of_authority else "dans un établissement : donnez --school"
        )  # fmt: skip
        super().__init__(f"Le métier « {profile.label} » s’exerce {where}.")
        self.profile = profile


@app.command(
    "add", help="Crée un compte, lui donne un métier, et montre une fois son code d’activation."
)
def add(
    family_name: Annotated[str, typer.Argument(metavar="NOM", help="Nom de famille.")],
    first_name: Annotated[str, typer.Argument(metavar="PRENOM", help="Prénom.")],
    *,
    profile: TradeGiven,
    school: Where = "",
    department: Department = "",
    until: Until = None,
    email: Annotated[
        str, typer.Option(metavar="ADRESSE", help="Courriel.", show_default=False)
    ] = "",
    homonym: Annotated[
        bool, typer.Option("--homonym", help="Crée un second compte pour les mêmes noms.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make an account with its first right.

    Args:
        family_name (str): the family name.
        first_name (str): the first name.
        profile (Trade): the trade.
        school (str): the school, for a trade of a school.
        department (str): one département, for a trade of the authority.
        until (datetime | None): last day.
        email (str): an address.
        homonym (bool): make a second account of the same names.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        trade, uai = _placed(profile, school)
        signed: dict[str, Any] = {"uai": uai, "actor": actor(), "at": now()}
        person = people.create(
            family_name=family_name,
            first_name=first_name,
            email=email,
            is_homonym=homonym,
            **signed,
        )
        _give(person.login, trade, uai, department, until)
        code = activation.reissue(person_id=person.pk, **signed)
    _tell(
        {"login": person.login, "code": code, "school": uai, "profile": trade.code},
        f"Compte [bold]{escape(person.login)}[/bold] : {escape(trade.label)}.\n"
        f"Code d’activation, montré cette seule fois : [bold]{code}[/bold]\n"
        "À saisir sur la page /activation/ dans les trente jours.",
        as_json=as_json,
    )


@app.command("give", help="Donne un métier à un compte.")
def give(
    login: Login,
    *,
    profile: TradeGiven,
    school: Where = "",
    department: Department = "",
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Give a right to an account.

    Args:
        login (str): the account.
        profile (Trade): the trade.
        school (str): the school, for a trade of a school.
        department (str): one département, for a trade of the authority.
        until (datetime | None): last day.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        trade, uai = _placed(profile, school)
        right = _give(login, trade, uai, department, until)
    _tell(
        _right_as_json(right, login),
        f"Droit n° {right.pk} donné à [bold]{escape(login)}[/bold] : {escape(trade.label)}.",
        as_json=as_json,
    )


@app.command("withdraw", help="Retire un droit, tout de suite.")
def withdraw(
    right: Annotated[int, typer.Argument(metavar="DROIT", help="Numéro du droit.")],
    *,
    school: Where = "",
    as_json: AsJson = False,
) -> None:
    """Withdraw a right.

    Args:
        right (int): its number.
        school (str): its school; blank for the authority.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        uai = known_school(school).uai if school else AUTHORITY
        done = rights.withdraw(right_id=right, uai=uai, actor=actor(), at=now())
        login = done.person.login
    _tell(
        _right_as_json(done, login),
        f"Droit n° {right} retiré à [bold]{escape(login)}[/bold].",
        as_json=as_json,
    )


@app.command("list", help="Liste les comptes du rectorat, ou d’un établissement.")
def list_accounts(*, school: Where = "", as_json: AsJson = False) -> None:
    """List the accounts of a place with their rights.

    Args:
        school (str): the school; blank for the authority.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        uai = known_school(school).uai if school else AUTHORITY
        found = members.members_of(uai=uai, today=timezone.localdate(now()), at=now())
    if as_json:
        _print_json(
            [
                _right_as_json(right, member.person.login)
                for member in found
                for right in member.rights
            ]
        )
        return
    console = _console()
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("Identifiant", "Nom", "État", "Droit", "N°", "Jusqu’au"):
        table.add_column(title, no_wrap=True)
    for member in found:
        for right in member.rights:
            table.add_row(
                member.person.login,
                member.name,
                member.person.get_state_display(),
                rights.in_words(right),
                str(right.pk),
                f"{right.ends_on:%d/%m/%Y}" if right.ends_on else "",
            )
    console.print(table if found else f"Aucun compte : {uai}.")


@app.command(
    "import-heads",
    help="Lit une table de chefs d’établissement ; avec --apply, crée leurs comptes.",
)
def import_heads(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FICHIER", exists=True, dir_okay=False,
            help="CSV : UAI;nom;prénom;courriel[;début][;fin].",
        ),
    ],
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Crée les comptes et donne les droits.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Read a table of heads, and apply it when asked.

    Args:
        file (Path): the table.
        apply (bool): make the accounts.
        as_json (bool): print an object instead of sentences.
    """
    content = file.read_bytes()
    with open_base():
        today = timezone.localdate(now())
        plan = (
            heads_table.apply_heads(
                content=content, uais=None, digest=None, actor=actor(), at=now(), today=today
            )
            if apply
            else heads_table.plan_heads(content=content, uais=None, today=today)
        )
    refused = [one for one in plan.lines if one.effect is heads_table.Effect.REFUSED]
    _tell(
        {
            "applied": apply,
            "counts": {effect.code: count for effect, count in plan.counts.items()},
            "refused": [{"line": one.line.number, "reason": one.reason} for one in refused],
        },
        "\n".join(
            (
                *(
                    f"{count} {escape(effect.label)}"
                    for effect, count in plan.counts.items()
                    if count
                ),
                *(f"  ligne {one.line.number} : {escape(one.reason)}" for one in refused),
                "C’est fait." if apply else "Rien n’est écrit : relancez avec --apply.",
            )
        ),
        as_json=as_json,
    )


@app.command("letters", help="Écrit les lettres d’activation des chefs d’établissement, en PDF.")
def letters(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FICHIER", help="PDF à écrire.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Write the activation letters of heads; letters made before open nothing any more.

    Args:
        output (Path): the PDF to write.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        today = timezone.localdate(now())
        content = heads.letters_of_heads(
            uais=school_numbers(), actor=actor(), at=now(), today=today
        )
    output.touch(mode=0o600)
    output.write_bytes(content)
    _tell({"file": str(output)}, f"Écrit : {escape(str(output))}", as_json=as_json)


def _placed(profile: Trade, school: str) -> tuple[Profile, str]:
    trade = Profile.of(profile.value)
    if trade.is_of_authority == bool(school):
        raise WrongPlaceError(trade)
    return trade, known_school(school).uai if school else AUTHORITY


def _give(login: str, trade: Profile, uai: str, department: str, until: datetime | None) -> Right:
    return rights.give(
        person=people.person_by_login(login),
        profile=trade,
        uai=uai,
        department=department,
        starts_on=timezone.localdate(now()),
        ends_on=until.date() if until else None,
        actor=actor(),
        at=now(),
    )


def _right_as_json(right: Right, login: str) -> dict[str, Any]:
    return {
        "right": right.pk,
        "login": login,
        "profile": right.profile,
        "permission": right.permission or None,
        "school": right.uai,
        "department": right.department or None,
        "from": right.starts_on.isoformat(),
        "to": right.ends_on.isoformat() if right.ends_on else None,
    }


def _tell(content: object, sentence: str, *, as_json: bool) -> None:
    if as_json:
        _print_json(content)
    else:
        _console().print(sentence)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=2))
