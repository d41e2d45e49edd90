"""The anomalies of a year, as the school works through them: read, mend, explain, announce."""
