"""Who may do what. Empty until the portal exists; acts are signed by a plain name meanwhile."""
