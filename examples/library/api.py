"""The API: libraries by id or path, books by id."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from examples.library.creation import add_book
from examples.library.models import Book, Library
from examples.library.views import library_at
from organizations.members.viewer import viewer_of
from users.api.inputs import takes
from users.api.private import PrivateView


class LibrarySerializer(serializers.ModelSerializer[Library]):
    """A library."""

    class Meta:
        model = Library
        fields = ["id", "path", "name", "is_public"]


class BookSerializer(serializers.ModelSerializer[Book]):
    """A book with the name of its shelf."""

    shelf = serializers.CharField(source="shelf.name", max_length=255)

    class Meta:
        model = Book
        fields = ["id", "shelf", "title"]


class LibraryView(PrivateView):
    """One library."""

    @takes(summary="Get a library", responses=LibrarySerializer)
    def get(self, request: Request, library: str) -> Response:
        """Returns one library. 404 if it does not exist or you cannot see it."""
        return Response(LibrarySerializer(library_at(viewer_of(request.user), library)).data)


class BooksView(PrivateView):
    """The books of a library."""

    @takes(summary="List the books of a library", responses=BookSerializer(many=True))
    def get(self, request: Request, library: str) -> Response:
        """Returns the books of a library. 404 if it does not exist or you cannot see it."""
        found = library_at(viewer_of(request.user), library)
        return Response(BookSerializer(_books().filter(shelf__library=found).order_by("pk"), many=True).data)

    @takes(summary="Add a book", body=BookSerializer, responses={201: BookSerializer})
    def post(self, request: Request, library: str) -> Response:
        """Adds a book. 403 if you are not a member of the library's organization."""
        viewer = viewer_of(request.user)
        found = library_at(viewer, library)
        if not viewer.belongs_to(found.organization_id):
            raise PermissionDenied("only members of the organization add books")
        given = self.given()
        book = add_book(found, given["shelf"]["name"], given["title"])
        return Response(BookSerializer(book).data, 201)


class BookView(PrivateView):
    """One book."""

    @takes(summary="Get a book", responses=BookSerializer)
    def get(self, request: Request, book: str) -> Response:
        """Returns one book. 404 if it does not exist or you cannot see its library."""
        seen = _books().filter(shelf__library__in=Library.visible_to(viewer_of(request.user)))
        return Response(BookSerializer(get_object_or_404(seen, pk=int(book) if book.isdigit() else 0)).data)


def _books() -> QuerySet[Book, Any]:
    return Book.objects.select_related("shelf")
