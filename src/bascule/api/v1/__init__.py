"""Version 1 of the REST interface. What it says is never taken back: another form is another version."""
