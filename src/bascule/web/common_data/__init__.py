"""A school's address, head and calendar."""
