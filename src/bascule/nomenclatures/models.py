"""Code tables: the national ones, dated; and what each school keeps of them for a year."""

from django.db import models

from bascule.journal.models import KeptRow


class NationalCode(models.Model):
    """One code of a national table, with the period in which it may be used (both days included)."""

    table = models.CharField(max_length=40)
    code = models.CharField(max_length=20)
    label = models.CharField(max_length=200, blank=True)
    opens_on = models.DateField(null=True)
    closes_on = models.DateField(null=True)
    fields = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "code"], name="national_code_once_in_table"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.code}"


class NationalTable(models.Model):
    """Where the rows of a national table come from."""

    name = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=200)
    source = models.TextField()
    licence = models.TextField()
    as_of = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    code_count = models.IntegerField()

    def __str__(self) -> str:
        return self.name


class ProfileEntry(KeptRow):
    """One entry of a school's profile for a year: one element of its `Nomenclature.xml`.

    `block` is the element (`MEF`, `MATIERE`, `PROGRAMME`…), `key` what identifies it in its block,
    `rank` its place, `fields` its content in the words of the file.
    """

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    block = models.CharField(max_length=32)
    key = models.CharField(max_length=40)
    rank = models.IntegerField()
    fields = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "block", "key"], name="profile_entry_once_in_block"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uai} {self.year} {self.block} {self.key}"
