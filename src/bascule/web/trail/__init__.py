"""Who looked at what: of oneself, of one's school, of all for the data protection officer."""
