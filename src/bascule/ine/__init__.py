"""National pupil ids across schools: who is whom, which numbers each has, and what people decided."""
