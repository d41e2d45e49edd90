"""Keys, their paper codes, and the register of all that happens to them."""

from django.db import models
from django.db.models import Q

from bascule.accounts.models.people import Person
from bascule.values.words import said as _


class Key(models.Model):
    """What proves, besides a password, that it is the person: in the stock, in a hand, lost, back.

    Seeds are encrypted by `bascule.accounts.keys.vault`; the base alone opens nothing.
    """

    class Kind(models.TextChoices):
        """What it is."""

        TOTP = "totp", _("application d’authentification")
        HOTP = "hotp", _("clé OTP")
        PASSKEY = "passkey", _("clé d’accès")
        PAPER = "paper", _("codes sur papier")
        CERTIFICATE = "certificate", _("clé API (certificat)")

    class State(models.TextChoices):
        """Where it is in its life."""

        STOCK = "stock", _("en stock")
        HANDED = "handed", _("remise, à activer")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspendue")
        LOST = "lost", _("perdue")
        RETURNED = "returned", _("rendue")
        EXPIRED = "expired", _("expirée")
        WITHDRAWN = "withdrawn", _("retirée")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="keys")
    #: Written on the object, or chosen by the person.
    serial = models.CharField(max_length=60, blank=True)
    label = models.CharField(max_length=60, blank=True)
    #: School that keeps the key in its own drawer until it is handed over; blank for the authority's.
    reserve = models.CharField(max_length=8, blank=True, default="", db_default="")
    #: Encrypted seed of a one-time key.
    seed = models.BinaryField(default=b"")
    algorithm = models.CharField(max_length=6, default="SHA1")
    digits = models.SmallIntegerField(default=6)
    #: Seconds that a code lasts (TOTP).
    period = models.SmallIntegerField(default=30)
    #: HOTP: the next counter expected. TOTP: the first step not used. Passkey: signatures seen.
    counter = models.BigIntegerField(default=0)
    credential_id = models.BinaryField(null=True)
    public_key = models.BinaryField(null=True)
    #: Subject of a client certificate, as the front server passes it on.
    subject = models.CharField(max_length=250, blank=True)
    received_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    expires_on = models.DateField(null=True)
    #: SHA-256 of the code that activates a key handed over; blank once used.
    activation_digest = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "serial"], condition=~Q(serial=""), name="key_serial_once"
            ),
            models.UniqueConstraint(fields=["credential_id"], name="key_credential_once"),
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(state="active") & ~Q(subject=""),
                name="key_subject_opens_one_account",
            ),
        ]
        indexes = [models.Index(fields=["person", "state"], name="key_of_person")]

    def __str__(self) -> str:
        return f"key {self.pk} ({self.kind})"


class PaperCode(models.Model):
    """One code of a sheet, good once; only its digest is kept."""

    id = models.BigAutoField(primary_key=True)
    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="codes")
    digest = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "digest"], name="paper_code_once_on_sheet"),
        ]

    def __str__(self) -> str:
        return f"paper code {self.pk}"


class KeyEvent(models.Model):
    """One line of the register of keys: lines are only added."""

    id = models.BigAutoField(primary_key=True)
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    #: What happened (`received`, `handed`, `activated`, `lost`, `suspended`, `replaced`…).
    kind = models.CharField(max_length=20)
    #: Who did it; two logins when two persons were needed.
    actor = models.CharField(max_length=150)
    #: Who held the key then.
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["key", "id"], name="event_of_key")]

    def __str__(self) -> str:
        return f"key event {self.pk} ({self.kind})"
