"""What the help desk tells everybody."""

from django.db import models
from django.db.models import F, Q


class News(models.Model):
    """One piece of news on the portal, for everybody, while it lasts (both days included)."""

    id = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=100)
    body = models.TextField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "news"
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="news_ends_later")
        ]

    def __str__(self) -> str:
        return f"news {self.pk}"
