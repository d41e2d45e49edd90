"""Headcounts of the academic base: rows and columns that one chooses, in the address."""
