"""The ways in: each turns one kind of file into records in the words of `IMPORT_ELEVES`."""
