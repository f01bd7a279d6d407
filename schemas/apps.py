from __future__ import annotations

from django.apps import AppConfig


class SchemasConfig(AppConfig):
    """Has no models; registers the checks of models and relations, and watches for writes."""

    name = "schemas"

    def ready(self) -> None:
        """Register the checks and the watch for writes."""
        from schemas import checks, writes  # noqa: F401
