"""Imports of a school: the list of a year, and what one of them did."""
