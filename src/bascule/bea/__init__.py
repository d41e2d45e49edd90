"""The academic base: each night, what moved in each school goes up, and files follow.

`catalogue` says what the base holds, `snapshot` compares, `transfer` sends one school, `passing` all of them, `nights`
in order; `files` writes Parquet; `board`, `reconcile` and `follow` are what people read. Nothing of it decides what
blocks a record, nor who is whom: the imports and the directory of identities do.
"""
