from __future__ import annotations

from schemas.placement import SchemaAppConfig


class LibraryConfig(SchemaAppConfig):
    """Lives in the `main` schema of each pod, and tells the engine what it needs to know of this application."""

    name = "examples.library"
    default = True
    schema = "main"

    def ready(self) -> None:
        """Register what the engine asks."""
        from examples.library.creation import existing, name_unnamed
        from examples.library.models import Library
        from organizations.tenancy.serving import named_by
        from organizations.transfers.registry import Transferable, transfer_with
        from routing.claims import nothing_lies_below
        from routing.outcomes.lost_names import name_again_with
        from routing.outcomes.restored import entities_with

        # Whose is a top-level name, by this pod's own rows?
        named_by("SELECT organization_id FROM libraries WHERE lower(path) = %s")
        # A library has no names below its own.
        nothing_lies_below(Library.ENTITY_TYPE)
        name_again_with(name_unnamed)
        # An operator may give a library to another organization, with its shelves and books.
        transfer_with(Library.ENTITY_TYPE, Transferable(Library))
        entities_with([Library.ENTITY_TYPE], existing)
