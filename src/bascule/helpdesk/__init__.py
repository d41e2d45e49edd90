"""CECOIA: tickets, articles, courses. Empty until the help desk is built."""
