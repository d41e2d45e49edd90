"""The fictional académie: schools, families, files of every version and their faults, all seeded.

From a seed to bytes: `academy` makes schools, `school` what they teach in a year and the authority's files,
`population` the pupils and their families, `files` the bytes, `changes` the next day's state, `faults`
a file for each rule and `broken_files` one for each refusal. Apart from these, `directory` makes as many
persons as a country has, `distortions` what software makes of their civil status, and `look_alikes` the
queries on which matching is measured. Pure: no base, no clock, no global chance.
Nobody in it exists: départements, towns, names, national numbers and telephones are all fictional.
"""
