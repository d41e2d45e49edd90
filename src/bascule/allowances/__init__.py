"""ASIE, overtime and allowances. Empty until allowances are built."""
