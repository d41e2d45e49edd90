"""Accounts of heads of schools: given, followed and taken back by the authority."""
