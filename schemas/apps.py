from __future__ import annotations

from django.apps import AppConfig


class SchemasConfig(AppConfig):
    """Has no models; registers the checks that every model has a schema and no relation leaves it."""

    name = "schemas"

    def ready(self) -> None:
        """Register the checks."""
        from schemas import checks  # noqa: F401
