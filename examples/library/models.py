"""Libraries, their shelves and books. Every row carries its organization."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from organizations.members.viewer import Viewer
from organizations.tenancy.presence import present
from schemas.names import segment_condition
from schemas.tenancy import OrganizationOwned


class Library(OrganizationOwned):
    """A library with a top-level path: `/city-library`."""

    ENTITY_TYPE = "library"
    """What routes call it."""

    path = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    is_public = models.BooleanField(default=False, help_text="Otherwise only members of the organization see it.")

    class Meta:
        db_table = "libraries"
        constraints = [
            # A copy of a move may have a name that another organization has taken since.
            models.UniqueConstraint(Lower("path"), "organization", name="libraries_path"),
            models.CheckConstraint(condition=segment_condition("path"), name="libraries_path_is_a_segment"),
        ]

    def __str__(self) -> str:
        return self.path

    @classmethod
    def visible_to(cls, viewer: Viewer) -> QuerySet[Library]:
        """Return the libraries of this pod that the viewer may see."""
        here = present(cls.objects.all())
        if viewer.limited_to is not None:
            here = here.filter(organization_id=viewer.limited_to)
        return (
            here
            if viewer.administrator
            else here.filter(Q(is_public=True) | Q(organization_id__in=viewer.organizations))
        )


class Shelf(OrganizationOwned):
    """A shelf of a library."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="shelves", db_constraint=False)
    name = models.CharField(max_length=255)

    class Meta:
        db_table = "shelves"
        constraints = [models.UniqueConstraint(fields=["library", "name"], name="shelves_name")]

    def __str__(self) -> str:
        return self.name


class Book(OrganizationOwned):
    """A book on a shelf."""

    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books", db_constraint=False)
    title = models.CharField(max_length=255)

    class Meta:
        db_table = "books"

    def __str__(self) -> str:
        return self.title
