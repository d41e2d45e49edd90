"""How passwords are kept: Argon2id, at a cost of about a tenth of a second on one core."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id on 46 MB and one core; Django's own asks for 100 MB and eight."""

    time_cost = 2
    memory_cost = 46 * 1024
    parallelism = 1
