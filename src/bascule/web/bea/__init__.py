"""The academic base: what a school sent each night, and the nights themselves."""
