"""Pages of what an organization works with; each module is one concern."""
