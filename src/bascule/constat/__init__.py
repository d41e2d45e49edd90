"""The constat de rentrée: figures of a school signed by its head. Empty until it is built."""
