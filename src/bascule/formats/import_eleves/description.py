"""What each version of `IMPORT_ELEVES` holds, element by element, in the official order.

Source: schemas of the import du privé, 2.0 (23/10/2017), 3.0 (2018), 3.1 (24/07/2018) and
4.0 (17/10/2022). A kinship code has exactly two characters since 2018, though the schemas still
allow one: that is a rule, not a shape.
"""

from bascule.formats.description import Block, Container, Document, Leaf, LeafKind
from bascule.formats.import_header import HEADER

#: The versions that can be written, oldest first.
VERSIONS = ("2.0", "3.0", "3.1", "4.0")
LATEST = VERSIONS[-1]

#: Shows a file of links between pupils and groups, which shares the root element.
GROUP_LINKS_SIGN = "ELEGROUPE"

#: Leaves of `ELEVE` that a pupil in school must have and a pupil who left may lack.
REQUIRED_IN_SCHOOL = frozenset(
    {
        "CODE_PAYS_NAT",
        "CODE_SEXE",
        "RESPONSABLES_ELEVE",
        "SCOLARITE_ACTIVE",
        "ETABLISSEMENT_AN_DERNIER",
    }
)
#: Elements that only a pupil who left has; they come first.
EXIT_FIELDS = ("CODE_MOTIF_SORTIE", "DATE_SORTIE")

_ADDRESS = Block(
    "ADRESSE",
    (
        Leaf("LIGNE1_ADRESSE", 38),
        Leaf("LIGNE2_ADRESSE", 38),
        Leaf("LIGNE3_ADRESSE", 38),
        Leaf("LIGNE4_ADRESSE", 38),
        Leaf("CODE_POSTAL", 5),
        Leaf("LL_POSTAL", 32),
        Leaf("COMMUNE_ETRANGERE", 32),
        Leaf("CODE_PAYS", 3, required=True),
    ),
)

_CONTACT_DETAILS = (
    Leaf("TEL_PERSONNEL", 20),
    Leaf("TEL_PROFESSIONNEL", 20),
    Leaf("TEL_PORTABLE", 20),
    Leaf("ACCEPTE_SMS", None, LeafKind.BOOLEAN),
    Leaf("EMAIL", 254),
)


def _only(version: str, versions: frozenset[str], *parts: Leaf | Block) -> tuple[Leaf | Block, ...]:
    """Return the parts when they belong to one of the versions described."""
    return parts if version in versions else ()


def _up_to_3(versions: frozenset[str], *parts: Leaf | Block) -> tuple[Leaf | Block, ...]:
    return parts if versions & {"2.0", "3.0", "3.1"} else ()


def _from_3(versions: frozenset[str], *parts: Leaf | Block) -> tuple[Leaf | Block, ...]:
    return parts if versions & {"3.0", "3.1", "4.0"} else ()


def _private_id(tag: str, versions: frozenset[str]) -> Leaf:
    return Leaf(tag, 10 if "4.0" in versions else 5, LeafKind.INTEGER, required=True)


def _person(versions: frozenset[str]) -> Block:
    return Block(
        "PERSONNE",
        (
            _private_id("ID_PRV_PER", versions),
            *_only("4.0", versions, Leaf("ID_SIECLE_PER", 10, LeafKind.INTEGER, sign_of="4.0")),
            Leaf("CODE_CIVILITE", 1, required=True),
            Leaf("NOM_DE_FAMILLE", 100, required=True),
            Leaf("NOM_USAGE", 100),
            Leaf("PRENOM", 100, required=True),
            _ADDRESS,
            Leaf("COMMUNICATION_ADRESSE", None, LeafKind.BOOLEAN),
            Leaf("CODE_PROFESSION", 2, required=True),
            *_CONTACT_DETAILS,
            *_up_to_3(versions, Leaf("ENFANT_A_CHARGE", 3, LeafKind.INTEGER)),
        ),
    )


