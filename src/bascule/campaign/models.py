"""What was last read of each school, how its steps changed, who advises it, and what it was written to about."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from bascule.journal.models import KeptRow
from bascule.values.words import said as _


class Reading(models.Model):
    """What the steps of a school's year were when they were last read.

    A memory of facts that stand elsewhere: dropping it costs time, and the days since which a step waits.
    """

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    read_at = models.DateTimeField()
    #: Last act of the school when it was read: a later one says that it is to be read again.
    seen_act_id = models.BigIntegerField()
    #: By code of step: where it stands, and since when, in seconds.
    steps = models.JSONField()
    #: By code of step that is not done: the French words of why, and their figures.
    causes = models.JSONField()
    #: The same, for thousands of schools at once: a letter for each step of the catalogue, and four figures of its day.
    letters = models.CharField(max_length=60)
    days = models.CharField(max_length=240)
    #: Which steps these are.
    catalogue = models.CharField(max_length=8)
    #: What is taught there, as MEF tell; blank when none is retained.
    kind = models.CharField(max_length=8, blank=True)
    software = models.CharField(max_length=10, blank=True)
    pupil_count = models.IntegerField()
    base_count = models.IntegerField(null=True)
    planned_count = models.IntegerField(null=True)
    #: Pupils without INE; null while it was not read.
    lacking_count = models.IntegerField(null=True)
    #: How the last night ended, as transfers say; blank before a first one.
    night = models.CharField(max_length=7, blank=True, db_default="")
    #: By code of rule: anomalies that are open.
    codes = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "year"], name="reading_once_in_year"),
        ]

    def __str__(self) -> str:
        return f"reading {self.uai} {self.year}"


class Change(models.Model):
    """One step of a school that was read to stand elsewhere than before."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    step = models.CharField(max_length=16)
    before = models.CharField(max_length=14)
    after = models.CharField(max_length=14)
    #: When the fact happened, where it is known, else when it was read.
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["uai", "year", "-id"], name="change_by_school_year")]

    def __str__(self) -> str:
        return f"change {self.pk}"


class Adviser(KeptRow):
    """The person of the authority whom a school is told to call."""

    id = models.BigAutoField(primary_key=True)
    person_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uai"], name="adviser_once_for_school")]

    def __str__(self) -> str:
        return f"adviser of {self.uai}"


class LetterModel(KeptRow):
    """The text of the reminders of a campaign, as the authority wrote it last; `uai` is its own."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.CharField(max_length=16)
    subject = models.CharField(max_length=150)
    body = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "campaign"], name="letter_once_for_campaign")
        ]

    def __str__(self) -> str:
        return f"letter of {self.campaign}"


class Reminder(models.Model):
    """A school was written to about a step. Asked for in an act; a worker says when it left."""

    class State(models.TextChoices):
        """Whether it left."""

        PLANNED = "plan", _("prévue")
        ASKED = "asked", _("à envoyer")
        SENT = "sent", _("envoyée")

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    campaign = models.CharField(max_length=16)
    step = models.CharField(max_length=16)
    #: The day it was asked for: one a day about a step.
    day = models.DateField()
    state = models.CharField(max_length=5, choices=State)
    addresses = ArrayField(models.EmailField())
    subject = models.CharField(max_length=400)
    body = models.TextField()
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "campaign", "year", "step", "day"], name="reminder_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"reminder {self.pk}"


class Task(KeptRow):
    """Who does a task of the authority before schools begin, and whether they may; `uai` is its own."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.CharField(max_length=16)
    year = models.SmallIntegerField()
    code = models.CharField(max_length=16)
    operator = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: What was said of it, the earliest first: `at`, `by`, `said`.
    log = models.JSONField(default=list)
    #: Go, or no go; empty until somebody decides.
    is_go = models.BooleanField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "campaign", "year", "code"], name="task_once_in_campaign"
            )
        ]

    def __str__(self) -> str:
        return f"task {self.code} of {self.campaign} {self.year}"
