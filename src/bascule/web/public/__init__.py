"""Pages that everybody may open: what is kept and how long, accessibility, health, components."""
