"""Several things at once, one error."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from operations.exceptions import OperationsError


async def together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Await all at once; the first `OperationsError` ends the others and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except* OperationsError as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