def _guardian(tag: str, versions: frozenset[str]) -> Block:
    """Return a link to a person with what the person is to the pupil."""
    is_legal = tag == "LEGAL"
    receives = Leaf("PERCOIT_LES_AIDES", None, LeafKind.BOOLEAN, sign_of="" if is_legal else "4.0")
    since_3_1 = versions & {"3.1", "4.0"}
    return Block(
        tag,
        (
            _private_id("ID_PRV_PER", versions),
            Leaf("CODE_PARENTE", 2, required=True),
            *_only("3.0", versions, Leaf("FINANCIER", None, LeafKind.BOOLEAN, sign_of="3.0")),
            *(
                (Leaf("PAIE_FRAIS_SCOLAIRES", None, LeafKind.BOOLEAN, sign_of="3.1"),)
                if since_3_1
                else ()
            ),
            Leaf("HEBERGE_ELEVE", None, LeafKind.BOOLEAN, required=True),
            *((receives,) if is_legal or "4.0" in versions else ()),
            *(
                (Leaf("A_CONTACTER_EN_PRIORITE", None, LeafKind.BOOLEAN, sign_of="3.1"),)
                if since_3_1
                else ()
            ),
        ),
        many=True,
    )


def _guardians(versions: frozenset[str]) -> Block:
    old = (_private_id("ID_PRV_PER", versions), Leaf("CODE_PARENTE", 1, required=True))
    contact = (_private_id("ID_PRV_PER", versions), Leaf("CODE_PARENTE", 2, required=True))
    return Block(
        "RESPONSABLES_ELEVE",
        (
            *_only("2.0", versions, Block("LEGAL1", old, sign_of="2.0")),
            *_only("2.0", versions, Block("LEGAL2", old, sign_of="2.0")),
            *_from_3(
                versions,
                _guardian("LEGAL", versions),
                _guardian("PERSONNE_EN_CHARGE", versions),
                Block("CONTACT", contact, many=True),
            ),
        ),
    )


_PATHWAYS = Block(
    "DPPS",
    (
        Block(
            "DPP",
            (
                Leaf("CODE_DPP", 2, required=True),
                Leaf("DATE_DEB_DPP", 10, LeafKind.DATE, required=True),
                Leaf("DATE_FIN_DPP", 10, LeafKind.DATE, required=True),
            ),
            many=True,
        ),
    ),
    sign_of="4.0",
)


def _schooling(versions: frozenset[str]) -> Block:
    option = Block(
        "OPTION",
        (
            Leaf("CODE_MATIERE", 6, required=True),
            Leaf("CODE_MODALITE_ELECT", 1, required=True),
            *_only("4.0", versions, Leaf("UAJ_ACCUEIL", 8, sign_of="4.0")),
        ),
        many=True,
    )
    return Block(
        "SCOLARITE_ACTIVE",
        (
            Leaf("CODE_MEF", 11, required=True),
            Leaf("CODE_DIVISION", 8, required=versions == {"2.0"}),
            Leaf("CODE_STATUT", 2, required=True),
            Leaf("DATE_DEB_SCO", 10, LeafKind.DATE, required=True),
            Leaf("DATE_FIN_SCO", 10, LeafKind.DATE),
            Leaf("ARRET_FORMATION", None, LeafKind.BOOLEAN),
            Block("OPTIONS", (option,), required=True),
            *_only("4.0", versions, _PATHWAYS),
        ),
    )


def _last_year(versions: frozenset[str]) -> Block:
    return Block(
        "ETABLISSEMENT_AN_DERNIER",
        (
            Leaf("CODE_RNE", 8),
            Leaf("CODE_DEPARTEMENT", 3),
            Leaf("CODE_PROVENANCE", 1, required=True),
            Leaf("CODE_MEF", 11),
            Leaf("TYPE_MEF", 1),
            Leaf("CODE_DIVISION", 8),
            Leaf("CODE_STATUT", 2),
            Leaf("DATE_DEB_SCO", 10, LeafKind.DATE),
            Leaf("DATE_FIN_SCO", 10, LeafKind.DATE),
            *_only("4.0", versions, Leaf("CODE_REGIME", 2, sign_of="4.0")),
            Block("OPTIONS_AN_DERNIER", (Leaf("CODE_MATIERE", 5, many=True),), required=True),
            *_only("4.0", versions, _PATHWAYS),
        ),
    )


