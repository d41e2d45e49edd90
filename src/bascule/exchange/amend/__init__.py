"""Records corrected by hand: a correction is a file of one record, under the same rules as any file."""
