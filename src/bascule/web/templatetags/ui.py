"""Tags that draw components."""

from django import template

register = template.Library()
