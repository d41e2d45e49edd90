"""The pupils of a school as the Base élèves gives them back: `ElevesAvecAdresses.xml`.

`ElevesSansAdresses.xml` is the same with no address.

Source: specification of the BEE exports, v17.4 (25/09/2017), §9; exports of 2019 (schema 3.0).
"""
