"""The register of qualified software, on screen."""
