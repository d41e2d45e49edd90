"""The tables of the journal, and what every kept row carries."""

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
