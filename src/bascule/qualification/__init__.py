"""The register of qualified software: which software, in which version, schools may send with.

`register` qualifies and withdraws; `reports` reads what a kit signed, with a key that `keys` says to trust; `standing`
tells what the register says of a version; `usage` tells what schools really send with, `sheets` takes both away.
"""
