"""The `bascule` command: one module per capability. A face: it prints, and calls verbs below."""
