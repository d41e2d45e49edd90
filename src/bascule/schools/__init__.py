"""Schools, their years, calendar and structures (divisions and groups)."""
