from __future__ import annotations

from schemas.placement import SchemaAppConfig


class ShelvesConfig(SchemaAppConfig):
    name = "tests.operations.releases.earlier"
    label = "shelves"
    schema = "routes"
