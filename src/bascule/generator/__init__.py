"""The fictional académie: schools, families, files of every version and their faults, all seeded."""
