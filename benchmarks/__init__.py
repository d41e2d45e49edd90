"""Measure imports against the floor of the same run: `python -m benchmarks`. See `docs/benchmarks.md`."""
