"""URLs of the nomenclatures of a school and of its profiling."""

from django.urls import path

from bascule.web.profiling import received, steps

app_name = "profiling"
urlpatterns = [
    path("e/<str:uai>/<int:year>/nomenclatures/", received.received, name="received"),
    path("e/<str:uai>/<int:year>/nomenclatures/recevoir/", received.receive, name="receive"),
    path("e/<str:uai>/<int:year>/nomenclatures/deplacer/", received.move, name="move"),
    path(
        "e/<str:uai>/<int:year>/nomenclatures/deplacer/annuler/",
        received.undo_move,
        name="undo-move",
    ),
    path("e/<str:uai>/<int:year>/profilage/", steps.mefs, name="home"),
    path("e/<str:uai>/<int:year>/profilage/matieres/", steps.subjects, name="subjects"),
    path("e/<str:uai>/<int:year>/profilage/programmes/", steps.programmes, name="programmes"),
    path("e/<str:uai>/<int:year>/profilage/origines/", steps.origins, name="origins"),
    path("e/<str:uai>/<int:year>/profilage/etp/", steps.etp, name="etp"),
    path("e/<str:uai>/<int:year>/profilage/valider/", steps.validate, name="validate"),
]
