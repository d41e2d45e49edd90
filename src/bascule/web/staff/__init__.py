"""The people of a school, for who manages its accounts, and for colleagues who help one another."""
