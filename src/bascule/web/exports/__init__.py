"""The files that a school's software needs."""
