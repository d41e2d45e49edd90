"""Keep the weights of matching that were put in force."""

from django.db import migrations, models

from bascule.journal.history import append_only_sql


class Migration(migrations.Migration):
    dependencies = [("ine", "0003_second_look")]

    operations = [
        migrations.CreateModel(
            name="Weights",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=150)),
                ("model", models.TextField(null=True)),
            ],
            options={"verbose_name_plural": "weights"},
        ),
        migrations.RunSQL(
            append_only_sql("ine_weights"), "DROP TRIGGER append_only ON ine_weights;"
        ),
    ]
