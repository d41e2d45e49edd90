"""Pupils of a school: the list of a year, and one record; each reading of a record is noted."""
