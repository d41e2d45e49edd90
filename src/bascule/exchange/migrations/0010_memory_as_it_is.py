"""Keep what the last import settled as it is: packing it costs each import more than the room it takes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("exchange", "0009_gep_stops")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE exchange_recognition ALTER COLUMN records SET STORAGE EXTERNAL",
            "ALTER TABLE exchange_recognition ALTER COLUMN records SET STORAGE EXTENDED",
        ),
    ]
