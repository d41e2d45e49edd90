"""Server-rendered pages, one folder per capability. Empty until the portal exists."""
