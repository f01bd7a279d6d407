"""Paths in templates."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def steps(full_path: str) -> list[dict[str, str]]:
    """Each namespace above a path, and the path itself, from the outside in."""
    segments = full_path.split("/")
    return [{"name": name, "path": "/".join(segments[: at + 1])} for at, name in enumerate(segments)]
