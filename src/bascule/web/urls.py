"""The URLs of the site. Each folder has its own; the page behind a URL is in the folder it names."""

from django.urls import include, path

urlpatterns = [
    path("", include("bascule.web.portal.urls")),
    path("", include("bascule.web.signin.urls")),
    path("", include("bascule.web.fleet.urls")),
    path("", include("bascule.web.me.urls")),
    path("", include("bascule.web.staff.urls")),
    path("", include("bascule.web.heads.urls")),
    path("", include("bascule.web.public.urls")),
    # Before the pupils: what follows a record is otherwise a part of it.
    path("", include("bascule.web.papers.urls")),
    path("", include("bascule.web.pupils.urls")),
    path("", include("bascule.web.lists.urls")),
    path("", include("bascule.web.glance.urls")),
    path("", include("bascule.web.exchanges.urls")),
    path("", include("bascule.web.anomalies.urls")),
    path("", include("bascule.web.bea.urls")),
    path("", include("bascule.web.constat.urls")),
    path("", include("bascule.web.software.urls")),
    path("", include("bascule.web.figures.urls")),
    path("", include("bascule.web.identities.urls")),
    path("", include("bascule.web.help.urls")),
    path("", include("bascule.web.guide.urls")),
    path("", include("bascule.web.structures.urls")),
    path("", include("bascule.web.common_data.urls")),
    path("", include("bascule.web.exports.urls")),
    path("", include("bascule.web.follow.urls")),
    path("", include("bascule.web.campaign.urls")),
    path("", include("bascule.web.years.urls")),
    path("", include("bascule.web.news.urls")),
    path("", include("bascule.web.nomenclatures.urls")),
    path("", include("bascule.web.profiling.urls")),
    path("", include("bascule.web.tokens.urls")),
    path("", include("bascule.web.support.urls")),
    path("", include("bascule.web.trail.urls")),
]

handler400 = "bascule.web.errors.bad_request"
handler403 = "bascule.web.errors.forbidden"
handler404 = "bascule.web.errors.not_found"
handler500 = "bascule.web.errors.fault"
