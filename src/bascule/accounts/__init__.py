"""Who may do what: people, their rights, the keys they prove themselves with, machine tokens.

Its faces call the verbs (`signin`, `delegate`, `register`, `tokens`, `support`, `keys.*`) and ask
`policy`. `actor.Actor` is who asks, for the time of a request.
"""
