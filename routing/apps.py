from __future__ import annotations

from schemas.placement import SchemaAppConfig


class RoutingConfig(SchemaAppConfig):
    """Lives in the `routes` schema."""

    name = "routing"
    default = True
    schema = "routes"
