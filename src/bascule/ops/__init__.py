"""Running the product: the jobs of the worker, the hours they run at, what the logs hold.

`config` names `schedule` and `logs` in the settings; nothing imports this package from below.
"""
