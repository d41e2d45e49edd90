"""Pure readers and writers, one folder per file format. No framework, no clock, no network."""