def _pupil(versions: frozenset[str]) -> Block:
    """Return the record of a pupil.

    Pupils in school and pupils who left have the same order but for the two fields of the exit,
    which come first and which a pupil in school does not have: one list serves both.
    """
    grants = Block(
        "BOURSES",
        (
            Block(
                "BOURSE",
                (
                    Leaf("CODE_BOURSE", 1, required=True),
                    Leaf("NB_PART", 2, LeafKind.INTEGER, required=True),
                ),
                many=True,
            ),
        ),
    )
    return Block(
        "ELEVE",
        (
            Leaf("CODE_MOTIF_SORTIE", 2),
            Leaf("DATE_SORTIE", 10, LeafKind.DATE),
            _private_id("ID_PRV_ELE", versions),
            *_only("4.0", versions, Leaf("ID_SIECLE_ELE", 10, LeafKind.INTEGER, sign_of="4.0")),
            Leaf("ID_NATIONAL", 11),
            *_up_to_3(versions, Leaf("INE_BEA", 11), Leaf("INE_RNIE", 11)),
            Leaf("NOM_DE_FAMILLE", 100, required=True),
            Leaf("NOM_USAGE", 100),
            Leaf("PRENOM", 100, required=True),
            Leaf("PRENOM2", 100),
            Leaf("PRENOM3", 100),
            Leaf("CODE_PAYS_NAT", 3),
            Leaf("DATE_NAISS", 10, LeafKind.DATE, required=True),
            Leaf("CODE_SEXE", 1),
            Leaf("CODE_PAYS", 3, required=True),
            Leaf("CODE_COMMUNE_INSEE_NAISS", 5),
            Leaf("VILLE_NAISS", 32),
            Leaf("DATE_ENTREE", 10, LeafKind.DATE),
            _ADDRESS,
            *_CONTACT_DETAILS,
            Leaf("ADHESION_TRANSPORT", None, LeafKind.BOOLEAN, required=True),
            Leaf("CODE_REGIME", 2, required=True),
            *_only("4.0", versions, Leaf("UAI_ETAB_HEBERGEMENT", 8, sign_of="4.0")),
            Leaf("DOUBLEMENT", None, LeafKind.BOOLEAN, required=True),
            grants,
            _guardians(versions),
            _schooling(versions),
            _last_year(versions),
        ),
    )


def _document(versions: frozenset[str], pupil: Block, version: str) -> Document:
    return Document(
        "IMPORT_ELEVES",
        HEADER,
        (
            Container(
                "DONNEES",
                (
                    Container("PERSONNES", (_person(versions),), always_written=True),
                    Container("ELEVES", (pupil,), always_written=True),
                ),
                always_written=True,
            ),
        ),
        version=version,
    )


def _union() -> Document:
    versions = frozenset(VERSIONS)
    pupil = _pupil(versions)
    groups = Block("GROUPES", sign_of=GROUP_LINKS_SIGN)
    return _document(versions, Block(pupil.tag, (*pupil.children, groups)), LATEST)


_BY_VERSION = {
    version: _document(frozenset({version}), _pupil(frozenset({version})), version)
    for version in VERSIONS
}

#: All the versions at once: what the reader takes, and what can write again any record it gave.
ANY_VERSION = _union()


def description_of(version: str) -> Document:
    """Return the description of one version, to write it.

    Args:
        version (str): one of `VERSIONS`; any other is a fault (`KeyError`).

    Returns:
        Document: the description.
    """
    return _BY_VERSION[version]
