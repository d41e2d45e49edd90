"""The import, stage by stage: parse, recognise, validate, match, plan, apply, report.

The conductor runs them in order; they share only `records`.
"""
