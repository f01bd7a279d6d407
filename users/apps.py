from __future__ import annotations

from schemas.placement import SchemaAppConfig


class UsersConfig(SchemaAppConfig):
    """Lives in the `users` schema."""

    name = "users"
    default = True
    schema = "users"

    def ready(self) -> None:
        """Note who signs in."""
        from users import sign_ins  # noqa: F401
