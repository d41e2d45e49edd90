"""The steps of a sign-in, as a browser takes them."""

import re
from typing import Any

from django.test import Client
from tests.cast import PASSWORD

from bascule.accounts.models import Person


def give_password(client: Client, person: Person, password: str = PASSWORD, query: str = "") -> Any:
    return client.post(f"/connexion/{query}", {"login": person.login, "password": password})


def give_code(client: Client, code: str) -> Any:
    return client.post("/connexion/cle/", {"code": code})


def text_of(answer: Any) -> str:
    """Read a page as a person does."""
    html = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", answer.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
