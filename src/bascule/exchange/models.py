"""The tables of the exchange: files kept, runs, their plans and findings, what was sent."""

from django.db import models

from bascule.journal.models import KeptRow
from bascule.values.words import said as _


class StoredFile(models.Model):
    """The bytes a school deposited, exactly, kept before anything else is done with them."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    #: SHA-256 of the bytes deposited.
    digest = models.BinaryField()
    #: The bytes as deposited when they are a ZIP, else compressed by zlib.
    content = models.BinaryField()
    size = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "digest"], name="stored_file_once_in_school")
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"


class ImportRun(models.Model):
    """One deposit and all that came of it."""

    class State(models.TextChoices):
        """Where a run stands."""

        UNTOLD = "untold", _("colonnes à préciser")
        RECEIVED = "received", _("reçu")
        PLANNED = "planned", _("à confirmer")
        HELD = "held", _("retenu pour vérification")
        APPLIED = "applied", _("intégré")
        DECLINED = "declined", _("abandonné")
        UNDONE = "undone", _("annulé")
        REFUSED = "refused", _("refusé")

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    #: Which way in: `private` (Import du privé), `bee` (our own exports).
    flow = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=State)
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=150)
    #: Ids of `StoredFile`, in the order given.
    file_ids = models.JSONField()
    file_digest = models.BinaryField()
    #: What the file says of itself: kind, version, software, send number, date; why it was refused.
    heading = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    #: Guards that hold the plan, with their figures.
    guards = models.JSONField(default=list)
    plan_hash = models.CharField(max_length=64, blank=True)
    #: Digest of the profile, structures, calendar and rules it was read under.
    context = models.CharField(max_length=64, blank=True)
    #: Last act of the school when the plan was made.
    base_act_id = models.BigIntegerField(null=True)
    applied_act_id = models.BigIntegerField(null=True)
    applied_at = models.DateTimeField(null=True)
    undone_act_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(null=True)
    #: Whom to tell once the file is read, a list: `task`, `to`, `state`, `tries`; None where nobody asked for it.
    acknowledgement = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["uai", "year", "-id"], name="run_by_school_year"),
            models.Index(
                fields=["uai"],
                condition=models.Q(acknowledgement__contains=[{"state": "waiting"}]),
                name="run_to_acknowledge",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class PlanLine(models.Model):
    """One effect of a plan: on one record of the file, or on one pupil the file no longer holds.

    For a creation `digest` is that of the record read; for a change `changes` holds, for each
    field, the value before and the value after.
    """

    class Action(models.TextChoices):
        """What applying the plan does."""

        CREATE = "create", _("ajout")
        UPDATE = "update", _("modification")
        REMOVE = "remove", _("retrait")
        ABSENT = "absent", _("absent du fichier")
        SPARE = "spare", _("laissé de côté")

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    run_id = models.BigIntegerField()
    sequence = models.IntegerField()
    entity = models.CharField(max_length=10)
    action = models.CharField(max_length=7, choices=Action)
    line = models.IntegerField(null=True)
    rank = models.IntegerField(null=True)
    private_id = models.IntegerField(null=True)
    target_id = models.BigIntegerField(null=True)
    label = models.TextField()
    division = models.CharField(max_length=8, blank=True)
    digest = models.BinaryField(null=True)
    changes = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["run_id", "sequence"], name="plan_line_of_run")]

    def __str__(self) -> str:
        return f"plan line {self.run_id}/{self.sequence}"


class RunFinding(models.Model):
    """One finding of a run."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    run_id = models.BigIntegerField()
    sequence = models.IntegerField()
    code = models.CharField(max_length=24)
    subject = models.CharField(max_length=6)
    effect = models.CharField(max_length=7)
    blocks = models.BooleanField()
    line = models.IntegerField()
    rank = models.IntegerField()
    field = models.CharField(max_length=60)
    value = models.CharField(max_length=300)
    detail = models.TextField()
    record = models.TextField()
    private_id = models.IntegerField(null=True)
    target_id = models.BigIntegerField(null=True)
    division = models.CharField(max_length=8, blank=True)

    class Meta:
        indexes = [models.Index(fields=["run_id", "sequence"], name="finding_of_run")]

    def __str__(self) -> str:
        return f"finding {self.run_id}/{self.sequence}"


