from __future__ import annotations

from schemas.placement import SchemaAppConfig


class UsersConfig(SchemaAppConfig):
    """Lives in the `users` schema."""

    name = "users"
    default = True
    schema = "users"

    def ready(self) -> None:
        """Note who signs in, and send the emails that a pod left behind."""
        from routing.janitor import tidy_with
        from users import (
            outgoing,
            sign_ins,  # noqa: F401
        )

        tidy_with(outgoing.tidy)
