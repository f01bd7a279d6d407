"""Make a library: claim its path in `routes`, then write the row in this pod's `main` (invariant 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from django.db import transaction

from examples.library.models import Book, Library, Shelf
from organizations.tenancy.presence import present
from routing import claims
from routing.models import Route
from routing.outcomes.conclude import make_under_claim


def create_library(organization_id: int, path: str, name: str, *, is_public: bool = False) -> Library:
    """Raises what `routing.claims.claim` raises, and `ClaimDied` when it took too long."""
    claimed = claims.claim(path, organization_id, Library.ENTITY_TYPE)

    def make() -> Library:
        return Library.objects.create(organization_id=organization_id, path=path, name=name, is_public=is_public)

    return make_under_claim(claimed, make)


def add_book(library: Library, shelf: str, title: str) -> Book:
    """Put a book on a shelf of this name, which is made when the library has none."""
    owner = {"organization_id": library.organization_id}
    with transaction.atomic(using="main"):
        found, _ = Shelf.objects.using("main").get_or_create(library=library, name=shelf, defaults=owner)
        return Book.objects.create(shelf=found, title=title, **owner)


def name_unnamed() -> Iterator[tuple[str, str]]:
    """Give their names in `routes` to the libraries of this pod that have none; yield each path with what prevents it.

    Such are those from before there were pods, and those whose routes a promoted replica has lost.
    """
    live = Route.objects.using("routes").filter(kind=Route.Kind.LIVE, entity_type=Library.ENTITY_TYPE)
    for library in present(Library.objects.order_by("pk")).iterator():
        if live.filter(entity_id=library.pk, key=library.path.lower()).exists():
            continue
        try:
            claimed = claims.claim(library.path, library.organization_id, Library.ENTITY_TYPE, entity_id=library.pk)
            make_under_claim(claimed, partial(Library.objects.get, pk=library.pk))
            yield library.path, ""
        except claims.ClaimError as error:
            yield library.path, str(error)


def existing(ids: Collection[int]) -> set[int]:
    """Return those of the libraries that this pod has."""
    return set(Library.objects.using("main").filter(pk__in=ids).values_list("pk", flat=True))
