"""The tables of the academic base: its nights, what each school sent, and every version of every line.

The base is these rows; the Parquet files are written from them and can be written again. A line is never
changed: its version ends with a night and another begins, so the base of any night is still there.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bascule.values.words import said as _


class Night(models.Model):
    """One passage over schools: the evening's, one that somebody asked for, or one done again."""

    class Origin(models.TextChoices):
        """Why it was begun."""

        EVENING = "evening", _("chaque soir")
        ASKED = "asked", _("à la demande")
        REPLAY = "replay", _("rejouée")

    class State(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned", _("demandée")
        RUNNING = "running", _("en cours")
        DONE = "done", _("terminée")
        INCOMPLETE = "incomplete", _("terminée avec des échecs")

    id = models.BigAutoField(primary_key=True)
    #: The authority's own.
    uai = models.CharField(max_length=8)
    #: The evening it counts for.
    day = models.DateField()
    origin = models.CharField(max_length=8, choices=Origin)
    #: The night it does again.
    replays_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State)
    asked_by = models.CharField(max_length=150)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    #: Digest of the whole base when the night ended.
    digest = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"night {self.pk}"


class Transfer(models.Model):
    """A school's year in a night: what went up, what stayed, and whether all agree."""

    class State(models.TextChoices):
        """Where it stands: a line of the night waits, its lines are in the base, its files are read back."""

        TO_DO = "to-do", _("à faire")
        SENT = "sent", _("envoyé, accusé de réception attendu")
        ACKED = "acked", _("accusé de réception complet")
        PARTIAL = "partial", _("accusé de réception avec des fiches non reçues")
        FAILED = "failed", _("en échec")

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    night_id = models.BigIntegerField()
    #: The evening of the night: nights are the authority's, and their rows out of a school's reach.
    day = models.DateField()
    year = models.SmallIntegerField()
    state = models.CharField(max_length=7, choices=State)
    at = models.DateTimeField(null=True)
    #: Last act of the school when it was compared: nothing moved while there is no later one.
    seen_act_id = models.BigIntegerField(null=True)
    #: The transfer whose lines still stand: itself, or the last one in which something moved.
    lines_id = models.BigIntegerField(null=True)
    sent_count = models.IntegerField(default=0)
    unchanged_count = models.IntegerField(default=0)
    withdrawn_count = models.IntegerField(default=0)
    blocked_count = models.IntegerField(default=0)
    refused_count = models.IntegerField(default=0)
    #: National numbers that this night brought to pupils who had none.
    given_count = models.IntegerField(default=0)
    #: Pupils of the last file, of the school's records, and of the academic base.
    file_count = models.IntegerField(null=True)
    school_count = models.IntegerField(default=0)
    base_count = models.IntegerField(default=0)
    #: Pupils whose line in the base is not the school's record.
    difference_count = models.IntegerField(default=0)
    #: Whether each difference has its reason.
    is_reconciled = models.BooleanField(null=True)
    #: By division: pupils and digest of the lines in the base.
    divisions = models.JSONField(default=dict)
    #: Digest of all lines of the school's year in the base.
    digest = models.BinaryField(null=True)
    #: Of the content: another catalogue sends everything again.
    catalogue = models.CharField(max_length=10, blank=True)
    #: French: why it failed.
    sentence = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["night_id", "uai", "year"], name="transfer_once_in_night"
            ),
        ]
        indexes = [models.Index(fields=["uai", "year", "-id"], name="transfer_by_school_year")]

    def __str__(self) -> str:
        return f"transfer {self.pk} of {self.uai} {self.year}"


