"""The constat of the start of the year: a school's, and the authority's view of all of them."""
