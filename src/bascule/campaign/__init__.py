"""Campaigns followed from facts: where each school stands, who is stuck and why, whom to write to."""
