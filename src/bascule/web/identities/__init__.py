"""National numbers: where those of a school stand, and the disputes that the authority settles."""
