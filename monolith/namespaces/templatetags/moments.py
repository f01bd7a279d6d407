"""Times in templates: how long ago, with the exact time on hover."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86400
UNITS = ((365 * DAY, "year"), (30 * DAY, "month"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Return a `time` element that says how long ago it was."""
    exact = f"{at.astimezone(UTC):%-d %B %Y, %H:%M} UTC"
    shown = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', shown, exact, ago((timezone.now() - at).total_seconds())
    )


def ago(seconds: float) -> str:
    """Return a number of seconds in words, in the largest unit that it has one of."""
    for length, unit in UNITS:
        number = int(seconds // length)
        if number == 1:
            return f"{'an' if unit == 'hour' else 'a'} {unit} ago"
        if number > 1:
            return f"{number} {unit}s ago"
    return "just now"
