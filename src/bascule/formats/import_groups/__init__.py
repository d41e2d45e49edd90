"""The links between pupils and groups, sent by a school's timetable software beside its import of pupils.

Source: schema of the links between pupils and groups, 1.4 (20/09/2016); see
`bascule.formats.import_groups.description`.
"""
