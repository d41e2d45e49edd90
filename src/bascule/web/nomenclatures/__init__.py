"""What the authority diffuses of nomenclatures to its schools."""