class Line(models.Model):
    """The acknowledgement of one pupil who moved, or who is kept back."""

    class Outcome(models.TextChoices):
        """What became of the pupil in the base."""

        ADDED = "added", _("ajouté")
        CHANGED = "changed", _("modifié")
        RESENT = "resent", _("renvoyé, sans changement")
        WITHDRAWN = "withdrawn", _("retiré")
        BLOCKED = "blocked", _("bloqué avant l’envoi")
        REFUSED = "refused", _("refusé par la base académique")

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    transfer_id = models.BigIntegerField()
    student_id = models.BigIntegerField()
    outcome = models.CharField(max_length=9, choices=Outcome)
    #: Codes: what changed, why it was refused or withdrawn, or the rules that block it.
    reasons = ArrayField(models.CharField(max_length=24))
    division = models.CharField(max_length=8, blank=True)
    #: The national number that came back with the acknowledgement.
    given_ine = models.CharField(max_length=11, blank=True)
    #: For a line withdrawn: the pupil who now bears its national number.
    replaced_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["transfer_id", "outcome"], name="line_of_transfer")]

    def __str__(self) -> str:
        return f"line {self.pk} of {self.uai}"


class Version(models.Model):
    """What every table of the base carries: whose line it is, and the nights it holds for."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    #: `ELEVE_ID`: the key of the school.
    student_id = models.BigIntegerField()
    #: The night that brought it, and the one that ended it; null while it is in force.
    from_night = models.BigIntegerField()
    to_night = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class Record(Version):
    """One pupil of one school for one year, as the academic base knows the pupil. Nationality is apart."""

    ine = models.CharField(max_length=11, null=True)
    family_name = models.CharField(max_length=100)
    usual_name = models.CharField(max_length=100, null=True)
    first_name = models.CharField(max_length=100)
    second_name = models.CharField(max_length=100, null=True)
    third_name = models.CharField(max_length=100, null=True)
    sex = models.CharField(max_length=1, null=True)
    birth_date = models.DateField()
    birth_country = models.CharField(max_length=3, null=True)
    birth_commune = models.CharField(max_length=5, null=True)
    birth_town = models.CharField(max_length=32, null=True)
    address = ArrayField(models.CharField(max_length=38), null=True)
    postcode = models.CharField(max_length=5, null=True)
    town = models.CharField(max_length=32, null=True)
    country = models.CharField(max_length=3, null=True)
    #: `level kinship profession` of each, without who they are.
    guardians = ArrayField(models.CharField(max_length=8), null=True)
    entered_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    exit_reason = models.CharField(max_length=2, null=True)
    regime = models.CharField(max_length=2, null=True)
    is_repeating = models.BooleanField(null=True)
    grants = ArrayField(models.CharField(max_length=5), null=True)
    previous_uai = models.CharField(max_length=8, null=True)
    previous_mef = models.CharField(max_length=11, null=True)
    #: Of the latest period; empty for who left before any.
    mef = models.CharField(max_length=11, null=True)
    division = models.CharField(max_length=8, null=True)
    status = models.CharField(max_length=2, null=True)
    options = ArrayField(models.CharField(max_length=20), null=True)
    #: `start end mef division status` of each period of the year.
    periods = ArrayField(models.CharField(max_length=60), null=True)
    digest = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "student_id"],
                condition=Q(to_night__isnull=True),
                name="record_once_in_force",
            ),
        ]
        indexes = [
            models.Index(fields=["uai", "year", "student_id"], name="record_of_pupil"),
        ]

    def __str__(self) -> str:
        return f"record {self.pk} of {self.uai} {self.year}"


class Nationality(Version):
    """The nationality of a pupil, for statistics only: never in the same table as the rest."""

    nationality = models.CharField(max_length=3)

    class Meta:
        verbose_name_plural = "nationalities"
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "student_id"],
                condition=Q(to_night__isnull=True),
                name="nationality_once_in_force",
            ),
        ]
        indexes = [
            models.Index(fields=["uai", "year", "student_id"], name="nationality_of_pupil"),
        ]

    def __str__(self) -> str:
        return f"nationality {self.pk} of {self.uai} {self.year}"


class Resend(models.Model):
    """A school asks that all its pupils of a day go up again; the next night does it."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    #: Pupils who were in the school on this day, or came after it.
    day = models.DateField()
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    #: The transfer that did it.
    transfer_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year"],
                condition=Q(transfer_id__isnull=True),
                name="resend_once_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"resend {self.pk} of {self.uai} {self.year}"
