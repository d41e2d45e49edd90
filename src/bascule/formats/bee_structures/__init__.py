"""The divisions and groups of a school, sent down to its software: `Structures.xml`.

Source: specification of the BEE exports, v17.4 (25/09/2017), §7.
"""
