"""What every table-owner needs of PostgreSQL: the embedded server, roles and row policies, staging, locks, jobs."""
