"""Whether two civil statuses are one person's: compared, weighed, decided, and found in the directory."""
