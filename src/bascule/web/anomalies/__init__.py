"""The anomalies inbox of a school's year."""
