"""The tables of GEP and their columns, as far as they are known. Tables hold more: what is not here is not read."""

from typing import Final

PUPILS, HOUSEHOLDS, SUBJECTS = "F_ELE", "F_ERE", "F_TMT"
#: Known, and of no use here: staff, services, groups, divisions, absences.
OTHERS: Final = ("F_WIND", "F_MEN", "F_GPD", "F_DIV", "F_NOMA", "F_EABS")

#: The tables and the columns without which nothing can be taken over.
REQUIRED: Final = {
    PUPILS: ("ELENOM", "ELEPRE", "ELEDATNAIS", "ELENOET", "ERENO", "DIVCOD"),
    HOUSEHOLDS: ("ERENO", "ERENOM", "EREPRE"),
}
#: Columns of a pupil's options, in order.
OPTIONS: Final = tuple(f"ELEOPT{number}" for number in range(1, 13))
