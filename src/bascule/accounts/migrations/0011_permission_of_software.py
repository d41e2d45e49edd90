"""Name the permission of the register of software."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_permission_of_constats"),
    ]

    operations = [
        migrations.AlterField(
            model_name="right",
            name="permission",
            field=models.CharField(
                blank=True,
                choices=[
                    ("pupils.read", "Consulter les élèves"),
                    ("contacts.read", "Voir adresses et téléphones des familles"),
                    ("sensitive.read", "Voir bourses, nationalité et autres données sensibles"),
                    ("pupils.write", "Corriger les dossiers des élèves"),
                    ("import.deposit", "Déposer un fichier et lire son compte rendu"),
                    ("import.confirm", "Confirmer ou annuler un import"),
                    ("import.release", "Libérer un import retenu"),
                    ("export.make", "Produire les exports"),
                    ("year.prepare", "Suivre la préparation de l’année"),
                    ("common.write", "Modifier et vérifier les données communes"),
                    ("structures.write", "Modifier divisions et groupes"),
                    ("profile.validate", "Choisir et valider le profilage"),
                    ("allowances.enter", "Saisir les indemnités"),
                    ("allowances.validate", "Valider les indemnités"),
                    ("service.own", "Voir son service et ses indemnités"),
                    ("census.sign", "Signer le constat de rentrée"),
                    ("staff.manage", "Gérer les comptes et déléguer"),
                    ("keys.local", "Remplacer la clé d’un collègue, à deux"),
                    ("tokens.manage", "Relier le logiciel de l’établissement"),
                    ("trail.school", "Voir qui a consulté quoi dans l’établissement"),
                    ("support.answer", "Accepter une session d’assistance"),
                    ("schools.follow", "Suivre les établissements"),
                    ("campaign.drive", "Relancer les établissements, nommer leurs conseillers"),
                    ("heads.manage", "Créer les comptes des chefs d’établissement"),
                    ("keys.fleet", "Gérer le parc des clés"),
                    ("keys.unlock", "Débloquer un compte"),
                    ("import.release-wide", "Libérer un import retenu pour le rectorat"),
                    ("aggregates.read", "Voir les effectifs, sans nom"),
                    ("census.lead", "Ouvrir et suivre le constat de rentrée"),
                    ("identities.settle", "Régler les identités (BEA, INE)"),
                    ("nights.follow", "Suivre et relancer les nuits"),
                    ("tickets.answer", "Répondre aux demandes d’assistance"),
                    ("support.ask", "Demander une session d’assistance"),
                    ("operations.run", "Conduire l’exploitation"),
                    ("years.open", "Ouvrir et clore les années"),
                    ("nomenclatures.publish", "Diffuser les nomenclatures"),
                    ("software.qualify", "Tenir le registre des logiciels qualifiés"),
                    ("trail.search", "Chercher dans le journal"),
                    ("news.write", "Publier les actualités"),
                    ("sandbox.use", "Utiliser le bac à sable des éditeurs"),
                ],
                max_length=32,
            ),
        ),
    ]
