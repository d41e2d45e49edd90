"""The components of the pages, and their forms."""
