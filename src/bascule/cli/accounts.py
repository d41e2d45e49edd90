"""`bascule accounts`: makes the first accounts of an authority, gives and withdraws rights, imports heads."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone
from rich.markup import escape

from bascule.accounts import by_hand, heads, heads_table, members, rights
from bascule.accounts.letters import site_address
from bascule.accounts.members import Member
from bascule.accounts.models import Right
from bascule.accounts.people import Newcomer
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.cli.asking import AsJson, actor, now
from bascule.cli.telling import console, print_json, tell
from bascule.schools.directory import known_school, school_numbers
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)

#: Trades that a command gives.
Trade = StrEnum(  # type: ignore[misc]
    "Trade",
    {one.name: one.code for one in by_hand.TRADES},
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
        made = by_hand.open_account(
            newcomer=Newcomer(family_name, first_name, email, is_homonym=homonym),
            **_given(profile, school, department, until),
        )
        login, address = made.person.login, f"{site_address()}/activation/"
    tell(
        _right_as_json(made.right, login) | {"code": made.code, "address": address},
        f"Compte [bold]{escape(login)}[/bold] : {escape(rights.in_words(made.right))}.\n"
        f"Code d’activation, montré cette seule fois : [bold]{made.code}[/bold]\n"
        f"À saisir dans les trente jours sur {escape(address)}",
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
        right = by_hand.give(login=login, **_given(profile, school, department, until))
    tell(
        _right_as_json(right, login),
        f"Droit n° {right.pk} donné à [bold]{escape(login)}[/bold] : {escape(rights.in_words(right))}.",
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
    tell(
        _right_as_json(done, login),
        f"Droit n° {right} retiré à [bold]{escape(login)}[/bold].",
        as_json=as_json,
    )


@app.command("list", help="Liste les comptes du rectorat, d’un établissement, ou d’un nom.")
def list_accounts(
    *,
    school: Where = "",
    find: Annotated[
        str,
        typer.Option(
            metavar="TEXTE", help="Début d’un nom ou d’un identifiant, partout.", show_default=False
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the accounts of a place, or those of a name, with their rights.

    Args:
        school (str): the school; blank for the authority.
        find (str): the beginning of a name or login; blank for everybody of the place.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        today = timezone.localdate(now())
        if find:
            found = members.found_as(query=find, uais=school_numbers(), today=today, at=now())
        else:
            uai = known_school(school).uai if school else AUTHORITY
            found = members.members_of(uai=uai, today=today, at=now())
    if as_json:
        print_json([_member_as_json(member) for member in found])
    else:
        _print_members(found)


def _print_members(found: Sequence[Member]) -> None:
    screen = console()
    for member in found:
        state = member.person.get_state_display()
        screen.print(
            f"[bold]{escape(member.person.login)}[/bold]  {escape(member.name)}  ({state})"
        )
        for right in member.rights:
            until = f" jusqu’au {right.ends_on:%d/%m/%Y}" if right.ends_on else ""
            screen.print(f"  n° {right.pk}, {right.uai} : {escape(rights.in_words(right))}{until}")
        if not member.rights:
            screen.print("  aucun droit")
    if not found:
        screen.print("Aucun compte.")


def _member_as_json(member: Member) -> dict[str, Any]:
    person = member.person
    return {
        "login": person.login,
        "name": member.name,
        "email": person.email or None,
        "state": person.state,
        "blocked": member.is_blocked,
        "key": member.key_state.value if member.key_state else None,
        "last_sign_in_at": member.last_sign_in_at.isoformat() if member.last_sign_in_at else None,
        "rights": [_right_as_json(right, person.login) for right in member.rights],
    }


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
    tell(
        {
            "applied": apply,
            "counts": {effect.code: count for effect, count in plan.counts.items()},
            "refused": [{"line": one.line.number, "reason": one.reason} for one in refused],
            "warnings": [
                {"line": one.line.number, "warning": warning}
                for one in plan.lines
                for warning in one.warnings
            ],
        },
        "\n".join(
            (
                *(
                    f"{escape(effect.label)} : {count}"
                    for effect, count in plan.counts.items()
                    if count
                ),
                *(f"  ligne {one.line.number}, refusée : {escape(one.reason)}" for one in refused),
                *(
                    f"  ligne {one.line.number}, à vérifier : {escape(warning)}"
                    for one in plan.lines
                    for warning in one.warnings
                ),
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
    school: Annotated[
        list[str] | None,
        typer.Option(
            "--school",
            metavar="UAI",
            help="D’un établissement seulement ; se répète.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the activation letters of heads; letters made before open nothing any more.

    Args:
        output (Path): the PDF to write.
        school (list[str] | None): of these schools only.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        today = timezone.localdate(now())
        uais = [known_school(uai).uai for uai in school or ()] or school_numbers()
        content = heads.letters_of_heads(uais=uais, actor=actor(), at=now(), today=today)
    # It holds codes that open accounts.
    output.unlink(missing_ok=True)
    output.touch(mode=0o600)
    output.write_bytes(content)
    tell({"file": str(output)}, f"Écrit : {escape(str(output))}", as_json=as_json)


def _given(profile: Trade, school: str, department: str, until: datetime | None) -> dict[str, Any]:
    at = now()
    return {
        "profile": Profile.of(profile.value),
        "uai": school,
        "department": department,
        "ends_on": until.date() if until else None,
        "actor": actor(),
        "at": at,
        "today": timezone.localdate(at),
    }


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
