"""The migration campaign followed from facts. Empty until the rectorat's board exists."""
