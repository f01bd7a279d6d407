"""Markdown of people: parsed by markdown-it-py, sanitized by nh3, with references that each page looks up at once."""
