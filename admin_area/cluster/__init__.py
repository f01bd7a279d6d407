"""The whole cluster on one page, and as JSON."""
