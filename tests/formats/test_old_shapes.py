"""Shapes that the exports of the Base élèves have had, read in the words of today."""

from bascule.formats import xml_reader
from bascule.formats.bee_commun.reader import read as read_commun
from bascule.formats.bee_eleves.reader import read as read_eleves
from bascule.formats.bee_etablissements.reader import read as read_etablissements
from bascule.formats.bee_geographique.reader import read as read_geographique
from bascule.formats.bee_responsables.reader import read as read_responsables
from bascule.formats.bee_structures.reader import read as read_structures
from bascule.formats.record import Fields


def _file(root: str, inside: str) -> list[bytes]:
    text = f"<{root} VERSION='1'><PARAMETRES/><DONNEES>{inside}</DONNEES></{root}>"
    return [text.encode()]


def _records(reading: xml_reader.Reading) -> list[tuple[str, Fields]]:
    records = [(record.tag, record.fields) for record in reading][1:]
    assert (reading.unknown, reading.repeated) == ({}, {})
    return records


def test_a_pupil_of_schema_2_1_has_the_names_of_today() -> None:
    inside = """<ELEVES><ELEVE ELEVE_ID='1'><NOM>DUPONT</NOM><DATE_SORTIE_ETAB>01/02/2014
        </DATE_SORTIE_ETAB><CODE_REGIME2>2</CODE_REGIME2></ELEVE></ELEVES>"""

    assert _records(read_eleves(_file("BEE_ELEVES", inside))) == [
        (
            "ELEVE",
            {
                "@ELEVE_ID": "1",
                "NOM_DE_FAMILLE": "DUPONT",
                "DATE_SORTIE": "01/02/2014",
                "CODE_REGIME": "2",
            },
        )
    ]


def test_the_name_of_today_wins_over_the_old_one() -> None:
    inside = "<ELEVES><ELEVE><NOM>A</NOM><NOM_DE_FAMILLE>B</NOM_DE_FAMILLE></ELEVE></ELEVES>"

    [(_, fields)] = _records(read_eleves(_file("BEE_ELEVES", inside)))

    assert fields == {"NOM_DE_FAMILLE": "B"}


def test_options_read_the_same_under_either_nesting() -> None:
    one = "<CODE_MATIERE>030201</CODE_MATIERE><NUM_OPTION>1</NUM_OPTION>"
    now = f"<OPTION ELEVE_ID='1'><OPTIONS_ELEVE>{one}</OPTIONS_ELEVE></OPTION>"
    before = f"<OPTIONS_ELEVE ELEVE_ID='1'><OPTION>{one}</OPTION></OPTIONS_ELEVE>"

    read = [
        _records(read_eleves(_file("BEE_ELEVES", f"<OPTIONS>{text}</OPTIONS>")))
        for text in (now, before)
    ]

    assert read[0] == read[1]
    assert read[0][0][1]["OPTIONS_ELEVE"] == [{"CODE_MATIERE": "030201", "NUM_OPTION": "1"}]


def test_a_link_of_before_2018_is_kept_as_it_is() -> None:
    inside = """<RESPONSABLES><RESPONSABLE_ELEVE><ELEVE_ID>1</ELEVE_ID><PERSONNE_ID>2</PERSONNE_ID>
        <RESP_LEGAL>1</RESP_LEGAL><CODE_PARENTE>2</CODE_PARENTE><RESP_FINANCIER>1</RESP_FINANCIER>
        <PERS_PAIMENT>0</PERS_PAIMENT><PERS_CONTACT>1</PERS_CONTACT></RESPONSABLE_ELEVE>
        </RESPONSABLES>"""

    [(tag, fields)] = _records(read_responsables(_file("BEE_RESPONSABLES", inside)))

    assert tag == "RESPONSABLE_ELEVE"
    assert fields == {
        "ELEVE_ID": "1",
        "PERSONNE_ID": "2",
        "RESP_LEGAL": "1",
        "CODE_PARENTE": "2",
        "RESP_FINANCIER": "1",
        "PERS_CONTACT": "1",
        "PERS_PAIEMENT": "0",
    }


