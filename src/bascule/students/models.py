"""A school's records: pupils, guardians, the links between them, addresses, years and schooling.

The primary keys are the ids we give (`ELEVE_ID`, `PERSONNE_ID`, `ADRESSE_ID`): never reused. Ids from
outside are attributes. The foreign keys are kept by statement (`bascule.store.references`). A row
written by an import says its line and rank in the file.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from bascule.journal.models import KeptRow
from bascule.values.words import said as _


class FiledRow(KeptRow):
    """A kept row that a file may have written; line and rank are empty for an edit by hand."""

    line = models.IntegerField(null=True)
    rank = models.IntegerField(null=True)

    class Meta:
        abstract = True


class Address(KeptRow):
    """A postal address of a school's families.

    Never changed: who moves is pointed at another row. So an `ADRESSE_ID` means one place for ever,
    and those who write the same address share it.
    """

    id = models.BigAutoField(primary_key=True)
    line1 = models.CharField(max_length=38, null=True)
    line2 = models.CharField(max_length=38, null=True)
    line3 = models.CharField(max_length=38, null=True)
    line4 = models.CharField(max_length=38, null=True)
    postcode = models.CharField(max_length=5, null=True)
    town = models.CharField(max_length=32, null=True)
    foreign_town = models.CharField(max_length=32, null=True)
    country = models.CharField(max_length=3, null=True)
    digest = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "digest"], name="address_once_in_school")
        ]

    def __str__(self) -> str:
        return f"address {self.pk}"


class Student(FiledRow):
    """The school's record of a pupil, living across the years spent in that school."""

    id = models.BigAutoField(primary_key=True)
    #: `ELENOET`, given by us, 1 to 99999.
    number = models.IntegerField()
    ine = models.CharField(max_length=11, null=True)
    ine_bea = models.CharField(max_length=11, null=True)
    ine_rnie = models.CharField(max_length=11, null=True)
    family_name = models.CharField(max_length=100)
    usual_name = models.CharField(max_length=100, null=True)
    first_name = models.CharField(max_length=100)
    second_name = models.CharField(max_length=100, null=True)
    third_name = models.CharField(max_length=100, null=True)
    birth_date = models.DateField()
    sex = models.CharField(max_length=1, null=True)
    nationality = models.CharField(max_length=3, null=True)
    birth_country = models.CharField(max_length=3, null=True)
    birth_commune = models.CharField(max_length=5, null=True)
    birth_town = models.CharField(max_length=32, null=True)
    personal_phone = models.CharField(max_length=20, null=True)
    work_phone = models.CharField(max_length=20, null=True)
    mobile_phone = models.CharField(max_length=20, null=True)
    accepts_sms = models.BooleanField(null=True)
    email = models.CharField(max_length=254, null=True)
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    #: Accent-free name, first name and birth date: what strict identity compares.
    identity_key = models.CharField(max_length=230)
    #: What lists sort on.
    sort_key = models.CharField(max_length=230)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "number"], name="student_number_once_in_school"),
        ]
        indexes = [
            models.Index(fields=["uai", "sort_key"], name="student_by_name"),
        ]

    def __str__(self) -> str:
        return f"student {self.pk}"


class Enrolment(FiledRow):
    """One pupil's year in the school: entry, exit, school life, and last year's schooling."""

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    #: `ID_PRV_ELE`: software gives the same number to another child another year.
    private_id = models.IntegerField(null=True)
    #: Carried from the year before and not yet in a file: in no headcount, feed or guard.
    is_expected = models.BooleanField(db_default=False)
    #: Kept back from the academic base by a blocking finding of the last import.
    is_blocked = models.BooleanField(db_default=False)
    entered_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    exit_reason = models.CharField(max_length=2, null=True)
    regime = models.CharField(max_length=2, null=True)
    takes_transport = models.BooleanField(null=True)
    is_repeating = models.BooleanField(null=True)
    #: `UAI_ETAB_HEBERGEMENT`.
    lodging_uai = models.CharField(max_length=8, null=True)
    #: `code parts`, at most two.
    grants = ArrayField(models.CharField(max_length=5), null=True)
    previous_uai = models.CharField(max_length=8, null=True)
    previous_department = models.CharField(max_length=3, null=True)
    previous_origin = models.CharField(max_length=1, null=True)
    previous_mef = models.CharField(max_length=11, null=True)
    previous_mef_type = models.CharField(max_length=1, null=True)
    previous_division = models.CharField(max_length=8, null=True)
    previous_status = models.CharField(max_length=2, null=True)
    previous_starts_on = models.DateField(null=True)
    previous_ends_on = models.DateField(null=True)
    previous_regime = models.CharField(max_length=2, null=True)
    #: Codes de gestion, 5 characters at most.
    previous_options = ArrayField(models.CharField(max_length=6), null=True)
    #: `code start end` of each `DPP` of last year.
    previous_plans = ArrayField(models.CharField(max_length=40), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "year"], name="enrolment_one_per_student_school_year"
            ),
            models.UniqueConstraint(
                fields=["uai", "year", "private_id"], name="enrolment_private_id_once"
            ),
        ]

    def __str__(self) -> str:
        return f"enrolment {self.pk}"


