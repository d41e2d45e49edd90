"""People, and the rights they hold."""

from django.db import models
from django.db.models import F, Q

from bascule.accounts.profiles import Permission, Profile
from bascule.journal.models import KeptRow
from bascule.values.words import said as _


class Person(models.Model):
    """Somebody who may sign in. Named, never shared; a login is never given twice.

    Of no school: one person may hold rights in several. No State number is kept. Rows of people and of
    keys are locked `no_key`: a session that points at both is written after the answer, and would wait
    for one while it holds the other.
    """

    class State(models.TextChoices):
        """Whether the person may sign in."""

        INVITED = "invited", _("à activer")
        ACTIVE = "active", _("actif")
        DISABLED = "disabled", _("désactivé")

    id = models.BigAutoField(primary_key=True)
    login = models.CharField(max_length=60, unique=True)
    family_name = models.CharField(max_length=100)
    first_name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.INVITED)
    #: Argon2id, as `django.contrib.auth.hashers` writes it; blank until activated.
    password = models.CharField(max_length=200, blank=True)
    #: SHA-256 of the activation code on the letter; blank once used.
    activation_digest = models.BinaryField(default=b"")
    activation_ends_at = models.DateTimeField(null=True)
    #: Wrong passwords or codes in a row.
    failed_count = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    language = models.CharField(max_length=2, default="fr")
    #: Keys of the columns she chose for lists of pupils, with dots between; blank for the usual ones.
    list_columns = models.CharField(max_length=300, blank=True, db_default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(login=""), name="person_has_a_login"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class Right(KeptRow):
    """A person may do something in a school, or for the authority, for a time.

    A whole profile, or one permission that a head delegated. `uai` is the school, or `AUTORITE`; a
    right of the authority may be bound to one département. Both days are included.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="rights")
    profile = models.CharField(max_length=16, choices=Profile.choices())
    #: The one permission delegated; blank for all that the profile may.
    permission = models.CharField(max_length=32, blank=True, choices=Permission.choices())
    #: Code of the département, three characters (`077`); blank for the whole académie.
    department = models.CharField(max_length=3, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    #: Who gave it; null for the authority's own hand (a command, a file of heads).
    granted_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="rights_granted"
    )
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person"], name="right_of_person"),
            models.Index(fields=["uai", "person"], name="right_in_school"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="right_ends_later",
            ),
            # The State gives no end to a head; a delegation always has one.
            models.CheckConstraint(
                condition=Q(permission="") | Q(ends_on__isnull=False),
                name="right_delegated_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"right {self.pk}"
