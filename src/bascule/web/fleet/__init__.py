"""The fleet of keys, for the division that runs it: stock, deliveries, hand-over, register, progress."""
