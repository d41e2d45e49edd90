"""Sign-in: a password, then a key; activation; the ways back."""
