"""A school's pupil records: pupils, guardians, addresses, enrolments by school year."""
