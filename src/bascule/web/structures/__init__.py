"""The divisions and groups of a school's year."""
