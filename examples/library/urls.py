"""Every URL of the library, with the pod that serves it. The last patterns take every path that is left."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from examples.library import api, views
from examples.library.models import Library
from organizations import urls as organizations
from organizations.scope import of_gitlab_com_public, of_organization
from routing.declare import any_pod, by_birth, by_entity_id, by_namespace, by_organization, global_page, prefix, route
from routing.views import not_built

BY_LIBRARY = by_entity_id("library", Library.ENTITY_TYPE)
OF_ORGANIZATION = "organizations/<segment:path>/-/libraries"

urlpatterns: list[URLPattern | URLResolver] = [
    route("", views.home, any_pod(), name="home"),
    # A book has no name in routes: the range of its id says on which pod it is.
    *prefix("api/v4/books/<segment:book>", by_birth("book", "library.Book"), api.BookView.as_view()),
    route("api/v4/libraries/<segment:library>/books", api.BooksView.as_view(), BY_LIBRARY),
    *prefix("api/v4/libraries/<segment:library>", BY_LIBRARY, api.LibraryView.as_view()),
    route("-/libraries", of_gitlab_com_public(views.libraries), global_page("libraries")),
    route(OF_ORGANIZATION, of_organization(views.libraries), by_organization("path")),
    *organizations.KEYED,
    route("<name:library>/-/books", views.books, by_namespace("library")),
    *prefix("<name:library>", by_namespace("library"), views.library),
    *prefix("<formatted:library>", by_namespace("library"), not_built),
]
