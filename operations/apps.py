from __future__ import annotations

from schemas.placement import SchemaAppConfig


class ReleasesConfig(SchemaAppConfig):
    """Lives in the `admin` schema: which release each pod runs, and what was decided for all of them."""

    name = "operations"
    default = True
    schema = "admin"

    def ready(self) -> None:
        """Register the check of migrations."""
        from operations.releases import checks  # noqa: F401
