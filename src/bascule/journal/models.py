"""The tables of the journal, and what every kept row carries."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Cast


class CurrentAct(models.Func):
    """The act opened for the transaction; PostgreSQL refuses the row when there is none."""

    function = "current_setting"
    arity = 1


def _current_act() -> models.Expression:
    return Cast(CurrentAct(models.Value("bascule.act")), models.BigIntegerField())


class KeptRow(models.Model):
    """A row of a school whose history the database keeps.

    Rows know the act that made them and the act that last wrote them; each earlier state is in
    `History`. So "why is this value here?" has an answer for every field, and a run is undone.
    """

    uai = models.CharField(max_length=8)
    created_act_id = models.BigIntegerField(db_default=_current_act())
    act_id = models.BigIntegerField(db_default=_current_act())

    class Meta:
        abstract = True


class Act(models.Model):
    """One decision or import: who, when, on which school, chained to the one before.

    `payload` is the exact text that is hashed; it holds counts and digests, never a name of a pupil.
    The authority's own acts bear `AUTORITE` for school.
    """

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    sequence = models.IntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=150)
    run_id = models.BigIntegerField(null=True)
    payload = models.TextField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "sequence"], name="act_one_per_rank_in_school"),
        ]

    def __str__(self) -> str:
        return f"act {self.pk} ({self.kind})"


class History(models.Model):
    """The state of one row before an act changed (U) or removed (D) it, or its return (I).

    Ordinary creations have no row here: the created row names its act.
    """

    class Operation(models.TextChoices):
        """What the act did to the row."""

        UPDATED = "U"
        DELETED = "D"
        RESTORED = "I"

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    act_id = models.BigIntegerField()
    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    operation = models.CharField(max_length=1, choices=Operation)
    before = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["uai", "act_id"], name="history_of_act"),
            models.Index(fields=["uai", "table_name", "row_id"], name="history_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"


class Access(models.Model):
    """One look or one try: a sign-in, the reading of a record, a paper taken out, a door found closed.

    Lines are only added, outside any act: a sign-in waits for nobody. A job seals them into the
    chain of their school. `about` and `facts` hold codes and numbers, never a name of a pupil.
    """

    id = models.BigAutoField(primary_key=True)
    #: The school whose data was looked at, or `AUTORITE`.
    uai = models.CharField(max_length=8)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    #: Who: a person, or a machine token; empty for somebody who did not get in.
    person_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=150, blank=True)
    #: What was looked at: `student/12`.
    about = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)
    facts = models.JSONField(default=dict)
    #: The transaction that wrote it: what tells a sealer which lines are all there.
    transaction = models.BigIntegerField(
        db_default=Cast(
            Cast(models.Func(function="pg_current_xact_id"), models.TextField()),
            models.BigIntegerField(),
        )
    )

    class Meta:
        verbose_name_plural = "accesses"
        indexes = [
            models.Index(fields=["uai", "id"], name="access_of_school"),
            models.Index(fields=["uai", "transaction"], name="access_to_seal"),
            models.Index(fields=["person_id", "id"], name="access_of_person"),
            models.Index(fields=["uai", "about", "id"], name="access_about"),
            # Lines come in the order of time: a few kilobytes find the days of a search.
            BrinIndex(fields=["at"], name="access_by_day"),
        ]

    def __str__(self) -> str:
        return f"access {self.pk} ({self.kind})"


class YearMilestone(models.Model):
    """The last act that did one of the things that may be done to a school's year.

    See `bascule.journal.milestones`. It can be had again from the acts, and is kept in no history.
    """

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    name = models.CharField(max_length=32)
    act_id = models.BigIntegerField()
    #: When and by whom, as the act says: thousands of schools are read without their journals.
    at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "year", "name"], name="milestone_once_in_year"),
        ]

    def __str__(self) -> str:
        return f"milestone {self.uai} {self.year}"


class Retention(models.Model):
    """How many days one kind of data is kept, as the authority says. See `bascule.journal.retention`."""

    kind = models.CharField(max_length=10, primary_key=True)
    days = models.IntegerField()

    def __str__(self) -> str:
        return f"retention {self.kind}"
