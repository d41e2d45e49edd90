"""The table of the certificates."""

from django.db import models

from bascule.journal.models import KeptRow
from bascule.values.words import said as _


class Certificate(KeptRow):
    """A certificate that was made: what proves it, and nothing of the pupil that a stranger could use.

    Whoever holds its code may check it: initials and a year of birth are all that is said. What the record said
    is kept as a digest, so that a certificate of a record changed since is known for what it is.
    """

    class Kind(models.TextChoices):
        """What it certifies."""

        SCHOOLING = "schooling", _("certificat de scolarité")
        LEAVING = "leaving", _("certificat de radiation (exeat)")

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    kind = models.CharField(max_length=9, choices=Kind)
    #: From 1 in each year of the school, both kinds together; never given twice.
    number = models.IntegerField()
    #: What is typed to check it: three groups of four characters.
    code = models.CharField(max_length=14, unique=True)
    student_id = models.BigIntegerField()
    initials = models.CharField(max_length=12)
    birth_year = models.SmallIntegerField()
    #: SHA-256 of what it certifies.
    digest = models.BinaryField()
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=150)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "number"], name="certificate_number_once_in_year"
            ),
        ]
        indexes = [
            models.Index(fields=["uai", "year", "student_id"], name="certificate_of_student"),
        ]

    def __str__(self) -> str:
        return f"certificate {self.pk}"

    @property
    def shown_number(self) -> str:
        """Return the number as papers write it."""
        return f"{self.year}-{self.number:04d}"
