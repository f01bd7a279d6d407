from __future__ import annotations

from schemas.placement import SchemaAppConfig


class MovesConfig(SchemaAppConfig):
    """Lives in the `routes` schema, so that the flip is one transaction with `organizations`."""

    name = "moves"
    default = True
    schema = "routes"

    def ready(self) -> None:
        """Register the clean-up, and what `cluster migrate`, deletions and transfers ask."""
        from moves import closing, left_overs, migrating, transfers
        from operations.migrate import forbid_with
        from organizations.closing import refuse_with as refuse_closing_with
        from organizations.transfers.registry import refuse_with
        from routing.janitor import tidy_with

        tidy_with(left_overs.tidy)
        forbid_with(migrating.forbid)
        refuse_closing_with(closing.refuse_closing)
        refuse_with(transfers.refuse_transfer)
