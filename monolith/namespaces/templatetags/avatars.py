"""A picture for each person, made of the name: nothing is uploaded, and nothing is loaded from elsewhere."""

from __future__ import annotations

import hashlib

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# White on each of them has a contrast of 4.5 or more (WCAG 2.2, 1.4.3).
COLOURS = ("#0b5cad", "#2f5f3a", "#7a3e9d", "#9d3e3e", "#8a4b08", "#1f6f78", "#4b3b8f", "#5b5a62")


@register.simple_tag
def avatar(username: str, size: int = 24) -> SafeString:
    """Return an SVG with the first letter of the name on a colour of its own. The name stands beside it."""
    colour = COLOURS[hashlib.sha256(username.lower().encode()).digest()[0] % len(COLOURS)]
    return format_html(
        '<svg class="avatar" width="{0}" height="{0}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<rect width="24" height="24" rx="12" fill="{1}"/>'
        '<text x="12" y="16.5" text-anchor="middle" font-size="13" font-weight="600" fill="#ffffff">{2}</text></svg>',
        size,
        colour,
        username[:1].upper(),
    )
