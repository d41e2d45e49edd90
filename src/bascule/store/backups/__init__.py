"""Copies of the whole base, and the way back: made, listed, verified, restored to an instant.

It decides what a whole copy is and where one stands. It knows the server and its programs, not what the
tables hold. From the top: `copies` makes and verifies, `recovery` brings one back, `wal` says how the
server keeps what happened since, `pieces` packs and unpacks, `programs` runs PostgreSQL's own.
"""
