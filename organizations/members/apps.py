from __future__ import annotations

from schemas.placement import SchemaAppConfig


class MembersConfig(SchemaAppConfig):
    """Lives in the `users` schema."""

    name = "organizations.members"
    default = True
    schema = "users"