def test_a_person_of_before_2016_has_a_family_name() -> None:
    inside = "<PERSONNES><PERSONNE PERSONNE_ID='2'><NOM>A</NOM></PERSONNE></PERSONNES>"

    [(_, fields)] = _records(read_responsables(_file("BEE_RESPONSABLES", inside)))

    assert fields == {"@PERSONNE_ID": "2", "NOM_DE_FAMILLE": "A"}


def test_structures_coded_as_stsweb_does_read_as_those_of_sconet() -> None:
    sconet = """<GROUPES><GROUPE CODE_STRUCTURE='G1'><MEFS_APPARTENANCE><MEF_APPARTENANCE>
        <CODE_MEF>10010012110</CODE_MEF></MEF_APPARTENANCE></MEFS_APPARTENANCE>
        <DIVISIONS_APPARTENANCE><DIVISION_APPARTENANCE><CODE_STRUCTURE>6 A</CODE_STRUCTURE>
        </DIVISION_APPARTENANCE></DIVISIONS_APPARTENANCE></GROUPE></GROUPES>"""
    stsweb = """<GROUPES><GROUPE CODE='G1'><MEFS_APPARTENANCE>
        <MEF_APPARTENANCE CODE='10010012110'/></MEFS_APPARTENANCE>
        <DIVISIONS_APPARTENANCE><DIVISION_APPARTENANCE CODE='6 A'/></DIVISIONS_APPARTENANCE>
        </GROUPE></GROUPES>"""

    read = [_records(read_structures(_file("BEE_STRUCTURES", text))) for text in (sconet, stsweb)]

    assert read[0] == read[1]
    assert read[0][0][1]["@CODE_STRUCTURE"] == "G1"


def test_either_spelling_of_the_first_day_is_read() -> None:
    inside = "<ANNEE_SCOLAIRE><DATE_DEB_ELEVE>01/09/2025</DATE_DEB_ELEVE></ANNEE_SCOLAIRE>"

    [(_, fields)] = _records(read_commun(_file("BEE_COMMUN", inside)))

    assert fields == {"DATE_DEBUT_ELEVE": "01/09/2025"}


def test_closures_are_read_in_a_container_of_any_name() -> None:
    inside = "<JOURS><FERMETURE><LC_MOTIF>NOEL</LC_MOTIF></FERMETURE></JOURS>"

    assert _records(read_commun(_file("BEE_COMMUN", inside))) == [
        ("FERMETURE", {"LC_MOTIF": "NOEL"})
    ]


def test_a_code_is_an_attribute_or_an_element_in_any_container() -> None:
    inside = """<A><PAYS CODE_PAYS='100'/></A><B><C><PAYS_NATIONALITE><CODE_PAYS>109</CODE_PAYS>
        </PAYS_NATIONALITE></C></B><COMMUNES><COMMUNE><CODE_COMMUNE_INSEE>2A004
        </CODE_COMMUNE_INSEE><LIBELLE_LONG>AJACCIO</LIBELLE_LONG></COMMUNE></COMMUNES>"""

    assert _records(read_geographique(_file("BEE_GEOGRAPHIQUE", inside))) == [
        ("PAYS", {"@CODE_PAYS": "100"}),
        ("PAYS", {"@CODE_PAYS": "109"}),
        ("COMMUNE", {"@CODE_COMMUNE_INSEE": "2A004", "LIBELLE_LONG": "AJACCIO"}),
    ]


def test_the_code_of_a_school_is_an_attribute_or_an_element() -> None:
    inside = """<ETABLISSEMENTS><ETABLISSEMENT CODE_RNE='9990001X'/></ETABLISSEMENTS>
        <AUTRES><ETABLISSEMENT><CODE_RNE>9990002Y</CODE_RNE></ETABLISSEMENT></AUTRES>"""

    assert _records(read_etablissements(_file("BEE_ETABLISSEMENTS", inside))) == [
        ("ETABLISSEMENT", {"@CODE_RNE": "9990001X"}),
        ("ETABLISSEMENT", {"@CODE_RNE": "9990002Y"}),
    ]
