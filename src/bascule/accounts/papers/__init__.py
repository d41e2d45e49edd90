"""Papers that accompany an account or a key: one module each, a function of what is on it. Pure."""
