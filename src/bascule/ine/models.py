"""The directory of identities, and what each school asks of it.

Persons, numbers, merges and decisions belong to no school: they are seen only in a transaction for which
a verb opened the directory (`bascule.ine.directory`). Links and requests are each school's own.

A merge is an edge between two persons, never a movement of rows: the persons that edges join are one, and
taking an edge away gives back what there was, whatever was done meanwhile.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Left

from bascule.journal.models import KeptRow
from bascule.values.words import said as _


class CivilStatus(models.Model):
    """What a civil status is made of, as it was written."""

    class Precision(models.TextChoices):
        """What is known of a day of birth."""

        DAY = "D", _("jour connu")
        MONTH = "M", _("mois et année seulement")
        YEAR = "Y", _("année seulement")

    family_name = models.CharField(max_length=100)
    usual_name = models.CharField(max_length=100, null=True)
    first_name = models.CharField(max_length=100)
    second_name = models.CharField(max_length=100, null=True)
    third_name = models.CharField(max_length=100, null=True)
    sex = models.CharField(max_length=1, null=True)
    birth_date = models.DateField()
    birth_precision = models.CharField(
        max_length=1, choices=Precision, db_default=Precision.DAY.value
    )
    birth_country = models.CharField(max_length=3, null=True)
    birth_commune = models.CharField(max_length=5, null=True)
    birth_town = models.CharField(max_length=32, null=True)

    class Meta:
        abstract = True


class Person(CivilStatus):
    """Somebody known to the directory: the civil status in force, and what it is searched by. Never deleted."""

    id = models.BigAutoField(primary_key=True)
    #: The lowest id of those that merges make one; its own for most.
    root_id = models.BigIntegerField()
    #: What the names are searched by: `bascule.ine.matching` folds them.
    name_key = models.CharField(max_length=110)
    usual_key = models.CharField(max_length=110, null=True)
    first_key = models.CharField(max_length=110)
    name_start = models.GeneratedField(
        expression=Left("name_key", 2), output_field=models.CharField(max_length=2), db_persist=True
    )
    usual_start = models.GeneratedField(
        expression=Left("usual_key", 2),
        output_field=models.CharField(max_length=2, null=True),
        db_persist=True,
    )
    first_start = models.GeneratedField(
        expression=Left("first_key", 3),
        output_field=models.CharField(max_length=3),
        db_persist=True,
    )
    #: The school whose record was last compared with this civil status, and its year.
    last_uai = models.CharField(max_length=8, null=True)
    last_year = models.SmallIntegerField(null=True)
    since = models.DateTimeField()
    #: Since when no record is this person's any more, because what made it was taken back: it is proposed to
    #: nobody, and its numbers still lead to it.
    retired_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["root_id"], name="person_of_root"),
            models.Index(fields=["birth_date", "name_start"], name="person_by_birth_and_name"),
            models.Index(fields=["birth_date", "first_start"], name="person_by_birth_and_first"),
            models.Index(fields=["name_key", "first_key"], name="person_by_names"),
            models.Index(fields=["usual_key", "first_key"], name="person_by_usual_name"),
            models.Index(fields=["name_key", "first_start"], name="person_by_name_and_start"),
            models.Index(fields=["first_key", "name_start"], name="person_by_first_and_start"),
            models.Index(fields=["birth_date", "birth_commune"], name="person_by_birth"),
            models.Index(fields=["birth_commune", "name_key"], name="person_by_commune_and_name"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class PersonState(models.Model):
    """A civil status that was in force before. Lines are only added."""

    id = models.BigAutoField(primary_key=True)
    person_id = models.BigIntegerField(db_index=True)
    #: Until when it was in force.
    until = models.DateTimeField()
    actor = models.CharField(max_length=150)
    before = models.JSONField()

    def __str__(self) -> str:
        return f"earlier state {self.pk}"


class Number(models.Model):
    """An INE, for ever: never deleted, never another person's. A retired one still leads to the person."""

    class Source(models.TextChoices):
        """Where it comes from."""

        FILE = "FILE", _("reçu d’un établissement")
        GIVEN = "GIVEN", _("donné par le répertoire")
        OUTSIDE = "OUTSIDE", _("donné par le service national")

    number = models.CharField(max_length=11, primary_key=True)
    person_id = models.BigIntegerField(db_index=True)
    #: `BEA`, `RNIE` or `APPRENTICE`: `values.ine.IneKind` by name.
    kind = models.CharField(max_length=10)
    source = models.CharField(max_length=7, choices=Source)
    since = models.DateTimeField()
    #: The school that brought it, or asked for it.
    from_uai = models.CharField(max_length=8, null=True)

    def __str__(self) -> str:
        return f"number of the kind {self.kind}"


class Weights(models.Model):
    """What likeness is worth, as it was put in force: the last line counts. Lines are only added."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    #: As `matching.model` writes it; None for what comes with the program.
    model = models.TextField(null=True)

    class Meta:
        verbose_name_plural = "weights"

    def __str__(self) -> str:
        return f"weights {self.pk}"


class Asked(models.Model):
    """A person about whom the outside national service is asked, and what it answered last."""

    id = models.BigAutoField(primary_key=True)
    person_id = models.BigIntegerField(unique=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    #: `bascule.ine.refusals.Outcome`; empty until the answer comes.
    outcome = models.CharField(max_length=20, blank=True)
    #: The number that was answered, when it is another person's here.
    number = models.CharField(max_length=11, blank=True, db_default="")

    class Meta:
        verbose_name_plural = "asked"

    def __str__(self) -> str:
        return f"asked {self.pk}"


class Series(models.Model):
    """How many numbers were made of each year's first digits."""

    prefix = models.CharField(max_length=2, primary_key=True)
    count = models.IntegerField(db_default=0)

    class Meta:
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return f"series {self.prefix}"


