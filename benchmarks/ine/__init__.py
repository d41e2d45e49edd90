"""What the matching of pupils is worth, on people of three makers, and what it costs."""
