from __future__ import annotations

from schemas.placement import SchemaAppConfig


class AdminSettingsConfig(SchemaAppConfig):
    """Lives in the `admin` schema."""

    name = "admin_settings"
    default = True
    schema = "admin"
