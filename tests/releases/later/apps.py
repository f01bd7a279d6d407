from __future__ import annotations

from schemas.placement import SchemaAppConfig


class ShelvesConfig(SchemaAppConfig):
    name = "tests.releases.later"
    label = "shelves"
    schema = "routes"
