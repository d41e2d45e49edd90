"""CECOIA: news of the portal; tickets, articles and courses when the help desk is built."""
