"""What signs that is no person's login."""

from typing import Final

#: How the name ends that signs what a command does, on the authority's own machine.
CONSOLE: Final = " (console)"
