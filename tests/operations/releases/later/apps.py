from __future__ import annotations

from schemas.placement import SchemaAppConfig


class ShelvesConfig(SchemaAppConfig):
    name = "tests.operations.releases.later"
    label = "shelves"
    schema = "routes"
