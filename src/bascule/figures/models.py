"""The cells: how many pupils of a school share all that headcounts are made of, from one night to another.

A cell names nobody, and is never changed: like a line of the academic base it ends with a night, and another
begins. All of them can be counted again from the versions of the base.
"""

from django.db import models
from django.db.models import Q


class Cell(models.Model):
    """Pupils of a school's year who are alike in every dimension."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    #: The night that brought it, and the one that ended it; null while it is in force.
    from_night = models.BigIntegerField()
    to_night = models.BigIntegerField(null=True)
    #: Of the latest period; blank for who left before any. What is not known is blank.
    mef = models.CharField(max_length=11)
    division = models.CharField(max_length=8)
    #: Contract of the division, as the school's structures said that night.
    contract = models.CharField(max_length=1)
    sex = models.CharField(max_length=1)
    #: In years, on 31 December of the first calendar year.
    age = models.SmallIntegerField()
    regime = models.CharField(max_length=2)
    status = models.CharField(max_length=2)
    #: `O` or `N`.
    repeating = models.CharField(max_length=1)
    #: First four digits of the subject: the language itself.
    language1 = models.CharField(max_length=4)
    language2 = models.CharField(max_length=4)
    #: Null for who was there on the first day of the year.
    entered_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    exit_reason = models.CharField(max_length=2)
    pupil_count = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["year", "uai"], name="cell_in_force", condition=Q(to_night=None)),
            models.Index(fields=["uai", "year", "from_night"], name="cell_of_school"),
        ]

    def __str__(self) -> str:
        return f"cell {self.pk} of {self.uai} {self.year}"


class BroadCell(models.Model):
    """Pupils of a school's year who are alike in some dimensions: the cells of a night, added up.

    It holds from one night to another as a cell does. What its grain leaves out is blank.
    """

    id = models.BigAutoField(primary_key=True)
    #: Which dimensions it tells: a code of `GRAINS`.
    grain = models.CharField(max_length=1)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    from_night = models.BigIntegerField()
    to_night = models.BigIntegerField(null=True)
    mef = models.CharField(max_length=11, db_default="")
    contract = models.CharField(max_length=1, db_default="")
    sex = models.CharField(max_length=1, db_default="")
    age = models.SmallIntegerField(null=True)
    regime = models.CharField(max_length=2, db_default="")
    status = models.CharField(max_length=2, db_default="")
    repeating = models.CharField(max_length=1, db_default="")
    language1 = models.CharField(max_length=4, db_default="")
    language2 = models.CharField(max_length=4, db_default="")
    entered_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    exit_reason = models.CharField(max_length=2, db_default="")
    pupil_count = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["grain", "year", "uai"], name="broad_in_force", condition=Q(to_night=None)
            ),
            models.Index(fields=["grain", "uai", "year", "from_night"], name="broad_of_school"),
        ]

    def __str__(self) -> str:
        return f"broad cell {self.pk} of {self.uai} {self.year}"


class CountedNight(models.Model):
    """A night whose cells are there; counted after the night, school by school, in its own transaction."""

    id = models.BigIntegerField(primary_key=True)
    #: The evening it counts for.
    day = models.DateField()
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"night {self.pk}"


class Export(models.Model):
    """A table that left for outside: what was shown, to compare the next ones with."""

    id = models.BigAutoField(primary_key=True)
    #: The authority's own.
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    day = models.DateField()
    #: What its lines and columns are, whatever was filtered: tables that may be compared share it.
    shape = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    #: Figures that were shown, by `line|column`.
    figures = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["year", "shape"], name="export_of_shape")]

    def __str__(self) -> str:
        return f"export {self.pk} of {self.year}"
