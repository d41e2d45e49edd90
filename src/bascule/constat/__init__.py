"""The constat of the start of the year: a school's figures, signed by its head and frozen, that history gives back.

`counting` counts pupils as of any act of a school and as of any night of the base; `rounds` opens and closes;
`check` tells a school what is still in the way; `sign` signs and reopens; `rebuild` counts again what was signed;
`standing` tells where schools stand.
"""
