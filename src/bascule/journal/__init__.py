"""Who did what: acts chained by hash per school, and the history of every row, kept by the database."""
