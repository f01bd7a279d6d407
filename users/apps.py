from __future__ import annotations

from schemas.placement import SchemaAppConfig


class UsersConfig(SchemaAppConfig):
    """Lives in the `users` schema."""

    name = "users"
    default = True
    schema = "users"
