"""The tables of the register: the authority's, of no school. Who changed them is in its journal."""

from django.db import models
from django.db.models import Q


class Qualification(models.Model):
    """A software in a version, qualified; the latest row of both is the one that holds.

    Nothing of it is changed afterwards, but for its withdrawal.
    """

    id = models.BigAutoField(primary_key=True)
    editor = models.CharField(max_length=100)
    #: `LOGICIEL` of its files.
    software = models.CharField(max_length=10)
    #: Blank for any; `4.2` is also 4.2.1.
    version = models.CharField(max_length=40, blank=True)
    #: First and last day, both included; null for no end.
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    #: SHA-256 of the signed report and of the key, in hexadecimal; blank when it was qualified by hand.
    report_digest = models.CharField(max_length=64, blank=True)
    key_fingerprint = models.CharField(max_length=64, blank=True)
    kit_version = models.CharField(max_length=40, blank=True)
    interface_version = models.CharField(max_length=40, blank=True)
    tested_at = models.DateTimeField(null=True)
    #: Scenarios of the report by outcome, and those that did not pass: code, title, outcome.
    totals = models.JSONField(default=dict)
    exceptions = models.JSONField(default=list)
    #: French: why by hand, or why in spite of scenarios that did not pass.
    reason = models.CharField(max_length=300, blank=True)
    qualified_at = models.DateTimeField()
    qualified_by = models.CharField(max_length=150)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    #: French; schools read it.
    withdrawn_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(report_digest="") | ~Q(reason=""), name="qualification_has_a_ground"
            ),
            models.UniqueConstraint(
                fields=["report_digest"],
                condition=~Q(report_digest=""),
                name="report_qualifies_once",
            ),
        ]

    def __str__(self) -> str:
        return f"qualification {self.pk}"

    @property
    def name(self) -> str:
        """Return the software with its version."""
        return f"{self.software} {self.version}".strip()


class TrustedKey(models.Model):
    """A key whose signature of a report is believed."""

    id = models.BigAutoField(primary_key=True)
    #: SHA-256 of the public key, in hexadecimal.
    fingerprint = models.CharField(max_length=64)
    #: Whose it is.
    holder = models.CharField(max_length=100)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=150)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(removed_at__isnull=True),
                name="key_trusted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"trusted key {self.pk}"
