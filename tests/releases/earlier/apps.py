from __future__ import annotations

from schemas.placement import SchemaAppConfig


class ShelvesConfig(SchemaAppConfig):
    name = "tests.releases.earlier"
    label = "shelves"
    schema = "routes"