class TableColumns(KeptRow):
    """What a school said of the columns of a table: reused for the next table that has the same headings."""

    id = models.BigAutoField(primary_key=True)
    #: Tells a row of headings from others, whatever their order.
    mark = models.CharField(max_length=64)
    #: Code of a field by heading; blank for a column that is not read.
    columns = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "mark"], name="table_columns_once_for_headings")
        ]

    def __str__(self) -> str:
        return f"columns {self.pk}"


class Disposition(KeptRow):
    """What the school did about an anomaly of a year: one rule, one record of its software, one element.

    It outlives the run, whose findings it is about: the next file either shows the anomaly again, or no more.
    """

    class Kind(models.TextChoices):
        """What was done."""

        FIXED = "fixed", _("corrigée ici")
        EXPLAINED = "explained", _("expliquée")
        SOFTWARE = "software", _("à corriger dans le logiciel")

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    code = models.CharField(max_length=24)
    #: Whose: `pupil/845` by the id of the software, `pupil/#12` by ours, `pupil/r3` by rank for who has none.
    record = models.CharField(max_length=32)
    field = models.CharField(max_length=60)
    kind = models.CharField(max_length=9, choices=Kind)
    #: The run that showed the anomaly: what is fixed, or announced, is good until a later one shows it again.
    run_id = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    #: Last day of an explanation.
    until = models.DateField(null=True)
    #: The pupil, when the base has the pupil: undoings keep them together.
    student_id = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "code", "record", "field"], name="disposition_once"
            )
        ]

    def __str__(self) -> str:
        return f"disposition {self.pk}"


class Recognition(models.Model):
    """What the last applied import of a school year read, so that the next one knows it again.

    A pure memory: dropping it costs time and changes nothing. `records` holds a digest for each record
    taken whole, the id it led to and its findings; it is good while `context` is the same, and for the
    rows that no later act touched.
    """

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    flow = models.CharField(max_length=12)
    context = models.CharField(max_length=64)
    act_id = models.BigIntegerField()
    records = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "flow"], name="recognition_once_for_flow"
            ),
        ]

    def __str__(self) -> str:
        return f"recognition {self.uai} {self.year}"


class SentFile(models.Model):
    """One file that went out: to whom, what, and the digest that proves it."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    digest = models.BinaryField()
    sent_at = models.DateTimeField()
    sent_by = models.CharField(max_length=150)
    counts = models.JSONField(default=dict)
    #: Characters that the encoding lacks: where, which.
    replaced = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["uai", "year", "-id"], name="sent_file_by_school_year")]

    def __str__(self) -> str:
        return f"sent {self.pk}"


class LongList(models.Model):
    """A list of pupils that is too long to be written while somebody waits: asked, written, taken, forgotten."""

    id = models.BigAutoField(primary_key=True)
    uai = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    #: Only whoever asked may take it.
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    #: What is asked, in the words of URLs: criteria, columns, form; and who reads it in the file.
    asked = models.JSONField()
    pupil_count = models.IntegerField()
    written_count = models.IntegerField(default=0)
    name = models.CharField(max_length=100, blank=True)
    content = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"list {self.pk}"


class GepStop(KeptRow):
    """The end of GEP in a school, signed by its head: what was compared, and why what still differed may."""

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    #: From 1 in the school; never given twice.
    number = models.IntegerField()
    #: Last day on which GEP was used.
    stopped_on = models.DateField()
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=150)
    #: The name that the paper bears.
    signatory = models.CharField(max_length=150)
    #: What the paper says of the comparison: imports, counts, digests.
    facts = models.JSONField()
    #: Each difference that the head confirmed, with its reason.
    differences = models.JSONField()
    #: The authority took it back.
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "number"], name="gep_stop_number_in_school"),
            models.UniqueConstraint(
                fields=["uai"],
                condition=models.Q(withdrawn_at=None),
                name="gep_stopped_once_in_school",
            ),
        ]

    def __str__(self) -> str:
        return f"end of GEP {self.pk}"

    @property
    def shown_number(self) -> str:
        """Return the number as papers write it."""
        return f"GEP-{self.uai}-{self.number}"
