from __future__ import annotations

from schemas.placement import SchemaAppConfig


class WorkConfig(SchemaAppConfig):
    """Lives in the `main` schema of each pod."""

    name = "monolith.work"
    default = True
    schema = "main"
