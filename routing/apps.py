from __future__ import annotations

from typing import Any

from django.db.models.signals import post_migrate

from schemas.placement import SchemaAppConfig


class RoutingConfig(SchemaAppConfig):
    """Lives in the `routes` schema."""

    name = "routing"
    default = True
    schema = "routes"

    def ready(self) -> None:
        """Register the checks, and see that every migrated `routes` has the reserved words of this release."""
        from routing import checks  # noqa: F401

        post_migrate.connect(_reserve_words, sender=self)


def _reserve_words(using: str, **kwargs: Any) -> None:
    from routing.reserved import reserve_words
    from schemas.placement import is_migrated

    if is_migrated("routing", using):
        reserve_words(using)
