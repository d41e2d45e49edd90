"""Everything that enters and leaves by file. Its faces: `check`, `receive`, `runs`, `export`."""
