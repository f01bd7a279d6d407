"""Moves of organizations between pods: a list, a page for each that keeps itself fresh, and what can be asked of it."""
