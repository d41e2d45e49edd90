"""The import du privé: persons and pupils, from a school's software to the authority.

The file is decided by its content, not by its `VERSION`, which real files leave empty.

Source: schemas 2.0 to 4.0 of the import; see `bascule.formats.import_eleves.description`.
"""
