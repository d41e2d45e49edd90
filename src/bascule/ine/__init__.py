"""National pupil ids across schools. Empty until the directory exists."""
