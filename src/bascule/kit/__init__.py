"""The kit for editors: a sandbox that really serves the interface, and what it makes of a school's software.

A scenario asks something of the software and judges what came over the wire, what stands in the base, and what the
software says it shows or holds. The catalogue is made of those that are there already: rules, refusals, elements.
"""
