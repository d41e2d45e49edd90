"""What the URL of a list says, and the filters above it."""

from collections.abc import Mapping
from typing import Any

from django import forms

#: No list has so many pages: what is more is no number of a page.
_MOST_PAGES = 10_000


def page_asked(asked: Mapping[str, str]) -> int:
    """Read the number of a page of a list.

    Args:
        asked (Mapping[str, str]): the query of the URL.

    Returns:
        int: from 1; 1 for what is no number.
    """
    text = asked.get("page", "")
    return int(text) if text.isdecimal() and 0 < int(text) < _MOST_PAGES else 1


class FiltersForm(forms.Form):
    """Filters drawn one beside the other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"