class Merge(models.Model):
    """Two persons said to be one: asked by an agent, done once another one confirms."""

    class State(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", _("à confirmer")
        DONE = "done", _("faite")
        REFUSED = "refused", _("refusée")
        UNDONE = "undone", _("annulée")

    id = models.BigAutoField(primary_key=True)
    #: The lower id first.
    one_id = models.BigIntegerField()
    other_id = models.BigIntegerField(db_index=True)
    state = models.CharField(max_length=8, choices=State)
    #: Why, in the words of who asked.
    why = models.CharField(max_length=300)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    #: Who confirmed or refused, another than who asked.
    answered_by = models.CharField(max_length=150, null=True)
    answered_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, null=True)
    undone_at = models.DateTimeField(null=True)
    #: The request whose answer it is, and its school.
    request_id = models.BigIntegerField(null=True)
    request_uai = models.CharField(max_length=8, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(one_id__lt=models.F("other_id")), name="merge_lower_first"
            ),
            models.UniqueConstraint(
                fields=["one_id", "other_id"],
                condition=models.Q(state__in=("asked", "done")),
                name="merge_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"


class Apart(models.Model):
    """Two persons that an agent said to be different: there is no dispute about them again."""

    id = models.BigAutoField(primary_key=True)
    #: The lower id first.
    one_id = models.BigIntegerField()
    other_id = models.BigIntegerField(db_index=True)
    said_by = models.CharField(max_length=150)
    said_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=150, null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(one_id__lt=models.F("other_id")), name="apart_lower_first"
            ),
            models.UniqueConstraint(
                fields=["one_id", "other_id"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="apart_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"apart {self.pk}"


class Decision(models.Model):
    """What an agent decided, on what evidence. Lines are only added."""

    class Kind(models.TextChoices):
        """What was decided."""

        SAME = "same", _("même élève")
        DIFFERENT = "different", _("deux élèves différents")
        HANDED = "handed", _("transmis au rectorat")
        MERGE_ASKED = "merge-asked", _("fusion demandée")
        MERGED = "merged", _("fusion confirmée")
        MERGE_REFUSED = "merge-refused", _("fusion refusée")
        UNMERGED = "unmerged", _("fusion annulée")
        SPLIT = "split", _("fiche séparée")
        APART = "apart", _("déclarés différents")
        NOT_APART = "not-apart", _("déclaration de différence retirée")
        ASKED_AGAIN = "asked-again", _("INE redemandé au service national")
        UNDONE = "undone", _("décision annulée")

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    kind = models.CharField(max_length=16, choices=Kind)
    #: The school of the record it is about, the record, and its request; none for persons alone.
    about_uai = models.CharField(max_length=8, null=True)
    student_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True, db_index=True)
    person_ids = ArrayField(models.BigIntegerField())
    merge_id = models.BigIntegerField(null=True)
    #: Scores field by field as they were shown, and what was there before.
    evidence = models.JSONField(default=dict)
    why = models.CharField(max_length=300, blank=True)
    #: The decision that this one undoes.
    undoes_id = models.BigIntegerField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"decision {self.pk} ({self.kind})"


class Link(KeptRow):
    """The person whose a school's record is."""

    class How(models.TextChoices):
        """Why it is believed."""

        NUMBER = "number", _("même INE et état civil concordant")
        IDENTITY = "identity", _("même état civil")
        LIKENESS = "likeness", _("état civil très proche")
        NEW = "new", _("personne que le répertoire ne connaissait pas")
        AGENT = "agent", _("décision d’un agent")

    id = models.BigAutoField(primary_key=True)
    student_id = models.BigIntegerField(unique=True)
    person_id = models.BigIntegerField(db_index=True)
    how = models.CharField(max_length=8, choices=How)
    #: Of the civil status and numbers that were compared: others are compared again.
    digest = models.BinaryField(max_length=16)
    #: What the comparison said, field by field.
    score = models.JSONField(null=True)
    since = models.DateTimeField()
    #: The number written into the record by the directory, when, and when a file of the school first carried it.
    given = models.CharField(max_length=11, null=True)
    given_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["uai", "given_at"], name="link_given")]

    def __str__(self) -> str:
        return f"link {self.pk}"


class Request(KeptRow):
    """What a school's year asks for a pupil, and what became of it."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "NON_TRAITE", _("non traitée")
        ERROR = "ERREUR", _("en erreur")
        DISPUTE = "LITIGE", _("en litige")
        GIVEN = "ATTRIBUE", _("attribuée")

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    student_id = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State)
    #: Why it is in error or in dispute: `bascule.ine.reasons`.
    reason = models.CharField(max_length=30, blank=True)
    #: Up to five persons, each with its score field by field.
    candidates = models.JSONField(null=True)
    #: Of the civil status and numbers that were looked at.
    digest = models.BinaryField(max_length=16)
    #: Left to the authority by a school that does not know.
    is_handed = models.BooleanField(db_default=False)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=150, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "student_id"], name="request_once_in_year"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state="LITIGE"),
                name="request_in_dispute",
            ),
            # By the pupil alone: a policy's schools are a list, through which a search by school would go.
            models.Index(fields=["student_id", "year"], name="request_of_pupil"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"
