"""The tokens of a school's software: given, renewed, withdrawn by its head."""
