"""Help: what each rule of the imports means, for whoever meets it."""
