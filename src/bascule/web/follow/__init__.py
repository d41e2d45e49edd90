"""The authority follows its schools: who they are, which year is open, how many pupils they have."""
