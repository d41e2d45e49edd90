"""Pure value types: UAI, INE, school year, civil identity."""
