"""The API about projects."""
