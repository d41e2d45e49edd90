"""A constat that the authority opened, each school's part in it, and what heads signed."""

from django.db import models
from django.db.models import Q


class Round(models.Model):
    """The constat of a year, as the authority opened it."""

    id = models.BigAutoField(primary_key=True)
    #: The authority's own.
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    #: Days of the window, both included; a school that is late may still sign until the round is closed.
    opens_on = models.DateField()
    closes_on = models.DateField()
    #: The day on which pupils are counted.
    observed_on = models.DateField()
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=150)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year"], name="constat_once_a_year")]

    def __str__(self) -> str:
        return f"constat of {self.year}"


class Part(models.Model):
    """A school's part in a constat; it repeats the days, since a school sees nothing of the authority's."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    opens_on = models.DateField()
    closes_on = models.DateField()
    observed_on = models.DateField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "year"], name="constat_part_once_in_year"),
        ]

    def __str__(self) -> str:
        return f"constat of {self.uai} {self.year}"


class Signature(models.Model):
    """What a head signed: the counts, where they come from, and why what differs may differ.

    Nothing of it is changed afterwards, but for its withdrawal when the authority reopens.
    """

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    #: From 1 in each year of the school.
    number = models.SmallIntegerField()
    observed_on = models.DateField()
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=150)
    #: Name of the head, for the paper.
    signatory = models.CharField(max_length=200)
    #: The act that signs: the school's records are counted as of it.
    act_id = models.BigIntegerField()
    #: The night whose state of the base is counted, and what the school sent then.
    night_id = models.BigIntegerField()
    transfer_id = models.BigIntegerField()
    pupil_count = models.IntegerField()
    #: `[mef, division, …, count]` of each cell, in the order of `counting.COLUMNS`.
    cells = models.JSONField()
    #: SHA-256 of the cells, in hexadecimal; the journal has it too.
    digest = models.CharField(max_length=64)
    base_count = models.IntegerField()
    #: The same of the base; null when both are equal.
    base_cells = models.JSONField(null=True)
    base_digest = models.CharField(max_length=64)
    #: Of each pupil who is not the same in the base, or is kept back: number of the record, codes, explanation.
    explained = models.JSONField(default=list)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    #: French, of the authority.
    withdrawn_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "year", "number"], name="constat_number_once"),
            models.UniqueConstraint(
                fields=["uai", "year"],
                condition=Q(withdrawn_at__isnull=True),
                name="constat_signed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"signature {self.pk} of {self.uai} {self.year}"

    @property
    def shown_number(self) -> str:
        """Return the number on papers: `CR-2026-0771234A-1`."""
        return f"CR-{self.year}-{self.uai}-{self.number}"
