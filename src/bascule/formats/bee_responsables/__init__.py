"""The guardians of a school's pupils as the Base élèves gives them: `ResponsablesAvecAdresses.xml`.

`ResponsablesSansAdresses.xml` is the same with no address.

Source: specification of the BEE exports, v17.4 (25/09/2017), §10; exports of 2019 (schema 2.1).
"""
