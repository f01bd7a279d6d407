"""Pages of joining: make an organization, invite, accept, change roles, leave."""
