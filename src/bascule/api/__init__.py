"""The REST interface, one module per capability. Empty until schools' software connects by itself."""
