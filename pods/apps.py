from __future__ import annotations

from django.apps import AppConfig


class PodsConfig(AppConfig):
    """The web tier of one pod: no models of its own."""

    name = "pods"

    def ready(self) -> None:
        """Join what knows nothing of each other: deleted projects take along what was run for them."""
        from ci.forgetting import forget
        from projects.forgetting import forget_with

        forget_with(forget)
