"""URLs of the portal."""

from django.urls import path

from bascule.web.portal.views import portal

urlpatterns = [
    path("", portal, name="portal"),
]
