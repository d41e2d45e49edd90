"""Countries, départements of the académie and communes: `Geographique.xml`.

Source: specification of the BEE exports, v17.4 (25/09/2017), §5.
"""
