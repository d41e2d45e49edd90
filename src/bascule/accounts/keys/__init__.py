"""Keys: what a person holds besides her password. One-time codes, passkeys, paper codes, certificates.

`oath` and `seeds` are pure; `fleet` is the life of a key from the stock to its return.
"""
