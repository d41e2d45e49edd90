"""The steps of a school's year, on one page."""
