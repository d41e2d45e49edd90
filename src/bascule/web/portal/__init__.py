"""The portal: what waits for me, what I may open, the school and the year I am in."""
