"""URLs of static files that contain a hash of their content, so that browsers may cache them forever."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import HashedFilesMixin, StaticFilesStorage
from django.core.files import File


class HashedFilesStorage(HashedFilesMixin, StaticFilesStorage):  # type: ignore[misc]
    """`{% static %}` gives `/assets/pods/pods.<hash>.css`, from the file as it stands in its app.

    Django's own storage needs `collectstatic` first, whose result would have to be rebuilt for every release.
    """

    def stored_name(self, name: str) -> str:
        """The name with the hash of its content; raises `ValueError` when no app has such a file."""
        known: str | None = self.hashed_files.get(name)
        if known is None:
            path = find(name)
            if not path:
                raise ValueError(f"no app has a static file {name!r}")
            with Path(path).open("rb") as content:
                known = self.hashed_files[name] = self.hashed_name(name, File(content))
        return known
