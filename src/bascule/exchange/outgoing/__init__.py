"""What goes out: one module for each kind of file, from plain values to records in its words. Pure."""
