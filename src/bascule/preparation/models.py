"""The presses by which the authority opens a year for many schools, and what became of each school."""

from django.db import models

from bascule.values.words import said as _


class YearOpening(models.Model):
    """One press: a year opened for some schools, one after the other."""

    class State(models.TextChoices):
        """Where the press stands."""

        PLANNED = "planned", _("à faire")
        RUNNING = "running", _("en cours")
        STOPPED = "stopped", _("arrêtée")
        DONE = "done", _("terminée")
        UNDONE = "undone", _("annulée")

    id = models.BigAutoField(primary_key=True)
    #: The authority's own.
    uai = models.CharField(max_length=8)
    #: The year opened, by its first calendar year.
    year = models.SmallIntegerField()
    state = models.CharField(max_length=8, choices=State)
    #: Whether a school that fails stops those after it.
    keeps_going = models.BooleanField()
    #: Somebody asked that no other school be begun.
    is_asked_to_stop = models.BooleanField(db_default=False)
    #: Somebody asked that what it did be undone.
    is_asked_to_undo = models.BooleanField(db_default=False)
    pressed_by = models.CharField(max_length=150)
    pressed_at = models.DateTimeField()
    #: Whoever asked for something last: what is done in the schools bears this name.
    asked_by = models.CharField(max_length=150, db_default="")
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"opening {self.pk} of {self.year}"


class SchoolOpening(models.Model):
    """One school of a press. Its state is written in the transaction of its act: both, or none."""

    class State(models.TextChoices):
        """What became of the school."""

        TO_DO = "to-do", _("à faire")
        DONE = "done", _("ouverte")
        FAILED = "failed", _("en échec")
        BLOCKED = "blocked", _("bloquée")
        UNDONE = "undone", _("annulée")

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    opening_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State)
    #: French: why it is not done, or why it was not undone.
    sentence = models.TextField(blank=True)
    carried_count = models.IntegerField(null=True)
    left_count = models.IntegerField(null=True)
    act_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opening_id", "uai"], name="school_once_in_opening"),
        ]

    def __str__(self) -> str:
        return f"opening of {self.uai} ({self.pk})"
