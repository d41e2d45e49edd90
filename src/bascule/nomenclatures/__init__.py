"""Dated national code tables, and the profile each school keeps of them for a year."""
