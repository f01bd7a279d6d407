from __future__ import annotations

from schemas.placement import SchemaAppConfig


class NamespacesConfig(SchemaAppConfig):
    """Lives in the `main` schema of each pod."""

    name = "monolith.namespaces"
    default = True
    schema = "main"
