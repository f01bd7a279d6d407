from __future__ import annotations

from schemas.placement import SchemaAppConfig


class OperationsConfig(SchemaAppConfig):
    """Lives in the `admin` schema: the release that each pod runs, and the contractions that were decided."""

    name = "operations"
    default = True
    schema = "admin"

    def ready(self) -> None:
        """Register the check of migrations."""
        from operations.releases import checks  # noqa: F401
