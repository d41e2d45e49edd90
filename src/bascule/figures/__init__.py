"""Headcounts of the academic base, for who steers: no name in them, and no record of a school read.

`dimensions` says what pupils are counted by, `cells` counts them after each night, `pivot` sets the counts in rows and
columns; `presets` has the tables that are published, `exports` writes files, and `protection` says what is hidden in
those that leave.
"""
