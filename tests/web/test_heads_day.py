"""A head's whole day without the rectorat, through the pages: she delegates, a secretary activates, works,
loses her key, two persons give her another, and what was delegated ends at its date."""

import base64
import io
import re
from datetime import timedelta
from typing import Any

from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from pyotp import TOTP
from pypdf import PdfReader
from tests.cast import PASSWORD, Cast, browser
from tests.exchange.ready_school import YEAR
from tests.keys_of import totp_key

from bascule.accounts.models import Key, Person, Right
from bascule.accounts.profiles import Permission, Profile
from bascule.store.policies import open_schools

CHOSEN = "quatre vents sur la lagune"


def test_a_heads_whole_day(cast: Cast) -> None:
    head = sign_in(cast.head, totp_key(cast.head, seed=b"seed of the head, 20 b").code())
    deputy_key = give_a_deputy(cast)
    staff = f"/e/{cast.school}/personnel/"

    # She makes an account for a new secretary, and prints her letter.
    head.post(
        f"{staff}nouveau/",
        {"family_name": "Dupré", "first_name": "Léa", "email": "", "profile": "secretary"},
    )
    lea = Person.objects.get(login="lea.dupre")
    letter = head.post(f"{staff}{lea.pk}/lettre/")

    # The secretary activates it, with an application on her telephone.
    desk, application = activate(lea, code_in(letter.content, groups=5))
    assert desk.get(f"/e/{cast.school}/{YEAR}/eleves/").status_code == 200
    assert desk.get(f"{staff}").status_code == 403

    # The head delegates one more right, to a date.
    until = timezone.localdate() + timedelta(days=20)
    permission = Permission.TRAIL_SCHOOL
    head.post(
        f"{staff}{lea.pk}/",
        {"permissions": [permission.code], "ends_on": f"{until:%d/%m/%Y}"},
    )
    assert right_of(cast, lea, permission).ends_on == until

    # She loses her telephone. Two persons of the school give her a code for another; no rectorat.
    page = f"{staff}{lea.pk}/cle/"
    head_key = Key.objects.get(person=cast.head)
    head_key.counter = 0
    head_key.save()
    done = head.post(
        page,
        {
            "reason": "lost",
            "given": "activation",
            "code": totp_code(b"seed of the head, 20 b"),
            "second_login": "denis.adjoint",
            "second_code": deputy_key.code(),
        },
    )
    assert done.headers["Location"] == f"{page}code/"
    assert desk.get("/").status_code == 302, "what her lost key opened is closed"
    again = code_in_text(head.get(f"{page}code/").content.decode())
    desk, other = activate(lea, again, password=f"{CHOSEN} encore")
    assert desk.get(f"/e/{cast.school}/{YEAR}/eleves/").status_code == 200
    assert application != other

    # What was delegated ends by itself on the day after its last.
    assert holds(cast, lea, permission)
    move_back(right_of(cast, lea, permission), days=21)
    assert not holds(cast, lea, permission)


def sign_in(person: Person, code: str) -> Client:
    client = browser()
    client.post("/connexion/", {"login": person.login, "password": PASSWORD})
    assert client.post("/connexion/cle/", {"code": code}).headers["Location"] == "/"
    return client


def give_a_deputy(cast: Cast) -> Any:
    cast.give("denis.adjoint", Profile.DELEGATE, permission=Permission.KEYS_LOCAL)
    return totp_key(cast.person("denis.adjoint"), seed=b"seed of the deputy 20b")


def activate(person: Person, code: str, *, password: str = CHOSEN) -> tuple[Client, str]:
    """Go from the code of a letter to the portal; gives the browser and the seed of the application."""
    client = browser()
    client.post("/activation/", {"login": person.login, "letter_code": code})
    chosen = client.post(
        "/activation/mot-de-passe/", {"password": password, "password_again": password}
    )
    assert chosen.headers["Location"] == "/activation/cle/"
    page: Any = client.get("/activation/cle/application/")
    seed = page.context["written_seed"]
    added = client.post(
        "/activation/cle/application/",
        {"code": TOTP(seed.replace(" ", "")).now(), "label": "Téléphone"},
    )
    assert added.headers["Location"] == "/moi/cles/papier/"
    return client, seed


def code_in(pdf: bytes, *, groups: int) -> str:
    return code_in_text(PdfReader(io.BytesIO(pdf)).pages[0].extract_text(), groups=groups)


def code_in_text(text: str, *, groups: int = 5) -> str:
    found = re.search("-".join(["[0-9A-Z]{4}"] * groups), text)
    assert found is not None
    return found[0]


def totp_code(seed: bytes) -> str:
    return TOTP(base64.b32encode(seed).decode()).now()


def right_of(cast: Cast, person: Person, permission: Permission) -> Right:
    with transaction.atomic():
        open_schools(cast.school)
        return Right.objects.get(person=person, permission=permission.code)


def holds(cast: Cast, person: Person, permission: Permission) -> bool:
    return browser(person).get(f"/e/{cast.school}/journal/").status_code == 200


def move_back(right: Right, *, days: int) -> None:
    """Let days pass for a right alone: its dates move back, as the owner of the table can."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_right NO FORCE ROW LEVEL SECURITY")
        cursor.execute("ALTER TABLE accounts_right DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE accounts_right SET starts_on = starts_on - %s, ends_on = ends_on - %s WHERE id = %s",
            [days, days, right.pk],
        )
        cursor.execute("ALTER TABLE accounts_right ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE accounts_right FORCE ROW LEVEL SECURITY")
