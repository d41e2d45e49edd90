"""What is one's own: keys, sessions, password; the form that waited for one to come back."""
