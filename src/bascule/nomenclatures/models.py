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


class Release(models.Model):
    """What the authority diffuses to its schools for a year, as published; never changed afterwards."""

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    #: From 1 in each year.
    number = models.SmallIntegerField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=150)
    digest = models.CharField(max_length=64)
    #: Entries by block.
    counts = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="release_once_in_year"),
        ]

    def __str__(self) -> str:
        return f"release {self.pk} of {self.year}"


class ReleaseEntry(models.Model):
    """One entry of a release, in the words of `Nomenclature.xml`.

    A MEF with `INSCRIPTION_ETAB` takes pupils that year; without, it is only where pupils may come
    from. The block `SUCCESSEUR` is ours: which MEF stands for one that takes no pupils any more.
    """

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, db_index=False)
    block = models.CharField(max_length=32)
    key = models.CharField(max_length=40)
    #: The MEF that a programme or an option belongs to; blank elsewhere.
    mef = models.CharField(max_length=11, blank=True)
    rank = models.IntegerField()
    fields = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "block", "key"], name="release_entry_once_in_block"
            ),
        ]
        indexes = [models.Index(fields=["release", "block", "mef"], name="release_entry_of_mef")]

    def __str__(self) -> str:
        return f"{self.block} {self.key}"


class DiffusionRule(models.Model):
    """What the authority decided for a year of a MEF, or of all those of a level (*dispositif*)."""

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    #: Three digits for a level, eleven characters for a MEF.
    code = models.CharField(max_length=11)
    #: Whether it takes pupils; empty to leave that to its dates.
    is_diffused = models.BooleanField(null=True)
    #: The MEF that stands for it when it takes no pupils; blank to let the rule propose one.
    successor = models.CharField(max_length=11, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "code"], name="diffusion_rule_once_in_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.code}"


class Receipt(KeptRow):
    """A release as a school received it."""

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    release = models.ForeignKey(Release, on_delete=models.PROTECT)
    received_at = models.DateTimeField()
    #: For the MEF of the school: added, changed, closed.
    counts = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "release"], name="receipt_once_in_school"),
        ]

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class ProfileChoice(KeptRow):
    """What a school chose that its `Nomenclature.xml` shows only by its effects.

    With no MEF, a subject that may be an option: its programmes are kept wherever it is one. With a
    MEF, the subject that holds the hours of a vocational MEF (*matière ETP*).
    """

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    mef = models.CharField(max_length=11, blank=True)
    subject = models.CharField(max_length=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "mef", "subject"], name="profile_choice_once"
            ),
        ]

    def __str__(self) -> str:
        return f"choice {self.pk}"
