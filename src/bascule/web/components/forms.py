"""Forms drawn with our own templates."""

from functools import cached_property
from pathlib import Path
from typing import Any

import django.forms
from django.forms.renderers import DjangoTemplates

_WIDGETS = Path(django.forms.__file__).parent / "templates"


class Renderer(DjangoTemplates):
    """Draw fields and errors with the components, which load nothing."""

    form_template_name = "components/form.html"
    field_template_name = "components/field_group.html"

    @cached_property
    def engine(self) -> Any:
        """Give Django's templates of widgets, and ours with the tags that they count on."""
        return self.backend(
            {
                "APP_DIRS": True,
                "DIRS": [_WIDGETS],
                "NAME": "forms",
                "OPTIONS": {
                    "builtins": ["bascule.web.templatetags.ui", "django.templatetags.i18n"]
                },
            }
        )
