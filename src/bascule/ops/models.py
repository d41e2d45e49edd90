"""What processes of the site count together."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Traffic(models.Model):
    """Requests answered by one route in one way, since the base last started; see `bascule.ops.traffic`.

    The table is unlogged: counts are no data, and a restart of the base may lose them.
    """

    id = models.BigAutoField(primary_key=True)
    #: As URLs are declared (`e/<str:uai>/`), never a URL; blank where no route was found.
    route = models.CharField(max_length=200)
    #: `2xx`.
    status = models.CharField(max_length=3)
    count = models.BigIntegerField()
    seconds = models.FloatField()
    #: How many took no longer than each of `traffic.BOUNDS`, each request in one place; the last took longer.
    buckets = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name_plural = "traffic"
        constraints = [models.UniqueConstraint(fields=["route", "status"], name="traffic_once")]

    def __str__(self) -> str:
        return f"{self.status} of {self.route}"
