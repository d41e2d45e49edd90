"""URLs of the exchanges: an import is five steps, each its own page."""

from django.urls import path

from bascule.web.exchanges import accents, columns, deposit, follow, gep, software, steps, views

_RUN = "e/<str:uai>/<int:year>/imports/<int:run_id>/"

app_name = "exchanges"
urlpatterns = [
    path("e/<str:uai>/<int:year>/echanges/", follow.follow, name="follow"),
    path("e/<str:uai>/<int:year>/arret-gep/", gep.gep, name="gep"),
    path("e/<str:uai>/<int:year>/arret-gep/signer/", gep.stop_gep, name="stop-gep"),
    path("e/<str:uai>/<int:year>/arret-gep/<int:number>.pdf", gep.gep_paper, name="gep-paper"),
    path("e/<str:uai>/<int:year>/imports/", views.runs, name="runs"),
    path("e/<str:uai>/<int:year>/imports/deposer/", deposit.deposit, name="deposit"),
    path("e/<str:uai>/<int:year>/imports/logiciel/", software.software, name="software"),
    path(_RUN, views.run, name="run"),
    path(f"{_RUN}colonnes/", columns.columns, name="columns"),
    path(f"{_RUN}accents/", accents.accents, name="accents"),
    path(f"{_RUN}controler/", steps.check, name="check"),
    path(f"{_RUN}comparer/", steps.compare, name="compare"),
    path(f"{_RUN}comparer/laisser/", steps.spare, name="spare"),
    path(f"{_RUN}confirmer/", steps.confirm, name="confirm"),
    path(f"{_RUN}liberer/", steps.release, name="release"),
    path(f"{_RUN}abandonner/", steps.decline, name="decline"),
    path(f"{_RUN}resultat/", steps.result, name="result"),
    path(f"{_RUN}suite/", deposit.rest, name="rest"),
    path(f"{_RUN}annuler/", steps.undo, name="undo"),
    path(f"{_RUN}retablir/", steps.restore, name="restore"),
    path(f"{_RUN}fichier/", follow.file, name="file"),
    path(f"{_RUN}compte-rendu.pdf", views.paper, name="paper"),
    path(f"{_RUN}fiches-a-corriger.<str:form>", views.refused, name="refused"),
]
