"""The campaigns of the authority: the board, each school of it, and writing to those who are stuck."""
