"""OneRoster as CSV: rosters exchanged with software of other countries.

Source: 1EdTech, OneRoster 1.2 CSV Binding (1.2.1, August 2023), and 1.1.
"""
