"""The rules of the import: each in one place, its declaration beside its condition.

`book.py` lists them all; the other modules hold them by subject. Pure: no framework, no clock.
"""
