from __future__ import annotations

from schemas.placement import SchemaAppConfig


class OrganizationsConfig(SchemaAppConfig):
    """Lives in the `routes` schema."""

    name = "organizations"
    default = True
    schema = "routes"
