"""Headcounts of the academic base, for who steers. Empty until they are built."""
