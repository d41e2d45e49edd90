"""Schools: those of the académie, or those the pupils come from.

`Etablissements.xml` and `EtablissementsEleves.xml` have the same shape.

Source: specification of the BEE exports, v17.4 (25/09/2017), §6.
"""
