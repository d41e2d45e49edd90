"""Papers of pupils: data becomes PDF."""
