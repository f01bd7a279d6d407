"""Run several coroutines at once, and raise one error."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from operations.exceptions import OperationsError


async def together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Await all coroutines; the first `OperationsError` cancels the others and is raised, without a group around it."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except* OperationsError as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
