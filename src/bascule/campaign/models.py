"""What was last read of each school, how its steps changed, and who advises it."""

from django.db import models

from bascule.journal.models import KeptRow


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
