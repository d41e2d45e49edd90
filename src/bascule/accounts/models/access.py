"""What is open: sessions of people, tokens of school software, support sessions; and tries to sign in."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q

from bascule.accounts.models.people import Person
from bascule.journal.models import KeptRow
from bascule.values.words import said as _


class Session(AbstractBaseSession):
    """One browser: before sign-in, between the password and the key, or signed in.

    A person lists hers and ends them. What was typed when one ended is kept in it for a while.
    """

    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="sessions")
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    #: What the browser says it is.
    agent = models.CharField(max_length=200, blank=True)
    key = models.ForeignKey(
        "accounts.Key", null=True, on_delete=models.SET_NULL, related_name="sessions"
    )

    class Meta:
        indexes = [models.Index(fields=["person"], name="session_of_person")]

    def __str__(self) -> str:
        return "session"


class SignInTries(models.Model):
    """Failed tries from one address, so that a list of logins cannot be walked through."""

    address = models.GenericIPAddressField(primary_key=True)
    failed_count = models.IntegerField()
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "sign-in tries"

    def __str__(self) -> str:
        return "sign-in tries"


class UnknownLoginTries(models.Model):
    """Failed tries on a login that nobody has: it is locked like any other, so that it looks like one.

    Only a keyed digest is kept: what was typed there may be a password.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    failed_count = models.SmallIntegerField()
    locked_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "tries on unknown logins"

    def __str__(self) -> str:
        return "tries on an unknown login"


class MachineToken(KeptRow):
    """A school's software may call the API in its name: least scope, shown once, kept as a digest."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    scopes = ArrayField(models.CharField(max_length=32))
    #: SHA-256 of the secret part.
    digest = models.BinaryField()
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)
    #: The token that takes its place, while both are good.
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["uai"], name="token_of_school")]
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_may_something"),
        ]

    def __str__(self) -> str:
        return f"token {self.pk}"


class SupportSession(KeptRow):
    """An agent of the help desk looks at a school's screens: asked, accepted, limited, read-only."""

    class State(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", _("demandée")
        OPEN = "open", _("ouverte")
        REFUSED = "refused", _("refusée")
        ENDED = "ended", _("terminée")

    id = models.BigAutoField(primary_key=True)
    #: The agent.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    minutes = models.SmallIntegerField()
    state = models.CharField(max_length=8, choices=State)
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["uai", "state"], name="support_in_school")]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__range=(5, 120)), name="support_is_short"),
        ]

    def __str__(self) -> str:
        return f"support session {self.pk}"


class SettledCall(models.Model):
    """A write that a school's software asked for under a key of its own: asked again, it gets the same answer."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    token_id = models.BigIntegerField()
    #: Chosen by the software.
    key = models.CharField(max_length=100)
    #: SHA-256 of what was asked: the same key for something else is a fault of the software.
    digest = models.BinaryField()
    status = models.SmallIntegerField()
    #: What was answered: numbers, codes and counts.
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_id", "key"], name="call_settled_once"),
        ]
        indexes = [models.Index(fields=["uai", "at"], name="settled_call_of_school")]

    def __str__(self) -> str:
        return f"call {self.pk}"
