"""How the report of an import looks: one module a form, each a function of a `Report`. Pure."""
