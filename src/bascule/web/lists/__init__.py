"""The standard lists of a year: each named once, a link to the pupils it holds or a page of its own."""
