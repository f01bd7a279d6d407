"""Pages about a user's account."""
