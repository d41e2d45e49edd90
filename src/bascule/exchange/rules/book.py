"""The whole catalogue of rules, and the digest that tells one version of it from another."""

import hashlib
from functools import cache
from importlib import resources

from bascule.exchange.rules import (
    base,
    contact,
    exits,
    groups,
    guardians,
    identity,
    last_year,
    options,
    persons,
    school_life,
    schooling,
)
from bascule.exchange.rules.declare import declared_rules
from bascule.findings import Rule

MODULES = (
    base, contact, exits, groups, guardians, identity, last_year, options, persons, school_life, schooling,
)  # fmt: skip

#: Every rule, sorted by code.
RULES: tuple[Rule, ...] = declared_rules()

#: Every rule by its code.
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}


@cache
def rules_digest() -> str:
    """Give a digest of the rules' own source, so that a changed rule is applied to an unchanged file.

    Returns:
        str: SHA-256, hexadecimal.
    """
    digest = hashlib.sha256()
    for module in MODULES:
        name = module.__name__.rpartition(".")[2]
        digest.update(resources.files(__package__ or "").joinpath(f"{name}.py").read_bytes())
    return digest.hexdigest()
