"""The settings of the site, with pages that show what only goes wrong elsewhere."""

from bascule.config.settings import *  # noqa: F403 - all of them

ROOT_URLCONF = "tests.browser.urls"
# As in the process that makes the people: `tests.bases`.
PASSWORD_HASHERS = ["tests.bases.QuickHasher"]
