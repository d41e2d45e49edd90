"""News of the portal, written by the rectorat."""
