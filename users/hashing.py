"""Hash passwords beside the pages: a hash takes a tenth of a second of all cores, which no page is to wait for.

A pod has threads for so many hashes at a time, beyond those for pages (pods/serve.py), and the kernel prefers those for
pages. A request for one more hash than that is refused, for every user alike. Routers send a request again that was
refused before it began, to whichever pod of the region has the fewest requests.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import wraps

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest, HttpResponseBase

# Of 0 to 19: how far the threads that hash stand back (setpriority(2)); the threads that Argon2 starts inherit it.
# With 3 they get half as much of a busy core as a page.
NICENESS = 3
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

View = Callable[..., HttpResponseBase]


class HashersBusy(Exception):
    """As many passwords are being hashed as may be at a time. Nothing was looked up or counted if not `began`."""

    def __init__(self, *, began: bool) -> None:
        super().__init__("too many passwords are being hashed")
        self.began = began


class Turns:
    """Threads of their own for so many hashes at a time."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._free = at_once
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(at_once, "hashing", initializer=_stand_back)

    @property
    def are_taken(self) -> bool:
        """Whether one more would be refused."""
        return not self._free

    def take(self, hash_it: Callable[..., str | bool], *arguments: str) -> str | bool:
        """The result of `hash_it`, from one of the threads. Raises `HashersBusy`."""
        with self._lock:
            if not self._free:
                raise HashersBusy(began=True)
            self._free -= 1
        try:
            return self._threads.submit(hash_it, *arguments).result()
        finally:
            with self._lock:
                self._free += 1


def _stand_back() -> None:
    # Linux has a priority for each thread; elsewhere there is no process of this number.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


turns = Turns(settings.ENVIRONMENT.hashing_threads)


class Hasher(Argon2PasswordHasher):
    """Django's, in threads of its own where pages are served."""

    def encode(self, password: str, salt: str) -> str:
        """The stored form of a password. Raises `HashersBusy`."""
        return str(_beside_pages(super().encode, password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Whether this is the password. Raises `HashersBusy`."""
        return bool(_beside_pages(super().verify, password, encoded))


def _beside_pages(hash_it: Callable[..., str | bool], *arguments: str) -> str | bool:
    return hash_it(*arguments) if settings.POD is None else turns.take(hash_it, *arguments)


def hashes(view: View) -> View:
    """A decorator: this view hashes a password, unless the method is safe; it begins when a thread is free."""

    @wraps(view)
    def look(request: HttpRequest, *arguments: object, **named: object) -> HttpResponseBase:
        if request.method not in SAFE_METHODS:
            begin()
        return view(request, *arguments, **named)

    return look


def begin() -> None:
    """Return when a password can be hashed, before anything is counted or looked up. Raises `HashersBusy`."""
    if turns.are_taken:
        raise HashersBusy(began=False)
