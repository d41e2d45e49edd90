"""Schools, the years they have open, and their structures."""

from django.db import models

from bascule.journal.models import KeptRow
from bascule.values.words import said as _


class School(models.Model):
    """A school as the authority's directory knows it. Holds nothing about a pupil, so no policy."""

    uai = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=100)
    is_private = models.BooleanField(default=True)
    #: Largest `ELENOET` given; numbers are never given twice, even after an undo.
    last_pupil_number = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.uai


class SchoolYear(KeptRow):
    """One year of one school: its calendar, the address printed on its papers, its state."""

    class State(models.TextChoices):
        """Whether the year may be written."""

        PREPARATION = "preparation", _("en préparation")
        CURRENT = "current", _("en cours")
        CLOSED = "closed", _("close")

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    state = models.CharField(max_length=12, choices=State)
    starts_on = models.DateField()
    ends_on = models.DateField()
    #: Content of `Communs.xml`, in its words, as last received.
    common = models.JSONField(default=dict)
    #: Software whose files the year accepts; empty before the first one.
    software = models.CharField(max_length=10, blank=True)
    #: Its version, as the school says it: files do not.
    software_version = models.CharField(max_length=40, blank=True, db_default="")
    #: Parameter "Utilisez-vous Sconet ?" of STSWEB; empty until the school has said.
    uses_sconet = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "year"], name="school_year_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="school_year_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uai} {self.year}"


class Structure(KeptRow):
    """A division or a group of a school for a year."""

    class Kind(models.TextChoices):
        """Codes of `TYPE_STRUCTURE`."""

        DIVISION = "D", _("division")
        GROUP = "G", _("groupe")

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    kind = models.CharField(max_length=1, choices=Kind)
    code = models.CharField(max_length=8)
    label = models.CharField(max_length=40, blank=True)
    contract = models.CharField(max_length=1, blank=True)
    rank = models.IntegerField(default=0)
    #: MEF served, 11 characters each, in the order given.
    mefs = models.JSONField(default=list)
    #: For a group, the divisions it draws from.
    divisions = models.JSONField(default=list)
    #: `EFFECTIF_PREVU`, forecast by the school.
    planned_count = models.SmallIntegerField(null=True)
    #: Taken over from the year before (*bascule STS*), and not yet looked at.
    is_to_confirm = models.BooleanField(db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "kind", "code"], name="structure_once_in_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uai} {self.year} {self.code}"
