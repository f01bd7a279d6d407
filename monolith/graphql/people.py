"""Users, as others see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import strawberry
import strawberry_django

from monolith.graphql.fields import field
from monolith.graphql.gid import gid
from monolith.graphql.siblings import of_all, together
from monolith.namespaces.api.serializers import web_url
from monolith.namespaces.views.people import people
from users import models


@strawberry_django.type(models.User, description="A user, as others see them.")
class UserCore:
    username: str
    name: str

    @field(description="The global ID.")
    def id(self, root: strawberry.Parent[models.User]) -> strawberry.ID:
        return gid(root)

    @field(description="The URL of the user's page.")
    def web_url(self, root: strawberry.Parent[models.User]) -> str:
        return web_url(root.username)


def person_of(info: strawberry.Info, row: Any, column: str) -> UserCore | None:
    """Return the user of a soft reference; None when the account is deleted."""

    def load(rows: list[Any]) -> Mapping[Any, models.User | None]:
        found = people(getattr(each, column) for each in rows)
        together(found.values())
        return {each.pk: found.get(getattr(each, column)) for each in rows}

    return cast(UserCore | None, of_all(info, row, ("person", column), load))
