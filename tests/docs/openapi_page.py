"""Write `docs/openapi.json` from the routes themselves.

python -m tests.docs.openapi_page > docs/openapi.json
"""

import json
import os
import sys

import django


def page() -> str:
    """Give the document, ready to be written."""
    from bascule.api.v1.site import description  # noqa: PLC0415 - Django first

    return json.dumps(description(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bascule.config.settings")
    django.setup()
    sys.stdout.write(page())
