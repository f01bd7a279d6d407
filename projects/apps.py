from __future__ import annotations

from schemas.placement import SchemaAppConfig


class ProjectsConfig(SchemaAppConfig):
    """Lives in the `main` schema."""

    name = "projects"
    default = True
    schema = "main"
