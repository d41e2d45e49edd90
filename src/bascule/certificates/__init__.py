"""Papers that a school signs for its pupils: certificates, numbered and checkable, and class lists."""
