"""This release with one thing more, a shelf in the `routes` schema: the one before `releases.later`."""
