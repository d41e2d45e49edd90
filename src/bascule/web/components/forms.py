"""Forms drawn with our own templates."""

from django.forms.renderers import DjangoTemplates


class Renderer(DjangoTemplates):
    """Draw fields and errors with the components."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
