"""Static files: kept for good under the name that has their hash, for a minute without it, not at all under
a name of another release.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

# As Django makes it: the hash stands before the extension.
HASH = re.compile(r"\.[0-9a-f]{12}(?=\.[^./]+\Z)")


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, which knows each file under two names.

    A page of one release may have its files from a pod of another: `/assets` is routed to any pod.
    """

    _of_apps: ClassVar[dict[str, Any]] = {}

    def add_files_from_finders(self) -> None:
        """Look for the files of all apps, once in a process: each of Django's test clients loads the middleware."""
        if not self._of_apps:
            super().add_files_from_finders()
            self._of_apps.update(self.files)
        self.files.update(self._of_apps)

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        """Remember a file, under its name and under the one with its hash."""
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
        hashed = self.get_static_url(url.removeprefix(self.static_prefix))
        if hashed:
            super().add_file_to_dictionary(hashed, path, stat_cache=stat_cache)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The file; this release's of that name, not to be kept, when another release's is asked for."""
        ours = self.files.get(HASH.sub("", request.path_info))
        if ours is None or request.path_info in self.files:
            response: HttpResponseBase = super().__call__(request)
            return response
        response = self.serve(ours, request)
        response.headers["Cache-Control"] = "no-store"
        return response
