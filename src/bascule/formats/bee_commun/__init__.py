"""The school and its calendar, sent down to its software: `Communs.xml`.

Source: specification of the BEE exports, v17.4 (25/09/2017), §8.
"""
