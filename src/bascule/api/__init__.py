"""The REST interface, for school software: `v1` has one module for each capability.

A route is open to a token of the school that it names (`bearer`), calls one verb, and says no as
`application/problem+json` (`problem`). `config` mounts it. Only this package knows its framework.
"""
