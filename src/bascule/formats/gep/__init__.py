"""The tables of GEP, the program that kept a school's records before the académie's base.

Source: importers of open school software that read these tables by the names of their columns. Lengths
and types are nowhere established: they are taken from each table's own header.
"""
