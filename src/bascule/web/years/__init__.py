"""Years: opened by the authority for its schools, accounted for, closed."""
