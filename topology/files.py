"""Replace a file as a whole: a reader sees the old content or the new, and a crash leaves one of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def replace_file(path: Path, content: bytes, *, prepare: Callable[[Path], None] = lambda _: None) -> None:
    """Write a file that only its owner can read. `prepare` is called with the new file before it takes its place.

    Raises `OSError`.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
        file.write(content)
    prepare(new)
    new.replace(path)
