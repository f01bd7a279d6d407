"""The product's name, for every page: error pages are rendered without a request, so without context processors."""

from __future__ import annotations

from django import template

from admin_settings.in_force import in_force

register = template.Library()


@register.simple_tag
def product_name() -> str:
    """Return the name that operators gave the product."""
    return in_force().product_name
