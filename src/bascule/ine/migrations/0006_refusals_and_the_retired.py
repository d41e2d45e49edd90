"""Keep since when nobody is a person any more, and the number of another that the outside service gave."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ine", "0005_national")]

    operations = [
        migrations.AddField(
            model_name="person", name="retired_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="asked",
            name="number",
            field=models.CharField(blank=True, db_default="", max_length=11),
        ),
        migrations.AlterField(
            model_name="decision",
            name="kind",
            field=models.CharField(
                choices=[
                    ("same", "même élève"),
                    ("different", "deux élèves différents"),
                    ("handed", "transmis au rectorat"),
                    ("merge-asked", "fusion demandée"),
                    ("merged", "fusion confirmée"),
                    ("merge-refused", "fusion refusée"),
                    ("unmerged", "fusion annulée"),
                    ("split", "fiche séparée"),
                    ("apart", "déclarés différents"),
                    ("not-apart", "déclaration de différence retirée"),
                    ("asked-again", "INE redemandé au service national"),
                    ("undone", "décision annulée"),
                ],
                max_length=16,
            ),
        ),
    ]
