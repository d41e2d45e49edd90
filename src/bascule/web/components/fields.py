"""Fields of forms, in the parts that their template draws."""

from typing import Any

from django.forms import BaseForm, BoundField
from django.forms.widgets import (
    CheckboxInput,
    CheckboxSelectMultiple,
    RadioSelect,
    Select,
)


def parts_of(bound: BoundField) -> dict[str, Any]:
    """Give what the template of a field draws.

    Args:
        bound (BoundField): the field of a form.

    Returns:
        dict[str, Any]: its parts.
    """
    widget = bound.field.widget
    is_group = isinstance(widget, (RadioSelect, CheckboxSelectMultiple))
    is_tick = isinstance(widget, CheckboxInput)
    described = " ".join(
        ([f"{bound.auto_id}_helptext"] if bound.help_text else [])
        + ([f"{bound.auto_id}_error"] if bound.errors else [])
    )
    attributes: dict[str, Any] = {}
    if described and not is_group:
        attributes["aria-describedby"] = described
    own = (_class_of(widget), "is-invalid" if bound.errors else "", widget.attrs.get("class", ""))
    if not is_group:
        # A group would put it on the box around its choices.
        attributes["class"] = " ".join(filter(None, map(str, own)))
    return {
        "field": bound,
        "widget": bound.as_widget(attrs=attributes),
        "errors": bound.errors,
        "is_hidden": bound.is_hidden,
        "is_group": is_group,
        "is_tick": is_tick,
        "is_optional": not bound.field.required and not is_tick,
        "described_by": described,
    }


def summary_of(form: BaseForm) -> dict[str, Any]:
    """Give what the summary above a form draws.

    Args:
        form (BaseForm): the form.

    Returns:
        dict[str, Any]: what is wrong, and which fields are needed.
    """
    visible = [form[name] for name in form.fields if not form[name].is_hidden]
    wrong = [(bound, _first_id(bound), bound.errors) for bound in visible if bound.errors]
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    general = [*form.non_field_errors(), *hidden]
    asked = [bound for bound in visible if not isinstance(bound.field.widget, CheckboxInput)]
    return {
        "general": general,
        "wrong": wrong,
        "count": len(general) + sum(len(errors) for *_, errors in wrong),
        "is_mixed": len({bound.field.required for bound in asked}) > 1,
        "all_needed": len(asked) > 1 and all(bound.field.required for bound in asked),
    }


def _first_id(bound: BoundField) -> str:
    """Give what a link to a field leads to: of a group, its first choice."""
    is_group = isinstance(bound.field.widget, (RadioSelect, CheckboxSelectMultiple))
    return f"{bound.auto_id}_0" if is_group else bound.id_for_label or bound.auto_id


def _class_of(widget: Any) -> str:
    if isinstance(widget, CheckboxInput):
        return ""
    if isinstance(widget, Select):
        return "form-select"
    return "form-control"
