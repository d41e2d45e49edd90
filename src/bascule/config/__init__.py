"""The composition root: settings, the `bascule` entry point, and what runs where. Top layer."""
