"""The pages."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from examples.library.creation import create_library
from examples.library.models import Book, Library
from organizations.default_organization import default_organization_of
from organizations.members.viewer import Viewer, viewer_of
from organizations.scope import Scope, global_pages, org_scoped
from routing.claims import ClaimError
from routing.names import key_of
from users.models import User


class LibraryForm(forms.Form):
    """What makes a library."""

    path = forms.CharField(max_length=255)
    name = forms.CharField(max_length=255)
    is_public = forms.BooleanField(required=False, label="Everybody may see it")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirect people to the libraries of their default organization, and visitors to sign-in."""
    if not isinstance(request.user, User):
        return HttpResponseRedirect("/users/sign_in")
    organization = default_organization_of(request.user)
    return HttpResponseRedirect(
        org_scoped(organization.path, "libraries") if organization else global_pages()["libraries"]
    )


@require_http_methods(["GET", "HEAD", "POST"])
def libraries(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The libraries of one organization, and a form for another one."""
    form = LibraryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_library(scope.organization_id, **form.cleaned_data)
        except ClaimError as error:
            form.add_error("path", str(error))
        else:
            return HttpResponseRedirect(f"/{made.path}")
    rows = Library.visible_to(scope.viewer).filter(organization_id=scope.organization_id).order_by("path")
    context = {"libraries": rows, "form": form, "scope": scope}
    return render(request, "library/libraries.html", context, status=422 if form.errors else 200)


@require_safe
def library(request: HttpRequest, library: str) -> HttpResponse:
    """One library with its shelves."""
    found = library_at(viewer_of(request.user), library)
    return render(request, "library/library.html", {"library": found, "shelves": found.shelves.order_by("name")})


@require_safe
def books(request: HttpRequest, library: str) -> HttpResponse:
    """The books of a library."""
    found = library_at(viewer_of(request.user), library)
    rows = Book.objects.filter(shelf__library=found).select_related("shelf").order_by("shelf__name", "title")
    return render(request, "library/books.html", {"library": found, "books": rows})


def library_at(viewer: Viewer, key: str) -> Library:
    """Return the library with this path or id. Raises one `Http404` for what is absent and for what is private."""
    rows = Library.visible_to(viewer)
    named = rows.filter(pk=int(key)) if key.isdigit() else rows.filter(path__iexact=key_of(key))
    found = named.first()
    if found is None:
        raise Http404("no such library, or none of yours")
    return found
