from __future__ import annotations

from schemas.placement import SchemaAppConfig


class CiConfig(SchemaAppConfig):
    """Lives in the `ci` schema."""

    name = "monolith.ci"
    default = True
    schema = "ci"
