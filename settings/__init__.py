"""Settings modules of the Django project."""