class Schooling(FiledRow):
    """One period of schooling in a year; most pupils have one (*scolarités multiples*: several)."""

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    starts_on = models.DateField()
    #: Last day of the period, included; empty while it runs.
    ends_on = models.DateField(null=True)
    mef = models.CharField(max_length=11)
    division = models.CharField(max_length=8, null=True)
    status = models.CharField(max_length=2, null=True)
    is_stopped = models.BooleanField(null=True)
    #: `subject mode [host UAI]`, in the order of the file.
    options = ArrayField(models.CharField(max_length=20), null=True)
    #: `code start end` of each `DPP`.
    plans = ArrayField(models.CharField(max_length=40), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "student", "starts_on"], name="schooling_one_per_start"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="schooling_ends_later",
            ),
        ]

    def __str__(self) -> str:
        return f"schooling {self.pk}"


class Membership(FiledRow):
    """One pupil's place in one group, for a year."""

    id = models.BigAutoField(primary_key=True)
    year = models.SmallIntegerField()
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    #: Code of the group; like a division's, it is a structure of the year.
    group_code = models.CharField(max_length=8)
    #: Empty where nothing was said: then from the pupil's first day in the year.
    starts_on = models.DateField(null=True)
    #: Last day, included; empty while it runs.
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uai", "year", "student", "group_code"], name="membership_once_in_group"
            ),
        ]

    def __str__(self) -> str:
        return f"membership {self.pk}"


class Guardian(FiledRow):
    """An adult known to the school, shared by the children of a family."""

    id = models.BigAutoField(primary_key=True)
    private_id = models.IntegerField(null=True)
    civility = models.CharField(max_length=1, null=True)
    family_name = models.CharField(max_length=100)
    usual_name = models.CharField(max_length=100, null=True)
    first_name = models.CharField(max_length=100)
    profession = models.CharField(max_length=2, null=True)
    #: `COMMUNICATION_ADRESSE`: may the address be given to parents' associations.
    shares_address = models.BooleanField(null=True)
    personal_phone = models.CharField(max_length=20, null=True)
    work_phone = models.CharField(max_length=20, null=True)
    mobile_phone = models.CharField(max_length=20, null=True)
    accepts_sms = models.BooleanField(null=True)
    email = models.CharField(max_length=254, null=True)
    dependent_children = models.SmallIntegerField(null=True)
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    identity_key = models.CharField(max_length=230)
    sort_key = models.CharField(max_length=230)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uai", "private_id"], name="guardian_private_id_once")
        ]

    def __str__(self) -> str:
        return f"guardian {self.pk}"


class Guardianship(KeptRow):
    """What one guardian is to one pupil."""

    class Level(models.TextChoices):
        """`NIVEAU_RESPONSABILITE`."""

        LEGAL = "1", _("représentant légal")
        IN_CHARGE = "2", _("personne en charge")
        CONTACT = "3", _("personne à contacter")

    id = models.BigAutoField(primary_key=True)
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, db_constraint=False)
    level = models.CharField(max_length=1, choices=Level)
    kinship = models.CharField(max_length=2)
    pays_fees = models.BooleanField(null=True)
    lodges_pupil = models.BooleanField(null=True)
    receives_aid = models.BooleanField(null=True)
    is_first_to_call = models.BooleanField(null=True)

    class Meta:
        constraints = [
            # The school comes first: its links are also counted and read all together.
            models.UniqueConstraint(
                fields=["uai", "student", "guardian"], name="guardianship_once_per_pair"
            ),
        ]

    def __str__(self) -> str:
        return f"guardianship {self.pk}"
