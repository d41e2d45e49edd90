"""The preparation of a school year: opened by the authority, made ready by each school, in order."""
