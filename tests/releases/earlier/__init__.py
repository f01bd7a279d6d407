"""This release with one thing more, a shelf in the `routes` schema: what `tests.releases.later` comes after."""
