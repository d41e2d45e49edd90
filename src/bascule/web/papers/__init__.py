"""Certificates and class lists, and the page where anybody checks a certificate."""
