"""The report of conformity: what a school's software was seen to do, scenario by scenario, signed.

A file of our own: canonical JSON with a signature (Ed25519), made by the kit for editors, read by the register of
qualified software.
"""
