"""One browser's way through the sign-in, by the verbs."""

from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils import timezone
from tests.cast import PASSWORD

from bascule.accounts import signin
from bascule.accounts.models import Person
from bascule.accounts.pending import Pending
from bascule.accounts.steps import Browser, SignedIn

HERE = Browser("192.0.2.1", "tests", "http://localhost")


def new_session() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore()


@dataclass
class Visit:
    """A browser, at an instant that only moves when told."""

    at: datetime = field(default_factory=timezone.now)
    session: Any = field(default_factory=new_session)
    browser: Browser = HERE

    def password(self, login: str | Person, password: str = PASSWORD) -> Pending:
        return signin.give_password(
            self.session,
            login=login.login if isinstance(login, Person) else login,
            password=password,
            at=self.at,
            browser=self.browser,
        )

    def code(self, code: str) -> SignedIn:
        return signin.give_code(self.session, code=code, at=self.at, browser=self.browser)

    def two_codes(self, first: str, second: str) -> SignedIn:
        return signin.give_two_codes(
            self.session, first=first, second=second, at=self.at, browser=self.browser
        )

    def paper(self, login: str, password: str, code: str) -> SignedIn:
        return signin.enter_while_locked(
            self.session,
            login=login,
            password=password,
            code=code,
            at=self.at,
            browser=self.browser,
        )
