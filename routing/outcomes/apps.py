from __future__ import annotations

from schemas.placement import SchemaAppConfig


class OutcomesConfig(SchemaAppConfig):
    """Lives in the `main` schema of each pod."""

    name = "routing.outcomes"
    default = True
    schema = "main"
