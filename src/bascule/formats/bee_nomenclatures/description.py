"""What `BEE_NOMENCLATURES` holds: seventeen tables, in the official order.

Source: specification of the BEE exports, v17.4 (25/09/2017), §4; element names as the exports of
2019 give them (`CODE_REGIME` where the specification says `CODE_REGIME2`).
"""

from bascule.formats.bee_export import EXPORT_HEADER
from bascule.formats.description import Block, Container, Document, Leaf, LeafKind

_INTEGER = LeafKind.INTEGER
_FLAG = LeafKind.FLAG
_DATE = LeafKind.DATE_FR

_MEF = Block(
    "MEF",
    (
        Leaf("FORMATION", 6, required=True),
        Leaf("SPECIALITE", 5),
        Leaf("LIBELLE_LONG", 40),
        Leaf("LIBELLE_EDITION", 60),
        Leaf("STATUT_MEF", 1),
        Leaf("MEF_RATTACHEMENT", 11),
        Leaf("CODE_MEFSTAT", 11),
        Leaf("NB_OPT_OBLIG", 3, _INTEGER),
        Leaf("NB_OPT_MINI", 3, _INTEGER),
        Leaf("RENFORCEMENT_LANGUES", 3, _INTEGER),
        Leaf("INSCRIPTION_ETAB", 1, _FLAG),
        Leaf("MEF_ORIGINE", 1, _FLAG),
        Leaf("MEF_SELECTIONNE", 1, _FLAG),
        Leaf("MEF_SELORIG", 1, _FLAG),
        Leaf("DATE_OUVERTURE", 10, _DATE),
        Leaf("DATE_FERMETURE", 10, _DATE),
    ),
    attributes=("CODE_MEF",),
)
_SUBJECT = Block(
    "MATIERE",
    (
        Leaf("CODE_GESTION", 5),
        Leaf("LIBELLE_COURT", 20),
        Leaf("LIBELLE_LONG", 40, required=True),
        Leaf("LIBELLE_EDITION", 60),
        Leaf("MATIERE_ETP", 1, _FLAG, required=True),
        Leaf("CODE_MATIERE_NATIONALE", 6),
        Leaf("TYPE_LANGUE_VIVANTE"),
    ),
    attributes=("CODE_MATIERE",),
)
_PROGRAMME = Block(
    "PROGRAMME",
    (
        Leaf("CODE_MEF", 11, required=True),
        Leaf("CODE_MATIERE", 6),
        Leaf("CODE_MODALITE_ELECT", 1, required=True),
        Leaf("HORAIRE", 5, LeafKind.DECIMAL),
    ),
)
_COMPULSORY_OPTION = Block(
    "OPTION_OBLIGATOIRE",
    (
        Leaf("CODE_MEF", 11, required=True),
        Leaf("CODE_MATIERE", 6, required=True),
        Leaf("RANG_OPTION", 2, _INTEGER, required=True),
    ),
)


def _table(container: str, block: Block) -> Container:
    return Container(container, (block,), always_written=True)


def _codes(container: str, tag: str, key: str, *more: Leaf, short: int = 10) -> Container:
    """Return a small table: a code, two labels, and what it adds."""
    labels = (Leaf("LIBELLE_COURT", short), Leaf("LIBELLE_LONG", 40))
    return _table(container, Block(tag, (*labels, *more), attributes=(key,)))


_EDITION = Leaf("LIBELLE_EDITION", 60)

DESCRIPTION = Document(
    "BEE_NOMENCLATURES",
    EXPORT_HEADER,
    (
        Container(
            "DONNEES",
            (
                _table("MEFS", _MEF),
                _table("MATIERES", _SUBJECT),
                _table("PROGRAMMES", _PROGRAMME),
                _table("OPTIONS_OBLIGATOIRES", _COMPULSORY_OPTION),
                _codes("MODALITES_ELECTION", "MODALITE_ELECTION", "CODE_MODALITE_ELECT"),
                _codes("REGIMES", "REGIME", "CODE_REGIME"),
                _codes(
                    "LIENS_PARENTE",
                    "LIEN_PARENTE",
                    "CODE_PARENTE",
                    _EDITION,
                    Leaf("TRI", 3, _INTEGER),
                ),
                _codes(
                    "NIVEAUX_RESPONSABILITE",
                    "N_NIVEAU_RESPONSABILITE",
                    "NIVEAU_RESPONSABILITE",
                    _EDITION,
                ),
                _codes(
                    "BOURSES",
                    "BOURSE",
                    "CODE_BOURSE",
                    Leaf("BOURSE_NATIONALE", 1, _FLAG),
                    short=6,
                ),
                _table(
                    "PROFESSIONS",
                    Block(
                        "PROFESSION",
                        (Leaf("LIBELLE_COURT_PCS", 40), Leaf("LIBELLE_LONG_PCS", 150)),
                        attributes=("CODE_PROFESSION",),
                    ),
                ),
                _codes("PROVENANCES", "PROVENANCE", "CODE_PROVENANCE"),
                _codes("MOTIFS_SORTIE", "MOTIF_SORTIE", "CODE_MOTIF_SORTIE"),
                _codes("STATUTS_ELEVE", "STATUT_ELEVE", "CODE_STATUT"),
                _codes("CONTRATS", "CONTRAT", "CODE_CONTRAT"),
                _codes("TYPES_ETABLISSEMENT", "TYPE_ETABLISSEMENT", "CODE_TYPE_ETAB"),
                _table(
                    "CIVILITES",
                    Block(
                        "CIVILITE",
                        (Leaf("LIBELLE_COURT", 5), Leaf("LIBELLE_LONG", 20)),
                        attributes=("CODE_CIVILITE",),
                    ),
                ),
                _codes(
                    "MODALITES_COURS",
                    "MODALITE_COURS",
                    "CODE_MODALITE_COURS",
                    Leaf("CO_ENSEIGNEMENT", 1, _FLAG),
                ),
            ),
            always_written=True,
        ),
    ),
    version="3.1",
)
