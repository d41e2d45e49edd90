"""The academic base: nightly feed and statistics. Empty until the night job exists."""
