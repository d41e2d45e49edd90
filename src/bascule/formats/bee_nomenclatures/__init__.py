"""The code tables of a school, sent down to its software: `Nomenclature.xml`.

Source: specification of the BEE exports, v17.4 (25/09/2017), §4, and exports of 2019.
"""
