"""What a school receives of nomenclatures, and its profiling, step by step."""
