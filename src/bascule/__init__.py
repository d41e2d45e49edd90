"""bascule: the student-record system of an education authority, and its bridge to school software."""
